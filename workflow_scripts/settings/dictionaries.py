"""Settings of the steps that make dictionaries."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.sources.datasets import Item


class Merging(Strict):
    """Settings of `dictionary` for one dictionary."""

    items: list[Item] = Field(description="datasets of the dictionary, the one that takes precedence first")
    values: int | None = Field(description="most translations of a word")
    multiword: Literal["keep", "drop"]
    order: Literal["source", "corpus"]
    top_words: int = Field(description="number of first words whose coverage the report gives as well")
    segmenters: dict[str, str]


class Inducing(Strict):
    """Settings of `induce_dictionary`. study/preparation.py describes the first four."""

    candidates: int
    min_count: int
    min_score: float
    iterations: int
    top_words: int = Field(description="number of entries: the most frequent words that have a translation")
    segmenters: dict[str, str]
