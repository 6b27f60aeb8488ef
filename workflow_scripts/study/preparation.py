"""The parts of a study: what its keys may hold. The whole is in study.py."""

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from model.command import UserError
from model.config.search import SearchConfig
from model.records import Strict, first_mistake, unknown, wrong
from workflow_scripts.filters import SCHEMAS, Settings
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import PATTERN, Item, catalogue
from workflow_scripts.study.fields import short_codes

INDUCED = "induced"  # among the sources of dictionaries: made from the study's own text
NOT_OF_DICTIONARIES = {"files", "filters", "columns", "separator", "header"}  # keys of an item that only text has


class HeldOut(Strict):
    """A test or dev set held out from the corpora by a hash of the English side."""

    source: Literal["held_out"]
    segments: int = Field(gt=0, description="at least so many for each pair")
    min_words: int = Field(4, ge=1, description="of the English side")


class Subwords(Strict):
    """The joint subwords: learned on one group of pairs, or taken from elsewhere, and extended for the others."""

    kind: Literal["bpe", "sentencepiece"] = "bpe"
    learn_on: str = Field("pretrain", description="group of pairs; the first group where there is none of that name")
    temperature: float | None = Field(None, ge=1, description="lines of a language ∝ n^(1/temperature); none: as many")
    monolingual: int = Field(0, ge=0, description="segments a language that join the learning, at most")
    merges: int = Field(32_000, gt=0, description="of bpe")
    size: int = Field(32_000, gt=0, description="of sentencepiece: pieces")
    algorithm: Literal["unigram", "bpe"] = Field("unigram", description="of sentencepiece")
    character_coverage: float = Field(0.9995, ge=0.98, le=1, description="of sentencepiece: of all letters of the text")
    normalisation: Literal["nmt_nfkc", "identity"] = Field("nmt_nfkc", description="of sentencepiece")
    min_count: int = Field(21, ge=1, description="pieces seen less often, on over-sampled text, get no row")
    max_size: int = Field(64_808, gt=0, description="rows of the vocabulary, at most")
    extend_min_count: int = Field(2, ge=1, description="the same for rows added for another group of pairs")
    from_: str | None = Field(None, alias="from", description="model folder whose subwords are used as they are")
    codes: str | None = Field(None, description="file of subword-nmt's format to use, with its `vocabulary`")
    vocabulary: str | None = Field(None, description="file of `piece count` lines")

    @model_validator(mode="after")
    def _from_one_place(self) -> "Subwords":
        if (self.codes is None) != (self.vocabulary is None):
            raise wrong("codes and vocabulary belong together; give both, or neither")
        if self.codes and self.from_:
            raise wrong("from, or codes and vocabulary: subwords come from one place; leave the others out")
        if self.codes and self.kind != "bpe":
            raise wrong(f"codes are those of bpe, and kind is {self.kind}; leave one out")
        return self


class Dictionaries(Strict):
    """Where dictionaries come from, and how those without a source are induced from the training text."""

    sources: list[Literal["induced"] | Item] = Field(["induced"], description="datasets in order of precedence")
    values: int | None = Field(None, gt=0, description="translations a word that a source has, at most")
    multiword: Literal["keep", "drop"] = Field("keep", description="translations of several words")
    order: Literal["source", "corpus"] = Field("source", description="whose frequency words go by")
    candidates: int = Field(3, gt=0, description="translations a word that is induced, at most")
    min_count: int = Field(3, gt=0, description="a word and its translation meet in at least so many segments")
    min_score: float = Field(0.25, gt=0, le=1, description="geometric mean of the two lexical probabilities")
    iterations: int = Field(5, gt=0, description="of expectation maximisation")

    @field_validator("sources", mode="before")
    @classmethod
    def _known(cls, sources: Any) -> Any:
        if not isinstance(sources, list):
            return sources
        items = parse_items([source for source in sources if source != INDUCED], ["dictionary"])
        for item in items:
            if alien := item.model_fields_set & NOT_OF_DICTIONARIES:
                raise wrong(f"{item.id}: {', '.join(sorted(alien))} is not for dictionaries; take it out")
        return [*items, INDUCED] if INDUCED in sources else items

    @property
    def items(self) -> list[Item]:
        """The datasets among the sources."""
        return [source for source in self.sources if isinstance(source, Item)]


class Graph(Strict):
    """Translations of translations: the multi-way variant of the authors' code."""

    depth: int = Field(3, ge=1, description="steps that the graph is followed from a word")
    max_depth: int = Field(
        1, ge=1, description="steps of these that are drawn from; each weighs half of the one before"
    )


class Substitution(Strict):
    """Random aligned substitution (mRASP, section 2.3)."""

    language: str = Field("en", description="whose words are substituted")
    languages: list[str] | None = Field(None, min_length=1, description="that words may be taken from; all by default")
    probability: float = Field(0.3, gt=0, le=1, description="of each word that has an entry")
    top_words: int = Field(1000, gt=0, description="entries used of each dictionary, from its first")
    top: Literal["words", "lines"] = Field("words", description="what these are counted in")
    copies: int = Field(1, ge=1, description="substituted copies a segment, each in another language")
    per: Literal["copy", "word"] = Field("copy", description="what a language is drawn for")
    sides: Literal["source", "any", "every_source"] = Field("source", description="of directions, to be substituted")
    exclude_target: bool = Field(True, description="no words of the language on the other side of the copy")
    match: Literal["lowercase", "exact"] = Field("lowercase", description="how words are looked up")
    identical: bool = Field(False, description="whether a word replaced by its own spelling is a substitution")
    whole_words: bool = Field(False, description="only words that have nothing but punctuation beside them")
    graph: Graph | None = None

    @field_validator("language", "languages")
    @classmethod
    def _languages(cls, codes: str | list[str] | None) -> str | list[str] | None:
        return short_codes(codes)


class Backtranslation(Strict):
    """Synthetic sources: monolingual segments, translated by a model of the other direction (Sennrich et al. 2016)."""

    run: str = Field(description="the run that translates; it trains on no such shards itself")
    segments: int = Field(100_000, gt=0, description="monolingual segments a direction, drawn, at most")
    search: dict[str, Any] = Field({}, description="what differs from the study's `search`")
    tagged: bool = Field(False, description="whether each source begins with `<bt>` (Caswell et al. 2019)")

    @field_validator("search")
    @classmethod
    def _search(cls, search: dict[str, Any]) -> dict[str, Any]:
        SearchConfig.model_validate(search)
        return search


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
