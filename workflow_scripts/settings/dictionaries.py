"""What the steps of `dictionaries` are told."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.sources.datasets import Item


class Merging(Strict):
    """What `dictionary` is told of a dictionary."""

    items: list[Item] = Field(description="the datasets of its direction, in order of precedence")
    values: int | None = Field(description="translations a word, at most")
    multiword: Literal["keep", "drop"]
    order: Literal["source", "corpus"]
    top_words: int = Field(description="whose coverage the report gives beside that of all")
    segmenters: dict[str, str]


class Inducing(Strict):
    """What `induce_dictionary` is told; study/preparation.py says what the first four mean."""

    candidates: int
    min_count: int
    min_score: float
    iterations: int
    top_words: int = Field(description="the most frequent words that have a translation; others are no entries")
    segmenters: dict[str, str]
