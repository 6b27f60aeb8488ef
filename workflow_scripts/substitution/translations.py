"""The possible replacements of each word: the translations in the dictionaries of the study.

The multi-way variant (word_graph.py) also uses translations of translations.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from model.command import UserError
from model.text.lines import read_lines
from workflow_scripts.study.preparation import Substitution

_TEXT = r"(\S(?:[^\t\n]*\S)?)"
_ROW = re.compile(rf"{_TEXT}\t{_TEXT}(?:\t.*)?")


@dataclass(frozen=True)
class Dictionary:
    """The words of one dictionary that are used, with their translations, and all words of its file."""

    translations: dict[str, list[str]]  # of the used words; a translation that is listed twice is drawn twice as often
    words: frozenset[str]
    entries: int


class Translations(Protocol):
    """The possible replacements of the words of one side."""

    def of(self, word: str) -> dict[str, list[str]]:
        """Language → replacements of a word, each drawn as often as it is listed."""

    def known(self, word: str) -> Iterable[str]:
        """The languages that have the word, used or not."""


def read_dictionary(path: Path, settings: Substitution) -> Dictionary:
    """Read a dictionary. Its first `top_words` words are used; with `top: lines`, so many lines and one more.

    Raises UserError with the line for a row that is not word TAB translation (TAB rank or score).
    """
    lines = read_lines(path)
    found = [match.groups() for match in map(_ROW.fullmatch, lines) if match]
    if len(found) < len(lines):
        number, line = next((n, line) for n, line in enumerate(lines, 1) if not _ROW.fullmatch(line))
        raise UserError(f"{path}: line {number}: expected word TAB translation, found {line[:60]!r}")
    # Most words are in the dictionaries of all languages, and are kept in memory once.
    rows = [(sys.intern(word), translation) for word, translation in found]
    used: dict[str, list[str]] = {}
    # The authors' code checks whether it has enough lines only after it took one more.
    for word, translation in islice(rows, settings.top_words + 1) if settings.top == "lines" else rows:
        if word not in used and settings.top == "words" and len(used) == settings.top_words:
            break
        used.setdefault(word, []).append(translation)
    return Dictionary(used, frozenset(word for word, _ in rows), len(rows))


class Direct:
    """Translations as dictionaries list them. `dictionaries`: language → the dictionary into it."""

    def __init__(self, dictionaries: Mapping[str, Dictionary]):
        self._dictionaries = dictionaries

    def of(self, word: str) -> dict[str, list[str]]:
        """Language → translations of a word that is used."""
        found = ((language, d.translations.get(word)) for language, d in self._dictionaries.items())
        return {language: translations for language, translations in found if translations}

    def known(self, word: str) -> list[str]:
        """The languages whose dictionaries have the word."""
        return [language for language, dictionary in self._dictionaries.items() if word in dictionary.words]
