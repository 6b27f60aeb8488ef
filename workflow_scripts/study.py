"""The schema of a study: `python -m workflow_scripts.study config.yaml study.json` checks one and fills its defaults.

What a study's runs, shards and files are follows from it in plan.py.
"""

import inspect
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from model.command import UserError, parser, run
from model.config import ModelConfig, SearchConfig, Strict, TrainingConfig, first_mistake, unknown, write_json
from model.segmenters import SEGMENTERS
from model.tokenizer import SETTINGS
from workflow_scripts.filters import FILTERS
from workflow_scripts.languages import check_language, parse_pair
from workflow_scripts.sources import SOURCES

Kind = Literal["original", "substituted"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]  # it becomes part of file names
Positive = Annotated[int, Field(gt=0)]


class HeldOut(Strict):
    """A test or dev set held out from the corpora by a hash of the English side."""

    source: Literal["held_out"]
    segments: int = Field(gt=0, description="at least so many for each pair")
    min_words: int = Field(4, ge=1, description="of the English side")


class Subwords(Strict):
    """The joint BPE, learned on one group of pairs and extended for the others."""

    learn_on: str = Field("pretrain", description="group of pairs; the first group where there is none of that name")
    merges: int = Field(32_000, gt=0)
    min_count: int = Field(21, ge=1, description="pieces seen less often, on over-sampled text, get no row")
    max_size: int = Field(64_808, gt=0, description="rows of the vocabulary, at most")
    extend_min_count: int = Field(2, ge=1, description="the same for rows added for another group of pairs")
    from_: str | None = Field(None, alias="from", description="model folder whose subwords are used as they are")


class Dictionaries(Strict):
    """How dictionaries are induced from the training text."""

    candidates: int = Field(3, gt=0, description="translations a word, at most")
    min_count: int = Field(3, gt=0, description="a word and its translation meet in at least so many segments")
    min_score: float = Field(0.2, gt=0, le=1, description="geometric mean of the two lexical probabilities")
    iterations: int = Field(5, gt=0, description="of expectation maximisation")


class Substitution(Strict):
    """Random aligned substitution (mRASP, section 2.3)."""

    language: str = Field("en", description="sides in this language are substituted, where they are sources")
    probability: float = Field(0.3, gt=0, le=1, description="of each word that has an entry")
    top_words: int = Field(1000, gt=0, description="entries used of each dictionary, by frequency of the word")
    copies: int = Field(1, ge=1, description="substituted copies a segment, each in another language")
    exclude_target: bool = Field(True, description="no words of the pair's own target language")


class Run(Strict):
    """One row of the table of runs: a model, or with `per: direction` one model a direction."""

    train_on: str = Field(description="group of pairs")
    per: Literal["direction"] | None = None
    init: str | None = Field(None, description="a run, or a model folder from elsewhere")
    shards: list[Kind] = Field(["original"], min_length=1)
    label: str | None = Field(None, description="its name in tables")
    model: dict[str, Any] = Field({}, description="what differs from the study's `model`")
    training: dict[str, Any] = Field({}, description="what differs from the study's `training`")


class Table(Strict):
    """A table of scores: rows systems, columns directions."""

    runs: list[str] = Field(min_length=1)
    baseline: str | None = Field(None, description="the run that differences are taken to")
    test_sets: list[str] = ["test"]
    metrics: list[Literal["sacrebleu", "tokenised_bleu", "chrf"]] = ["sacrebleu"]
    default: bool = Field(True, description="whether the default target builds it")


class Figure(Strict):
    """A figure of learning curves."""

    runs: list[str] = Field(min_length=1)


