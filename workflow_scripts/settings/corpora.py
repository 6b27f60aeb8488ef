"""What the steps of `corpora` are told."""

from pydantic import Field

from model.records import Strict
from workflow_scripts.filters import Settings
from workflow_scripts.sources.datasets import Item


class Cleaning(Strict):
    """What `clean` is told of a text."""

    text: str = Field(description="a pair such as en-gl, or a language")
    corpora: list[Item]
    filters: Settings
