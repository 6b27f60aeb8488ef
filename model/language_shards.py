"""Which shards of an objective are of a language."""

from collections.abc import Sequence
from pathlib import Path

from model.objectives import OBJECTIVES


def folders_of_language(objective: str, folders: Sequence[str], language: str) -> list[str]:
    """The folders of a language among those that an objective learns from.

    Of an objective of two languages they are those of all directions that have it, `en-gl` and `gl-en`; of one that
    learns from text in one language, `gl` and `gl-en`, whose sources it takes.
    """
    sides = 1 if OBJECTIVES[objective].data == "monolingual" else 2
    return [folder for folder in folders if language in Path(folder).name.split("-")[:sides]]
