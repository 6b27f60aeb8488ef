"""Reasons to drop a pair of segments: one small function a reason, and the table of them.

A filter answers True where the pair is to be dropped. Its keyword parameters, with their defaults, are what a study
may set under `filters:`.
"""

import re
from collections.abc import Callable

from model.segmenters import MARKUP, PLACEHOLDER
from workflow_scripts.text import LETTER_OR_DIGIT

_PLACEHOLDER = re.compile(PLACEHOLDER)
_INVISIBLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")


def empty(first: str, second: str) -> bool:
    """A side without text."""
    return not first or not second


def words(first: str, second: str, min: int = 1, max: int = 100) -> bool:
    """A side with fewer or more words, as spaces tell them apart."""
    return any(not min <= len(side.split()) <= max for side in (first, second))


def word_length(first: str, second: str, max: int = 60) -> bool:
    """A side with a word of more characters."""
    return any(len(word) > max for side in (first, second) for word in side.split())


def ratio(first: str, second: str, max: float = 3.0, slack: int = 15) -> bool:
    """Sides of which one, in characters, is more than `max` times the other plus `slack`."""
    short, long = sorted((len(first), len(second)))
    return long > max * short + slack


def letters(first: str, second: str, min: float = 0.5) -> bool:
    """A side of which less than this share are letters or digits; a placeholder or tag counts as one other sign."""
    return any(_share_of_letters(side) < min for side in (first, second))


def _share_of_letters(text: str) -> float:
    text = _INVISIBLE.sub("¤", text)
    visible = len(text) - text.count(" ")
    return len(LETTER_OR_DIGIT.findall(text)) / visible if visible else 0.0


def identical(first: str, second: str) -> bool:
    """Sides that are equal, as untranslated copies are."""
    return first == second


def identifiers(first: str, second: str) -> bool:
    """A side that is a single word with `_` or a dot inside: a key of a catalogue or a file name, not text."""
    return any(" " not in side and re.search(r"\w[_.]\w", side) for side in (first, second))


def placeholders(first: str, second: str) -> bool:
    """Sides that do not hold the same placeholders (`%s`, `%(name)s`, `{0}`, `${name}`), each as often."""
    return sorted(_PLACEHOLDER.findall(first)) != sorted(_PLACEHOLDER.findall(second))


Filter = Callable[..., bool]
FILTERS: dict[str, Filter] = {
    f.__name__: f for f in (empty, words, word_length, ratio, letters, identical, identifiers, placeholders)
}
