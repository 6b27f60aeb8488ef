"""The segments of test and dev sets, to find them in text."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from model.text.lines import read_lines
from workflow_scripts.text.files import files_of_testsets
from workflow_scripts.text.matching import matching_keys
from workflow_scripts.text.ngrams import Overlaps, words

HELD_OUT = "in_a_test_or_dev_set"


def held_out_lines(testsets: Iterable[str | Path], min_words: int = 1) -> dict[str, list[str]]:
    """Language → all segments of some test and dev sets of at least so many words, from their folders."""
    found: dict[str, list[str]] = {}
    for path in files_of_testsets(testsets):
        found.setdefault(path.stem, []).extend(line for line in read_lines(path) if len(words(line)) >= min_words)
    return found


@cache
def held_out_keys(testsets: tuple[str | Path, ...], min_words: int = 1) -> set[str]:
    """The matching keys of all segments of at least so many words in the folders of test and dev sets."""
    return keys_of(held_out_lines(testsets, min_words))


def keys_of(lines: Mapping[str, Sequence[str]]) -> set[str]:
    """The matching keys of all lines of all languages."""
    return {key for some in lines.values() for key in matching_keys(some) if key}


@cache
def held_out_overlaps(testsets: tuple[str | Path, ...], n: int, min_words: int = 1) -> Overlaps:
    """The n-grams of all segments of at least so many words in the folders of test and dev sets."""
    return Overlaps([line for some in held_out_lines(testsets, min_words).values() for line in some], n)


def shared_segments(one: str | Path, other: str | Path) -> int:
    """The number of segments of a test or dev set that another one has too, in whatever language."""
    keys, lines = keys_of(held_out_lines([other], 0)), held_out_lines([one], 0).values()
    return sum(any(key in keys for key in row) for row in zip(*map(matching_keys, lines), strict=True))
