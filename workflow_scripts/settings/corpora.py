"""What the steps of `corpora` are told."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.filters import Settings
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.needs import Part
from workflow_scripts.study.preparation import HeldOut


class Fetching(Strict):
    """What `fetch` is told of a file."""

    mode: Literal["locked", "tofu", "offline"]
    mirrors: dict[str, str]
    mirror: str | None
    datasets: list[Part] = Field(description="those that lie in the file, with the languages that are read of each")


class Cleaning(Strict):
    """What `clean` is told of a text."""

    corpora: list[Item]
    filters: Settings


class ReadingTestset(Strict):
    """What `read_testset` is told of a test set."""

    languages: list[str] = Field(description="each gets a file")
    datasets: list[Part] = Field(description="with the languages that are read of each; they follow each other")


class HoldingOut(Strict):
    """What `hold_out` is told."""

    pairs: list[str]
    testsets: dict[str, HeldOut] = Field(description="in the order in which they choose their segments")
    seed: int


class Crediting(Strict):
    """What `credits` is told."""

    study: str = Field(description="its name")
    datasets: list[Part] = Field(description="all of the study, with the languages that are read of each")
    own: list[Item] = Field(description="the user's own text")
    texts: list[str]
