"""A study as a whole: `python -m workflow_scripts.study config.yaml study.json` checks one and fills its defaults.

The schema of its parts is in schema.py; what its runs, shards and files are follows from it in plan.py, and what it
takes from outside in supplies.py.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from model.command import UserError, parser, run
from model.config import (
    ModelConfig,
    SearchConfig,
    Strict,
    TrainingConfig,
    first_mistake,
    sizes,
    unknown,
    write_json,
    wrong,
)
from model.languages import check_language
from model.segmenters import SEGMENTERS
from model.tokenizer import Tokenizer
from workflow_scripts.cleaning.filters import DEFAULT, Settings, merged
from workflow_scripts.datasets import Item
from workflow_scripts.figures import parse_figure
from workflow_scripts.figures.settings import FigureSettings, Measuring
from workflow_scripts.languages import parse_pair
from workflow_scripts.run_schema import Run
from workflow_scripts.schema import (
    Backtranslation,
    Dictionaries,
    HeldOut,
    Name,
    Positive,
    Substitution,
    Subwords,
    parse_filters,
    parse_items,
    parse_testset,
)
from workflow_scripts.table_schema import MetricName, Samples, ScoreTable, TableSettings, check_tables, parse_table


class Study(Strict):
    """A whole study."""

    study: Name = Field(description="results go to results/{study}/")
    seed: int = Field(1, ge=0)
    corpora: list[Item] = Field(min_length=1, description="parallel text: dataset ids, or mappings with `id`")
    monolingual: list[Item] = Field([], description="text in one language, likewise")
    mode: Literal["locked", "tofu", "offline"] = Field("locked", description="what may be fetched")
    licences: Literal["any", "no-nc"] = "any"
    mirrors: dict[str, str] = Field({}, description="start of an address → address or folder to use instead")
    mirror: str | None = Field(None, description="what `{mirror}` in mirrors stands for")
    pairs: dict[Name, list[str]] = Field(min_length=1)
    limits: dict[str, Positive] = Field({}, description="pair or language → segments kept for training, chosen by hash")
    filters: Settings = DEFAULT
    testsets: dict[Name, HeldOut | list[Item]] = {
        "test": HeldOut(source="held_out", segments=400),
        "dev": HeldOut(source="held_out", segments=200),
    }
    dev_set: str = "dev"
    segmenters: dict[str, str] = Field(
        {}, description="language → row of model/segmenters.py, `default` for the others"
    )
    subwords: Subwords = Subwords()
    dictionaries: Dictionaries = Dictionaries()
    substitution: Substitution = Substitution()
    backtranslation: Backtranslation | None = None
    model: ModelConfig = ModelConfig()
    training: dict[str, Any] = {}
    search: SearchConfig = SearchConfig()
    runs: dict[Name, Run] = Field(min_length=1)
    metrics: list[MetricName] = Field(["sacrebleu", "tokenised_bleu", "chrf"], min_length=1)
    comet: str | None = Field(None, description="file of the checkpoint that the metric of this name uses")
    significance: Samples = Samples()
    tables: dict[Name, Annotated[SerializeAsAny[TableSettings], BeforeValidator(parse_table)]] = {}
    figures: dict[Name, Annotated[SerializeAsAny[FigureSettings], BeforeValidator(parse_figure)]] = {}
    sensitivity: Measuring = Measuring()

    @field_validator("corpora", "monolingual", mode="before")
    @classmethod
    def _datasets(cls, entries: Any, about: ValidationInfo) -> list[Item]:
        return parse_items(entries, ["bitext" if about.field_name == "corpora" else "monolingual"])

    @field_validator("testsets", mode="before")
    @classmethod
    def _testsets(cls, testsets: Any) -> Any:
        if not isinstance(testsets, dict):
            return testsets
        return {name: parse_testset(name, entry) for name, entry in testsets.items()}

    @field_validator("pairs")
    @classmethod
    def _pairs(cls, groups: dict[str, list[str]]) -> dict[str, list[str]]:
        for group, pairs in groups.items():
            try:
                groups[group] = ["-".join(parse_pair(pair)) for pair in pairs]
            except UserError as error:
                raise wrong(f"{group}: {error}") from None
            twice = [pair for pair in groups[group] if groups[group].count(pair) > 1]
            if twice or not pairs:
                raise wrong(f"{group}: " + (f"{twice[0]} is listed twice; keep one" if twice else "lists no pair"))
        return groups

    @field_validator("limits", mode="before")
    @classmethod
    def _limits(cls, limits: Any) -> Any:
        if not isinstance(limits, dict):
            return limits
        try:
            texts = [(str(text), limit) for text, limit in limits.items()]  # to YAML `no` is False
            return {"-".join(parse_pair(t)) if "-" in t else check_language(t): limit for t, limit in texts}
        except UserError as error:
            raise wrong(str(error)) from None

    @field_validator("filters")
    @classmethod
    def _filters(cls, filters: Settings) -> Settings:
        return parse_filters(filters)

    @field_validator("segmenters")
    @classmethod
    def _segmenters(cls, segmenters: dict[str, str]) -> dict[str, str]:
        for language, name in segmenters.items():
            if name not in SEGMENTERS:
                raise wrong(f"{language}: {unknown(name, SEGMENTERS)}")
        return {code if code == "default" else check_language(code): name for code, name in segmenters.items()}

    @field_validator("training")
    @classmethod
    def _training(cls, training: dict[str, Any]) -> dict[str, Any]:
        TrainingConfig.model_validate(training)
        return training

    @property
    def score_tables(self) -> dict[str, ScoreTable]:
        """The tables of scores by name."""
        return {name: table for name, table in self.tables.items() if isinstance(table, ScoreTable)}


def parse_study(settings: dict[str, Any], where: str) -> Study:
    """A study from its settings. Raises UserError with file and key for the first mistake."""
    try:
        study = _with_words_of_subwords(Study.model_validate(settings))
        _check_references(study)
        _check_starts(study)
        for item in [*study.corpora, *study.monolingual]:
            try:
                parse_filters(merged(study.filters, item.filters))
            except PydanticCustomError as error:
                raise UserError(f"{item.id}: filters: {error.message()}") from None
        return study
    except ValidationError as error:
        raise UserError(f"{where}: {first_mistake(error)}") from None
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _with_words_of_subwords(study: Study) -> Study:
    """The study with the kind and the segmenters of the model whose subwords it uses, which were learned on such words.

    For sentencepiece words are what stands between spaces, where a study says nothing else.
    """
    subwords = study.subwords
    for key, path in (("codes", subwords.codes), ("vocabulary", subwords.vocabulary)):
        if path and not Path(path).is_file():
            raise UserError(f"subwords.{key}: no file {path} in {Path.cwd()}; mend the path")
    if subwords.monolingual and not study.monolingual:
        raise UserError("subwords.monolingual: the study has no monolingual text; list some, or take this out")
    if subwords.from_ is None:
        spaces = subwords.kind == "sentencepiece" and not study.segmenters
        return study.model_copy(update={"segmenters": {"default": "spaces"}}) if spaces else study
    if study.segmenters:
        raise UserError("segmenters: the subwords of subwords.from bring theirs; leave them out")
    try:
        settings = Tokenizer(subwords.from_).settings
    except UserError as error:
        raise UserError(f"subwords.from: {error}") from None
    same_kind = subwords.model_copy(update={"kind": settings["kind"]})
    return study.model_copy(update={"subwords": same_kind, "segmenters": settings["segmenters"]})


def _check_starts(study: Study) -> None:
    """A run can start only from a run that is trained before it and knows its pairs and vocabulary."""
    for name, row in study.runs.items():
        seen = [name]
        while (init := study.runs[seen[-1]].init) in study.runs:
            if init in seen:
                raise UserError(f"runs.{name}.init: {' from '.join([*seen, str(init)])} goes in a circle")
            seen.append(str(init))
        start = study.runs.get(row.init or "")
        if start and start.per and not (row.per and set(study.pairs[row.train_on]) <= set(study.pairs[start.train_on])):
            raise UserError(f"runs.{name}.init: {row.init} has one model a direction, and not all that {name} needs")


def _check_references(study: Study) -> None:
    """Names that one part of a study uses for another must exist there."""
    texts = {pair for pairs in study.pairs.values() for pair in pairs}
    if study.monolingual:
        texts |= {code for pair in texts for code in pair.split("-")}
    for text in study.limits:
        if text not in texts:
            raise UserError(f"limits: {unknown(text, sorted(texts))}")
    for name, row in study.runs.items():
        if row.train_on not in study.pairs:
            raise UserError(f"runs.{name}.train_on: {unknown(row.train_on, study.pairs)}")
        if row.init and row.init not in study.runs and not Path(row.init, "config.json").exists():
            raise UserError(f"runs.{name}.init: {unknown(row.init, study.runs)}; nor is it a model folder")
        section = "model"
        try:
            sizes(study.model, row.model)
            section = "training"
            TrainingConfig.model_validate({**study.training, **row.training})
        except ValidationError as error:
            raise UserError(f"runs.{name}.{section}.{first_mistake(error)}") from None
    check_tables(study)
    for name, figure in study.figures.items():
        for used in figure.runs:
            if used not in study.runs:
                raise UserError(f"figures.{name}: run {unknown(used, study.runs)}")
        metric = getattr(figure, "metric", study.metrics[0])
        if metric not in study.metrics:
            raise UserError(f"figures.{name}.metric: {metric} is not among the study's metrics; add it to metrics")
    if "comet" in study.metrics and not (study.comet and Path(study.comet).is_file()):
        raise UserError(f"comet: metrics has it, and there is no checkpoint {study.comet or ''}; say which file it is")
    if study.dev_set not in study.testsets:
        raise UserError(f"dev_set: {unknown(study.dev_set, study.testsets)}")


def to_json(study: Study) -> dict[str, Any]:
    """The study as study.json holds it, with every default filled in."""
    full = study.model_dump(mode="json", by_alias=True)
    # The segmenters of another model's subwords are read from there again.
    return {**full, "segmenters": {}} if study.subwords.from_ else full


def read_study(path: str | Path) -> Study:
    """Read a study that was written by this module, or by hand as YAML. Raises UserError for a mistake in it."""
    try:
        settings = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not found") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(settings, dict):
        raise UserError(f"{path}: holds no study")
    return parse_study(settings, str(path))


def main() -> None:
    """Check a study and write it out in full."""
    arguments = parser(__doc__)
    arguments.add_argument("study", help="study in YAML")
    arguments.add_argument("output", help="study.json")
    options = arguments.parse_args()
    write_json(options.output, to_json(read_study(options.study)))


if __name__ == "__main__":
    run(main)
