"""What the steps from corpora to shards are told, by rule."""

from collections.abc import Callable
from typing import Any

from model.records import Strict
from workflow_scripts.plan.plan import Plan
from workflow_scripts.settings.corpora import Cleaning
from workflow_scripts.sources.datasets import Item

NOT_READ = {"mirrors", "licence", "limits", "sha256", "bytes"}  # keys of an item that say nothing of its text


def as_read(item: Item) -> Item:
    """A dataset as reading its text depends on it: where it comes from and its licence are no reason to read it again.

    Of an address the name of the file is left, which is the file's name here too.
    """
    said: dict[str, Any] = item.model_dump(mode="json", exclude=NOT_READ)
    if "address" in said and said["address"]:
        folder, _, name = said["address"].split("?")[0].rpartition("/")
        said["address"] = said["address"] if "{" in folder else name
    return Item.model_validate(said)


def clean(plan: Plan, text: str) -> Cleaning:
    """A text's datasets and the filters."""
    corpora = [as_read(item) for item in plan.texts.corpora(text)]
    return Cleaning(text=text, corpora=corpora, filters=plan.study.filters)


RULES: dict[str, Callable[..., Strict]] = {"clean": clean}
