"""Datasets: their ids, their records in the catalogue, and how a study names them.

An id is `source:corpus/version/languages[@variant]`, for instance `opus:OpenSubtitles/v2018/en-af`. The catalogue of a
source is the YAML file beside its module, workflow_scripts/sources/<source>.yaml, with a record for each corpus and
version.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from model.command import UserError
from model.records import Strict, first_mistake, wrong
from model.text.languages import canonical, short
from workflow_scripts import directions
from workflow_scripts.plain_yaml import read_yaml

SOURCES_FOLDER = Path(__file__).parent
PATTERN = "*"  # key of the record for all corpora that the catalogue of a source does not list
_WORD = r"[A-Za-z0-9][A-Za-z0-9._+]*(?:-[A-Za-z0-9._+]+)*"
_CODE = r"[A-Za-z]{2,3}(?:_[A-Za-z]{4}|-[A-Z][a-z]{3})?(?:_[A-Za-z]{2}|-[A-Z]{2})?"
_ID = re.compile(rf"([a-z0-9_]+):({_WORD})/({_WORD})(?:/({_CODE}(?:-{_CODE})?))?(?:@([a-z0-9_]+))?")
_FORM = "write source:corpus/version/languages, for instance opus:OpenSubtitles/v2018/en-af"
_NOT_IN_PATHS = re.compile(r"[{}\x00-\x1f\x7f]")


def check_path(path: str) -> str:
    """The path of a file of the user, if it can be an input of a job. A mistake in it is one of the study."""
    if not path.strip():
        raise wrong("is an empty path; say which file")
    if path.startswith("-"):
        raise wrong(f"{path!r} begins like an option; write ./{path}")
    if found := _NOT_IN_PATHS.search(path):
        raise wrong(f"{path!r} has {found[0]!r}, which Snakemake cannot have in a path; rename the file or folder")
    return path


FilePath = Annotated[str, AfterValidator(check_path)]
Limit = Literal[
    "non-commercial", "no-derivatives", "research-only", "share-alike", "link-back", "manual", "gated", "withdrawn"
]


@dataclass(frozen=True)
class DatasetId:
    """A validated id. languages: canonical codes; empty for all languages that a study needs."""

    source: str
    corpus: str
    version: str
    languages: tuple[str, ...] = ()
    variant: str | None = None

    @classmethod
    @cache
    def parse(cls, text: str) -> "DatasetId":
        """The id in a text. Raises UserError for another form and for unknown or ambiguous languages."""
        match = _ID.fullmatch(text)
        if not match:
            raise UserError(f"{text!r} is no dataset id; {_FORM}")
        source, corpus, version, languages, variant = match.groups()
        try:
            codes = directions.codes(languages) if languages else ()
        except UserError as error:
            raise UserError(f"{text}: {error}") from None
        if len(codes) == 2 and codes[0] == codes[1]:
            raise UserError(f"{text}: both sides are {short(codes[0])}; name two languages")
        return cls(source, corpus, version, codes, variant)

    @property
    def key(self) -> str:
        """The key of its record in the catalogue of its source."""
        return f"{self.corpus}/{self.version}" + (f"@{self.variant}" if self.variant else "")

    @property
    def name(self) -> str:
        """The id without languages, as in reports and in the column `corpus`."""
        return f"{self.source}:{self.key}"

    def __str__(self) -> str:
        languages = f"/{'-'.join(self.languages)}" if self.languages else ""
        return f"{self.source}:{self.corpus}/{self.version}{languages}" + (f"@{self.variant}" if self.variant else "")

    @property
    def path(self) -> str:
        """The id as a relative path: letters, digits, `.`, `_`, `+`, `-` and `@` between slashes."""
        return str(self).replace(":", "/", 1)


class Facts(Strict):
    """What is known of one dataset, or of a corpus with a single file."""

    lines: int | None = Field(None, ge=0, description="segments, or pairs of them, as the source counts them")
    bytes: int | None = Field(None, gt=0, description="of the file as served")
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    native: dict[str, str] = Field({}, description="short code → how this file spells it")
    licence: str | None = Field(None, description="where it is not that of the whole corpus")


class Origin(Strict):
    """Where a corpus comes from and how it is read. A record states this, and an item of a study may replace it."""

    address: str | None = Field(None, description="address of the file")
    mirrors: list[str] = Field([], description="other addresses of the file")
    format: str = Field(
        "lines",
        description="how the file is read: a row of workflow_scripts/formats/__init__.py, or a format of dictionaries",
    )
    members: list[str] = Field([], description="paths inside an archive: of the first side, then of the second")
    columns: dict[str, int | str] = Field({}, description="column of a table → its number, or its name in Parquet")
    separator: str = Field("\t", description="between the columns of a table")
    header: bool = Field(False, description="whether the first line of a table names its columns")
    licence: str = Field("unstated", description="licence of the data")
    limits: list[Limit] = Field([], description="limits of use")
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", description="checksum of the corpus's one file")
    bytes: int | None = Field(None, gt=0, description="size of the file")
    native: dict[str, str] = Field({}, description="language → code that this corpus has for it")


class Record(Origin):
    """One corpus and version in the catalogue."""

    kind: Literal["bitext", "monolingual", "dictionary", "testset"] = "bitext"
    citation: str | None = Field(None, description="key in sources/citations.bib")
    status: Literal["ok", "unverified", "dead", "manual", "gated", "withdrawn", "mirror"] = "unverified"
    evidence: str = ""
    datasets: dict[str, Facts] = {}

    def licence_of(self, languages: Sequence[str]) -> str:
        """The licence of one dataset with its limits: `CC-BY-NC-4.0 (non-commercial)`."""
        found = self.find(languages)
        own = found[1].licence if found else None
        return (own or self.licence) + (f" ({', '.join(self.limits)})" if self.limits else "")

    @field_validator("datasets", mode="before")
    @classmethod
    def _nothing_known(cls, datasets: dict[str, Any] | list[str]) -> dict[str, Any]:
        return dict.fromkeys(datasets, {}) if isinstance(datasets, list) else datasets

    def find(self, languages: Sequence[str]) -> tuple[tuple[str, ...], Facts] | None:
        """(languages in the order served, facts) of a dataset by its canonical codes in any order, the given first."""
        known = _by_languages(tuple(self.datasets))
        for codes in (tuple(languages), tuple(reversed(languages))):
            if codes in known:
                return codes, self.datasets[known[codes]]
        return None


@cache
def _by_languages(keys: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    return {tuple(canonical(code) for code in key.split("-")): key for key in keys}


class Item(Origin):
    """A dataset in a study: an id, or a mapping with an id and keys that replace those of the catalogue."""

    id: str = Field(description="source:corpus/version, with languages and a variant where needed")
    files: dict[str, FilePath] = Field({}, description="for your own files: language → path")
    filters: dict[str, Any] = Field({}, description="settings that replace the study's for this corpus")
    decontaminate: bool = Field(
        True, description="of a test set: false for one added after training, which leaves the text as it is"
    )

    @field_validator("id")
    @classmethod
    def _is_an_id(cls, text: str) -> str:
        DatasetId.parse(text)
        return text

    @field_validator("native", "files")
    @classmethod
    def _by_language(cls, said: dict[str, str]) -> dict[str, str]:
        try:
            _ = [canonical(code) for code in said]
        except UserError as error:
            raise wrong(str(error)) from None
        return said

    @model_validator(mode="after")
    def _address_of_own_file(self) -> "Item":
        if self.address is not None and self.dataset.source == "file":
            check_path(self.address)
        return self

    @model_serializer(mode="wrap")
    def _only_what_is_said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        said: dict[str, Any] = handler(self)
        return {key: said[key] for key in said if key in self.model_fields_set}

    @property
    def dataset(self) -> DatasetId:
        """The id, parsed."""
        return DatasetId.parse(self.id)

    @property
    def record(self) -> Record:
        """The record of the catalogue, with the keys of this item in their place."""
        said = {key: getattr(self, key) for key in self.model_fields_set & set(Origin.model_fields)}
        return record_of(self.dataset, described=self.address is not None).model_copy(update=said)


@cache
def catalogue(source: str) -> dict[str, Record]:
    """All records of a source. Raises UserError for a mistake in its file."""
    path = SOURCES_FOLDER / f"{source}.yaml"
    if not path.exists():
        return {}
    try:
        records = read_yaml(path, yaml.CSafeLoader) or {}
        return {key: Record.model_validate(record) for key, record in records.items() if not key.startswith(".")}
    except ValidationError as error:
        raise UserError(f"{path}: {first_mistake(error)}") from None


def record_of(dataset: DatasetId, described: bool = False) -> Record:
    """The record of a dataset: its own, the pattern of its source, or an empty one if the study describes it.

    Raises UserError, with the nearest ids, for an unknown dataset.
    """
    records = catalogue(dataset.source)
    if dataset.key in records:
        return records[dataset.key]
    if PATTERN in records and not described:
        return records[PATTERN]
    if described or not records:  # the user's own files and addresses are not in the catalogue
        return Record()
    raise UserError(f"unknown dataset {dataset}; the nearest are {', '.join(nearest(dataset))}")


def nearest(dataset: DatasetId) -> list[str]:
    """Ids in the catalogue, without languages, with a similar spelling."""
    known = [key for key in catalogue(dataset.source) if key != PATTERN]
    return [f"{dataset.source}:{key}" for key in difflib.get_close_matches(dataset.key, known, 3, 0.3)]


UNSTATED = "unstated"  # how the licence of such a dataset begins
