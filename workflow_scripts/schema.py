"""The parts of a study: what its keys may hold. The whole is in study.py."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from model.command import UserError
from model.config import Strict, first_mistake, unknown
from workflow_scripts.cleaning.filters import SCHEMAS, Settings
from workflow_scripts.datasets import PATTERN, Item, catalogue
from workflow_scripts.sources import SOURCES

INDUCED = "induced"  # among the sources of dictionaries: made from the study's own text
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
    """Where dictionaries come from, and how those without a source are induced from the training text."""

    sources: list[str] = Field(["induced"], description="dataset ids in order of precedence, and `induced`")
    candidates: int = Field(3, gt=0, description="translations a word, at most")
    min_count: int = Field(3, gt=0, description="a word and its translation meet in at least so many segments")
    min_score: float = Field(0.25, gt=0, le=1, description="geometric mean of the two lexical probabilities")
    iterations: int = Field(5, gt=0, description="of expectation maximisation")

    @field_validator("sources")
    @classmethod
    def _known(cls, sources: list[str]) -> list[str]:
        parse_items([source for source in sources if source != INDUCED], ["dictionary"])
        return sources

    @property
    def items(self) -> list[Item]:
        """The datasets among the sources."""
        return parse_items([source for source in self.sources if source != INDUCED], ["dictionary"])


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


def parse_testset(name: str, entry: Any) -> HeldOut | list[Item]:
    """A test set as a study writes it: how to hold one out, or one dataset or several."""
    try:
        if isinstance(entry, HeldOut) or (isinstance(entry, dict) and "id" not in entry):
            return HeldOut.model_validate(entry)
        return parse_items(entry if isinstance(entry, list) else [entry], ["testset", "bitext"])
    except ValidationError as error:
        raise wrong(f"{name}.{first_mistake(error)}") from None
    except PydanticCustomError as error:
        raise wrong(f"{name}: {error.message()}") from None


def parse_items(entries: Any, kinds: Collection[str]) -> list[Item]:
    """Datasets as a study lists them: ids, or mappings with an id. kinds: those that fit where they are listed."""
    if not isinstance(entries, list):
        raise wrong("is no list; write one dataset a line: - opus:OpenSubtitles/v2018/en-af")
    items = []
    for number, entry in enumerate(entries, 1):
        try:
            item = Item.model_validate({"id": entry} if isinstance(entry, str) else entry)
            if item.dataset.source not in SOURCES:
                raise UserError(f"source {unknown(item.dataset.source, SOURCES)}")
            _check_listed(item)
            if item.record.kind not in kinds and "kind" in item.record.model_fields_set:
                raise UserError(f"{item.id} is of the kind {item.record.kind}; list it where the study wants that")
            items.append(item)
        except ValidationError as error:
            raise wrong(f"entry {number}: {first_mistake(error)}") from None
        except UserError as error:
            raise wrong(f"entry {number}: {error}") from None
    return items


def _check_listed(item: Item) -> None:
    """Raise UserError for languages that a corpus lacks; of a source with a pattern not all corpora are listed."""
    asked, record = item.dataset.languages, item.record
    if not asked or not record.datasets or item.address or PATTERN in catalogue(item.dataset.source):
        return
    if not record.find(asked) and not all(record.find([code]) for code in asked):
        raise UserError(f"{item.id}: it has no such languages; it has {', '.join(record.datasets)}"[:300])


def parse_filters(filters: Settings) -> Settings:
    """Filters with their settings, checked; a study lists them in the order they are tried."""
    for name, settings in filters.items():
        if name not in SCHEMAS:
            raise wrong(unknown(name, SCHEMAS))
        if settings is None:  # switched off
            continue
        try:
            SCHEMAS[name].model_validate(settings)
        except ValidationError as error:
            raise wrong(f"{name}: {first_mistake(error)}") from None
    return filters


def wrong(message: str) -> PydanticCustomError:
    """A mistake in a study, for pydantic to put the key before it."""
    return PydanticCustomError("study", "{message}", {"message": message})
