"""The keys of a study about text, subwords, dictionaries, substitution and back-translation."""

import operator
import textwrap
from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from model.command import UserError
from model.config.search import SearchConfig
from model.records import Strict, first_mistake, unknown, wrong
from model.text.languages import short
from workflow_scripts.directions import codes
from workflow_scripts.filters import ONLY, SCHEMAS, Settings, merged
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import PATTERN, FilePath, Item, catalogue
from workflow_scripts.study.fields import short_codes

INDUCED = "induced"  # among the sources of dictionaries: made from the study's own text
NOT_OF_DICTIONARIES = {"files", "filters", "columns", "separator", "header"}  # keys of an item that only text has


class HeldOut(Strict):
    """A test or dev set held out from the corpora by a hash of the English side."""

    source: Literal["held_out"] = Field(description="always `held_out`")
    segments: int = Field(gt=0, description="the least number of segments of each pair")
    min_words: int = Field(4, ge=1, description="the least number of words on the English side")


class Decontamination(Strict):
    """Which training segments are dropped because a test or dev set has them, or almost has them.

    Equal segments are dropped, whatever their case, spacing, punctuation and encoding habits. Overlaps of n-grams of
    words are looked for on request, as by Brown et al. (2020, n = 13) and Chowdhery et al. (2022, n = 8, share 0.7).
    """

    min_words: int = Field(1, ge=1, description="test segments of fewer words may stay in the training text")
    ngrams: int | None = Field(
        None, ge=2, description="n: count training segments that have an n-gram of words of a test segment"
    )
    share: float | None = Field(
        0.8, gt=0, le=1, description="drop those that have such a share of its n-grams; null: only count"
    )


class Subwords(Strict):
    """The joint subwords: learned on one group of pairs or taken from files, and extended for other groups."""

    kind: Literal["bpe", "sentencepiece"] = Field("bpe", description="`bpe` as in subword-nmt, or `sentencepiece`")
    learn_on: str | None = Field(None, description="group of pairs to learn on; by default `pretrain`, or the first")
    temperature: float | None = Field(
        None, ge=1, description="T: lines of a language count n^(1/T); without it all languages count alike"
    )
    monolingual: int = Field(0, ge=0, description="most monolingual segments of a language to learn on")
    merges: int | None = Field(
        None, gt=0, description="for bpe: number of merges; by default a quarter of the distinct words, at most 32,000"
    )
    size: int | None = Field(None, gt=0, description="for sentencepiece: number of pieces; by default like `merges`")
    algorithm: Literal["unigram", "bpe"] = Field("unigram", description="for sentencepiece: how pieces are learned")
    character_coverage: float = Field(
        0.9995, ge=0.98, le=1, description="for sentencepiece: share of all characters that pieces cover"
    )
    normalisation: Literal["nmt_nfkc", "identity"] = Field(
        "identity", description="for sentencepiece: how text is normalised"
    )
    min_count: int | None = Field(
        None,
        ge=1,
        description="for bpe: rarer pieces, counted on over-sampled text, get no row of the vocabulary; by default 21"
        " for 5 million words, and less for less text",
    )
    max_size: int = Field(64_808, gt=0, description="for bpe: most rows of the vocabulary")
    extend_min_count: int = Field(
        2,
        ge=1,
        description="`min_count` of the rows that a group of pairs adds; for sentencepiece, of letters not in `from`",
    )
    from_: FilePath | None = Field(
        None, alias="from", description="model folder, or external run, whose subwords are used"
    )
    # Later keys are not written where they have no effect, so that subwords made before are not made again.
    trim: bool = Field(
        False,
        exclude_if=operator.not_,
        description="for sentencepiece with `from`: leave out the rows that the study's text does not need",
    )
    new_pieces: int = Field(
        0,
        ge=0,
        exclude_if=operator.not_,
        description="for sentencepiece with `from`: most pieces that are learned on the text and added",
    )
    codes: FilePath | None = Field(None, description="file of merges in the format of subword-nmt; needs `vocabulary`")
    vocabulary: FilePath | None = Field(None, description="file with lines of `piece count`; needs `codes`")

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
    """Where dictionaries come from, and how `induced` learns them from the training text."""

    sources: list[Literal["induced"] | Item] = Field(
        ["induced"], description="datasets in order of precedence; `induced` learns dictionaries from the text"
    )
    values: int | None = Field(None, gt=0, description="most translations of a word that are taken from a source")
    multiword: Literal["keep", "drop"] = Field("keep", description="whether translations of several words are kept")
    order: Literal["source", "corpus"] = Field(
        "source", description="whose frequencies order the words: the source's or the text's"
    )
    candidates: int = Field(3, gt=0, description="most translations of a word that are induced")
    min_count: int = Field(
        3, gt=0, description="for `induced`: least number of segments in which a word and its translation meet"
    )
    min_score: float = Field(
        0.25, gt=0, le=1, description="for `induced`: least geometric mean of the two lexical probabilities"
    )
    iterations: int = Field(5, gt=0, description="for `induced`: iterations of expectation maximisation")

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
    """Translations of translations: the multi-way variant in the code of mRASP's authors."""

    depth: int = Field(3, ge=1, description="most steps from a word that are looked up")
    max_depth: int = Field(
        1, ge=1, description="most steps that are drawn from; each step weighs half as much as the one before"
    )


