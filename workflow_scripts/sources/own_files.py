"""Source kind `file`: the user's own text, one file a language, line n the translation of line n."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from model.command import UserError
from model.config import Strict
from model.lines import read_lines


class Corpus(Strict):
    """An entry such as `{source: file, files: {en: mine.en, gl: mine.gl}}`."""

    source: Literal["file"]
    files: dict[str, str] = Field(min_length=2, description="language code → path of its lines in UTF-8")
    licence: str = "unstated"


def resources(corpus: Corpus) -> list[str]:
    """Nothing is fetched."""
    return []


def files(corpus: Corpus) -> list[str]:
    """The user's files."""
    return list(corpus.files.values())


def pairs(corpus: Corpus, candidates: list[str]) -> list[str]:
    """Pairs with a file for each side."""
    return [pair for pair in candidates if set(pair.split("-")) <= set(corpus.files)]


def read(corpus: Corpus, pair: str, drops: Counter[str]) -> Iterator[tuple[str, str]]:
    """Line by line. Raises UserError for bytes that are not UTF-8 and for files of different length."""
    first, second = (Path(corpus.files[code]) for code in pair.split("-"))
    left, right = read_lines(first), read_lines(second)
    if len(left) != len(right):
        raise UserError(f"{first} has {len(left)} lines and {second} {len(right)}; line n must translate line n")
    yield from zip(left, right, strict=True)
