"""What filters know of scripts: how much a letter says, which have no spaces between words, which a language uses."""

from functools import cache
from itertools import pairwise

import numpy as np

from model.text.unspaced import UNSPACED
from workflow_scripts.text.characters import SPACE, Characters, Counts, Mask, scripts

# Letters of English that say as much as one letter of a script. Measured on pairs of 40 to 300 English characters, help
# pages and software messages: Han 3.6 to 3.9, Hangul 2.3 to 2.5, and between 0.7 and 1.4 for Arab, Armn, Beng, Cyrl,
# Deva, Geor, Grek, Hebr, Knda, Latn, Mlym, Mymr, Taml, Telu, Thaa and Thai, which count as 1. Not measured: kana, which
# was estimated from Japanese text, where it stands beside Han; other syllabic scripts; and scripts that count as 1.
LETTERS: dict[str, float] = {
    "Hani": 3.5, "Tang": 3.5, "Nshu": 3.5, "Yiii": 3.5,
    "Hang": 2.5, "Hira": 2.0, "Kana": 2.0, "Bopo": 1.5,
    "Ethi": 1.5, "Cans": 1.5, "Cher": 1.5, "Vaii": 1.5,
}  # fmt: skip
WORD = 6  # letters of English, with its space, that a word has; in scripts without spaces, letters that say as much
# The scripts of Unicode that a script of ISO 15924 consists of, if these are others than itself.
PARTS: dict[str, tuple[str, ...]] = {
    "Jpan": ("Hira", "Kana", "Hani"),
    "Hrkt": ("Hira", "Kana"),
    "Hang": ("Hang", "Hani"),
    "Kore": ("Hang", "Hani"),
    "Hans": ("Hani", "Bopo"),
    "Hant": ("Hani", "Bopo"),
    "Aran": ("Arab",),
    "Cyrs": ("Cyrl",),
    "Latf": ("Latn",),
    "Latg": ("Latn",),
}  # fmt: skip
CHINESE = {"Hans": 1, "Hant": 2}  # varieties of the script Hani
FREQUENT = (b"\xa4\x40", b"\xc6\x7e")  # first and last letter of level 1 of Big5
HONG_KONG = "着户卧"  # letters of Simplified Chinese that are usual in Traditional Chinese too, outside Taiwan


@cache
def _extra() -> np.ndarray:
    """By number of a script: how many letters more than one a letter counts, in halves, uint8."""
    return np.array([round(2 * (LETTERS.get(name, 1.0) - 1.0)) for name in scripts()[0]], np.uint8)


@cache
def _with_letters() -> frozenset[str]:
    """The scripts of Unicode that have letters. Braille, for instance, has none."""
    names, numbers = scripts()
    return frozenset(names[number] for number in np.unique(numbers))


@cache
def _numbers(names: tuple[str, ...]) -> Mask:
    """Whether each number is that of one of these scripts."""
    found = np.zeros(256, bool)
    found[: len(scripts()[0])] = np.isin(scripts()[0], names)
    return found


def is_of(side: Characters, names: tuple[str, ...]) -> Mask:
    """Whether each character is a letter or mark of one of these scripts."""
    return _numbers(names)[side.scripts]


def has_any(side: Characters, names: tuple[str, ...]) -> bool:
    """Whether the column has a letter or mark of one of these scripts. Most columns are of a script or two."""
    return bool((side.scripts_present & _numbers(names)).any())


def lengths(side: Characters) -> Counts:
    """The length of each row, in characters of English that say as much (LETTERS)."""
    if not has_any(side, tuple(LETTERS)):
        return side.lengths
    return side.lengths + side.counts(_extra()[side.scripts]) / 2


def word_counts(side: Characters) -> Counts:
    """The words of each row: what spaces separate. In scripts without spaces, WORD letters, as LETTERS counts them."""
    if not has_any(side, UNSPACED):
        return side.word_counts
    unspaced = is_of(side, UNSPACED)
    before = np.concatenate([[0], np.cumsum(unspaced)])
    first, last = side.words
    separated = first[before[first] == before[last + 1]]
    letters = side.counts(unspaced) + side.counts(np.where(unspaced, _extra()[side.scripts], 0)) / 2
    return np.bincount(side.rows_of(separated), minlength=len(side)) + np.ceil(letters / WORD)


def rows_with_long_word(side: Characters, most: int) -> Mask:
    """Whether a row has a word of more characters. A letter of a script without spaces ends a word and begins none."""
    first, last = side.words
    long = first[last - first >= most]
    if not len(long) or not has_any(side, UNSPACED):
        return side.rows_with(long)
    unspaced = is_of(side, UNSPACED)
    ends = np.flatnonzero(unspaced | (side.classes & SPACE != 0))
    edges = np.unique(np.concatenate([side.bounds, ends, ends + 1]))
    return side.rows_with(edges[:-1][np.diff(edges) > most])


@cache
def varieties() -> np.ndarray:
    """The number in CHINESE of the one variety of Chinese that has a code point, else 0; uint8.

    By two standards with the letters of one variety each, which Python knows: GB 2312 for Simplified Chinese, Big5 for
    Traditional. Only the frequent letters of Big5 count. GB 2312 lacks its rare ones too, whatever their variety.
    """
    table = np.zeros(0x110000, np.uint8)
    for code in range(0x4E00, 0xA000):
        simplified, traditional = (chr(code).encode(codec, "ignore") for codec in ("gb2312", "big5"))
        if simplified and not traditional and chr(code) not in HONG_KONG:
            table[code] = CHINESE["Hans"]
        elif not simplified and FREQUENT[0] <= traditional <= FREQUENT[1]:
            table[code] = CHINESE["Hant"]
    return table


def in_script(side: Characters, other: Characters | None, script: str, least: float, tested: Mask) -> Mask:
    """Whether a share of each row's letters is in a script, by what they say (LETTERS). Rows without letters are.

    A run of letters that stands on the other side too, such as a name, does not count against a row. In Chinese, of the
    letters that only one variety has, the same share must be of the right one. A script of which Unicode has no letters
    is not tested.
    """
    names = PARTS.get(script, (script,))
    found = np.ones(len(side), bool)
    others = side.scripts_present & ~_numbers(names)
    if others[1:].any() and not _with_letters().isdisjoint(names):
        own = is_of(side, names)
        foreign = (side.scripts > 0) & ~own
        says = 2 + _extra()[side.scripts]
        ours, theirs = (side.counts(np.where(mask, says, 0)) for mask in (own, foreign))
        found = ours >= least * (ours + theirs)
        if other is not None:
            for row in np.flatnonzero(~found & tested):
                elsewhere = {run for _, run in _runs(other, row)}
                left = [(at, len(run)) for at, run in _runs(side, row) if foreign[at] and run not in elsewhere]
                found[row] = ours[row] >= least * (ours[row] + sum(int(says[at]) * length for at, length in left))
    if script in CHINESE:
        kinds = varieties().take(side.codes, mode="clip")
        found &= side.counts(kinds == CHINESE[script]) >= least * side.counts(kinds > 0)
    return found


def _runs(side: Characters, row: np.intp) -> list[tuple[int, str]]:
    """(position, text in lower case) of each run of letters of one script in a row."""
    start, end = side.bounds[row : row + 2]
    numbers = side.scripts[start:end]
    edges = [0, *(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1), len(numbers)]
    text = side.texts[row].as_py()
    return [(start + a, text[a:b].casefold()) for a, b in pairwise(edges) if numbers[a]]
