"""A study: all its keys together."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from model.command import UserError
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.config.training import TrainingConfig
from model.records import Strict, wrong
from model.text.languages import check_language
from model.text.segmenters import check_segmenters
from workflow_scripts.directions import parse_pair
from workflow_scripts.filters import DEFAULT, Settings
from workflow_scripts.sources.datasets import FilePath, Item
from workflow_scripts.study.fields import MetricName, Name, Positive
from workflow_scripts.study.figures import FigureSettings, Measuring, parse_figure
from workflow_scripts.study.preparation import (
    Backtranslation,
    Decontamination,
    Dictionaries,
    HeldOut,
    Substitution,
    Subwords,
    Variant,
    parse_filters,
    parse_items,
    parse_testset,
)
from workflow_scripts.study.runs import Run
from workflow_scripts.study.tables import Samples, ScoreTable, TableSettings, parse_table


class Study(Strict):
    """The keys at the top of a study."""

    study: Name = Field(description="name of the study; its files go to results/{study}/")
    seed: int = Field(1, ge=0, description="seed of everything random")
    corpora: list[Item] = Field(min_length=1, description="datasets of parallel text")
    monolingual: list[Item] = Field([], description="datasets of text in one language")
    mode: Literal["locked", "tofu", "offline"] = Field("locked", description="what may be fetched")
    licences: Literal["any", "no-nc"] = Field(
        "any", description="`no-nc`: refuse data whose licence is unstated or not for commercial use"
    )
    mirrors: dict[str, str] = Field({}, description="start of an address → address or folder to use instead")
    mirror: str | None = Field(None, description="value of `{mirror}` in `mirrors`")
    pairs: dict[Name, list[str]] = Field(min_length=1, description="name of a group → its pairs")
    limits: dict[str, Positive] = Field({}, description="pair or language → most segments for training")
    filters: Settings = Field(DEFAULT, description="filter → its settings, merged with the defaults; see `only`")
    testsets: dict[Name, HeldOut | list[Item]] = Field(
        {
            "test": HeldOut(source="held_out", segments=400),
            "dev": HeldOut(source="held_out", segments=200),
        },
        description="name → datasets, or how to hold a set out",
    )
    decontamination: Decontamination = Field(
        Decontamination(), description="which training segments count as those of test and dev sets"
    )
    dev_set: str = Field("dev", description="test set for the dev loss")
    segmenters: dict[str, str] = Field({}, description="language or `default` → row of model/text/segmenters.py")
    subwords: Subwords = Field(Subwords(), description="how subwords are learned")
    dictionaries: Dictionaries = Field(Dictionaries(), description="where dictionaries come from")
    substitution: Substitution = Field(Substitution(), description="how words are substituted")
    substitutions: dict[Name, Variant] = Field(
        {}, description="name of a variant → keys that differ from `substitution`, for runs that name it"
    )
    backtranslation: Backtranslation | None = Field(None, description="how monolingual text is translated back")
    model: ModelConfig = Field(ModelConfig(), description="size of the models")
    training: dict[str, Any] = Field({}, description="how models are trained")
    search: SearchConfig = Field(SearchConfig(), description="how models translate")
    runs: dict[Name, Run] = Field(min_length=1, description="name → models to train")
    metrics: list[MetricName] = Field(
        ["sacrebleu", "tokenised_bleu", "chrf"], min_length=1, description="metrics to compute"
    )
    comet: FilePath | None = Field(None, description="checkpoint file for the metric `comet`")
    significance: Samples = Field(Samples(), description="size of the significance tests")
    tables: dict[Name, Annotated[SerializeAsAny[TableSettings], BeforeValidator(parse_table)]] = Field(
        {}, description="name → table to make"
    )
    figures: dict[Name, Annotated[SerializeAsAny[FigureSettings], BeforeValidator(parse_figure)]] = Field(
        {}, description="name → figure to draw"
    )
    sensitivity: Measuring = Field(Measuring(), description="how sensitivity is measured")

    @model_validator(mode="before")
    @classmethod
    def _variants(cls, data: Any) -> Any:
        """Each of `substitutions` has the keys of `substitution` and `dictionaries` that it leaves out."""
        if not isinstance(data, dict) or not isinstance(data.get("substitutions"), dict):
            return data
        usual, words = data.get("substitution", {}), data.get("dictionaries", {})
        named = {name: _merged(usual, said, words) for name, said in data["substitutions"].items()}
        return {**data, "substitutions": named}

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

    @field_validator("filters", mode="before")
    @classmethod
    def _filters(cls, filters: Any) -> Settings:
        return parse_filters(DEFAULT, filters)

    @field_validator("segmenters")
    @classmethod
    def _segmenters(cls, segmenters: dict[str, str]) -> dict[str, str]:
        try:
            check_segmenters(segmenters)
        except UserError as error:
            raise wrong(str(error)) from None
        return {code if code == "default" else check_language(code): name for code, name in segmenters.items()}

    @field_validator("training")
    @classmethod
    def _training(cls, training: dict[str, Any]) -> dict[str, Any]:
        TrainingConfig.model_validate(training)
        return training

    def with_variant(self, name: str) -> "Study":
        """The study with the substitution and the dictionaries of one of `substitutions`; its own for no name."""
        if not name:
            return self
        variant = self.substitutions[name]
        substitution = Substitution.model_validate(variant.model_dump(exclude={"dictionaries"}))
        return self.model_copy(update={"substitution": substitution, "dictionaries": variant.dictionaries})

    @property
    def score_tables(self) -> dict[str, ScoreTable]:
        """The tables of scores by name."""
        return {name: table for name, table in self.tables.items() if isinstance(table, ScoreTable)}


def _merged(substitution: Any, variant: Any, dictionaries: Any) -> Any:
    """The keys of a variant over those of the study; what is no mapping stays, and pydantic refuses it."""
    if not isinstance(substitution, dict) or not isinstance(variant, dict) or not isinstance(dictionaries, dict):
        return variant
    said = variant.get("dictionaries", {})
    words = {**dictionaries, **said} if isinstance(said, dict) else said
    return {**substitution, **variant, "dictionaries": words}