class Study(Strict):
    """A whole study."""

    study: Name = Field(description="results go to results/{study}/")
    seed: int = 1
    corpora: dict[str, Any] = Field(min_length=1)
    pairs: dict[Name, list[str]] = Field(min_length=1)
    limits: dict[str, Positive] = Field({}, description="pair → pairs of segments kept for training, chosen by hash")
    filters: dict[str, dict[str, Any]] = dict.fromkeys(FILTERS, {})
    testsets: dict[Name, HeldOut] = {
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
    model: ModelConfig = ModelConfig()
    training: dict[str, Any] = {}
    search: SearchConfig = SearchConfig()
    runs: dict[Name, Run] = Field(min_length=1)
    tables: dict[Name, Table] = {}
    figures: dict[Name, Figure] = {}

    @field_validator("corpora")
    @classmethod
    def _corpora(cls, corpora: dict[str, Any]) -> dict[str, Any]:
        checked = {}
        for name, entry in corpora.items():
            source = entry.get("source") if isinstance(entry, dict) else entry.source
            if source not in SOURCES:
                raise _wrong(f"{name}.source: {unknown(source, SOURCES)}")
            try:
                checked[name] = SOURCES[source].Corpus.model_validate(entry)
            except ValidationError as error:
                raise _wrong(f"{name}.{first_mistake(error)}") from None
        return checked

    @field_validator("pairs")
    @classmethod
    def _pairs(cls, groups: dict[str, list[str]]) -> dict[str, list[str]]:
        for group, pairs in groups.items():
            try:
                groups[group] = ["-".join(parse_pair(pair)) for pair in pairs]
            except UserError as error:
                raise _wrong(f"{group}: {error}") from None
            twice = [pair for pair in groups[group] if groups[group].count(pair) > 1]
            if twice or not pairs:
                raise _wrong(f"{group}: " + (f"{twice[0]} is listed twice; keep one" if twice else "lists no pair"))
        return groups

    @field_validator("filters")
    @classmethod
    def _filters(cls, filters: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, settings in filters.items():
            if name not in FILTERS:
                raise _wrong(unknown(name, FILTERS))
            parameters = dict(list(inspect.signature(FILTERS[name]).parameters.items())[2:])
            for key, value in settings.items():
                if key not in parameters:
                    raise _wrong(f"{name}: {unknown(key, parameters)}")
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise _wrong(f"{name}.{key}: {value!r} is no number")
        return filters

    @field_validator("segmenters")
    @classmethod
    def _segmenters(cls, segmenters: dict[str, str]) -> dict[str, str]:
        for language, name in segmenters.items():
            if language != "default":
                check_language(language)
            if name not in SEGMENTERS:
                raise _wrong(f"{language}: {unknown(name, SEGMENTERS)}")
        return segmenters

    @field_validator("training")
    @classmethod
    def _training(cls, training: dict[str, Any]) -> dict[str, Any]:
        TrainingConfig.model_validate(training)
        return training


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("study", "{message}", {"message": message})


def parse_study(settings: dict[str, Any], where: str) -> Study:
    """A study from its settings. Raises UserError with file and key for the first mistake."""
    try:
        study = _with_segmenters_of(Study.model_validate(settings))
        _check_references(study)
        _check_starts(study)
        return study
    except ValidationError as error:
        raise UserError(f"{where}: {first_mistake(error)}") from None
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _with_segmenters_of(study: Study) -> Study:
    """The study with the segmenters of the model whose subwords it uses, since those were learned on such words."""
    if study.subwords.from_ is None:
        return study
    if study.segmenters:
        raise UserError("segmenters: the subwords of subwords.from bring theirs; leave them out")
    path = Path(study.subwords.from_, SETTINGS)
    if not path.exists():
        raise UserError(f"subwords.from: {path} is not there; give the folder model/ of a finished run")
    return study.model_copy(update={"segmenters": json.loads(path.read_text())["segmenters"]})


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
    used_pairs = {pair for pairs in study.pairs.values() for pair in pairs}
    for pair in study.limits:
        if pair not in used_pairs:
            raise UserError(f"limits: {unknown(pair, used_pairs)}")
    for name, row in study.runs.items():
        if row.train_on not in study.pairs:
            raise UserError(f"runs.{name}.train_on: {unknown(row.train_on, study.pairs)}")
        if row.init and row.init not in study.runs and not Path(row.init, "config.json").exists():
            raise UserError(f"runs.{name}.init: {unknown(row.init, study.runs)}; nor is it a model folder")
        for section, schema, base in (
            ("model", ModelConfig, study.model.model_dump()),
            ("training", TrainingConfig, study.training),
        ):
            try:
                schema.model_validate({**base, **getattr(row, section)})
            except ValidationError as error:
                raise UserError(f"runs.{name}.{section}.{first_mistake(error)}") from None
    for name, table in study.tables.items():
        for used in [*table.runs, *([table.baseline] if table.baseline else [])]:
            if used not in study.runs:
                raise UserError(f"tables.{name}: run {unknown(used, study.runs)}")
        for used in table.test_sets:
            if used not in study.testsets:
                raise UserError(f"tables.{name}.test_sets: {unknown(used, study.testsets)}")
    for name, figure in study.figures.items():
        for used in figure.runs:
            if used not in study.runs:
                raise UserError(f"figures.{name}: run {unknown(used, study.runs)}")
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