class Substitution(Strict):
    """Random aligned substitution (mRASP, section 2.3)."""

    language: str = Field("en", description="the language whose words are substituted")
    languages: list[str] | None = Field(None, min_length=1, description="languages to take words from; all by default")
    probability: float = Field(0.3, gt=0, le=1, description="probability of substituting a word that has an entry")
    top_words: int = Field(1000, gt=0, description="entries used of each dictionary, from its first on")
    top: Literal["words", "lines"] = Field(
        "words", description="whether `top_words` counts words or lines of the dictionary"
    )
    copies: int = Field(1, ge=1, description="substituted copies of a segment, each in another language")
    per: Literal["copy", "word"] = Field(
        "copy", description="whether a language is drawn for each copy or for each word"
    )
    sides: Literal["source", "any", "every_source"] = Field(
        "source", description="which sides of directions are substituted"
    )
    exclude_target: bool = Field(True, description="take no words of the language on the other side")
    match: Literal["lowercase", "exact"] = Field("lowercase", description="how words are looked up")
    identical: bool = Field(False, description="whether a word replaced by itself counts as substituted")
    whole_words: bool = Field(False, description="only words with nothing but punctuation beside them")
    graph: Graph | None = Field(None, description="also take translations of translations")

    @field_validator("language", "languages")
    @classmethod
    def _languages(cls, codes: str | list[str] | None) -> str | list[str] | None:
        return short_codes(codes)

    def allowed_languages(self, dictionaries: Collection[str], side: str, other: str) -> list[str]:
        """The languages that words of a copy may be taken from, sorted.

        dictionaries: the languages of these; side: the language that is substituted; other: the language of the other
        side of the copy. A word graph also has the language of the dictionaries' own words. It leads from a word to
        other words of its language, too; these are allowed only if the study lists the language.
        """
        known = {*dictionaries, self.language} if self.graph else set(dictionaries)
        chosen = set(self.languages or known - ({side} if self.graph else set()))
        return sorted((known & chosen) - ({other} if self.exclude_target else set()))


class Variant(Substitution):
    """Another substitution of the same study. Keys that are left out are those of `substitution`."""

    dictionaries: Dictionaries = Field(
        Dictionaries(), description="keys that differ from the study's `dictionaries`, which it has by default"
    )


class Backtranslation(Strict):
    """Training text whose sources a model has translated from monolingual text (Sennrich et al. 2016)."""

    run: str = Field(description="the run whose models translate; it must not train on back-translated text itself")
    segments: int = Field(100_000, gt=0, description="most monolingual segments of a direction")
    search: dict[str, Any] = Field({}, description="keys that differ from the search of the run that translates")
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
        items = parse_items(entry if isinstance(entry, list) else [entry], ["testset", "bitext"])
        if len({item.decontaminate for item in items}) > 1:
            raise wrong("decontaminate differs between its datasets; say the same of all")
        return items
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
            if "decontaminate" in item.model_fields_set and "testset" not in kinds:
                raise UserError(f"{item.id}: decontaminate is for test sets; take it out")
            if item.dataset.source not in SOURCES:
                raise UserError(unknown(item.dataset.source, SOURCES, "source"))
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
        near = [key for key in record.datasets if set(codes(key)) & set(asked)] or list(record.datasets)
        shown = textwrap.shorten(", ".join(near), 250, placeholder=" …")
        raise UserError(f"{item.id}: it has no {'-'.join(map(short, asked))}; it has {shown}")


def parse_filters(filters: Settings, said: Any) -> Settings:
    """Filters with what a study or a corpus says of them, checked and filled in (filters.merged)."""
    if not isinstance(said, dict):
        raise wrong("is no mapping; write a filter a line: ratio: {max: 2.0}")
    for name, settings in said.items():
        if name not in SCHEMAS and name != ONLY:
            raise wrong(unknown(name, [*SCHEMAS, ONLY]))
        if name == ONLY and not isinstance(settings, bool):
            raise wrong(f"{ONLY}: is true or false, not {settings!r}")
        if not isinstance(settings, dict | bool | None):
            raise wrong(f"{name}: is a mapping of settings, true or false, not {settings!r}")
    try:
        return merged(filters, said)
    except ValidationError as error:
        raise wrong(f"{error.title}: {first_mistake(error)}") from None
