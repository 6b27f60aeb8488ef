"""Settings of the steps from corpora to clean text."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.filters import Settings
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.needs import Part
from workflow_scripts.study.preparation import Decontamination, HeldOut


class Fetching(Strict):
    """Settings of `fetch` for one file."""

    mode: Literal["locked", "tofu", "offline"]
    mirrors: dict[str, str]
    mirror: str | None
    datasets: list[Part] = Field(description="datasets in the file, with the languages to read of each")


class Cleaning(Strict):
    """Settings of `clean` for one text."""

    corpora: list[Item]
    filters: Settings


class ReadingTestset(Strict):
    """Settings of `read_testset` for one test set."""

    languages: list[str] = Field(description="languages of the study; each gets a file")
    datasets: list[Part] = Field(description="datasets to append to each other, with the languages to read of each")


class HoldingOut(Strict):
    """Settings of `hold_out`."""

    pairs: list[str]
    testsets: dict[str, HeldOut] = Field(description="sets to hold out; earlier ones choose their segments first")
    seed: int


class CreditedFile(Strict):
    """A fetched file in CORPORA.md."""

    datasets: list[str] = Field(description="datasets of the study in it, with their languages")
    licence: str


class Decontaminating(Strict):
    """Settings of `decontaminate` for one text."""

    decontamination: Decontamination
    limit: int | None = Field(description="most segments to keep")
    seed: int | None = Field(description="of the choice under a limit")


class Crediting(Strict):
    """Settings of `credits`."""

    study: str = Field(description="name of the study")
    files: dict[str, CreditedFile] = Field(description="fetched file → what is in it")
    own: list[str] = Field(description="the user's own corpora, with their licences")
    citations: list[str] = Field(description="keys in sources/citations.bib")
    texts: list[str]
