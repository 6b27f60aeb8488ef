"""What the batched code must give, in its slow and obvious form: one line, or one pair of them, at a time."""

import re
import unicodedata

from model.text.segmenters import MARKUP, PLACEHOLDER
from workflow_scripts.text.spellings import ALONE, SEQUENCES, SPELLINGS

_PLACEHOLDER = re.compile(PLACEHOLDER)
_INVISIBLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")


def is_mark(character):
    return unicodedata.category(character).startswith("M") and ord(character) < 0x20000


def is_letter(character):
    """Letters, digits and the combining marks of the first two planes."""
    return is_mark(character) or re.fullmatch(r"[^\W_]", character) is not None


SPELLING = {variant: to for variants, to in SPELLINGS for variant in variants}


def spelling(character):
    decomposed = unicodedata.normalize("NFD", character)
    if character in SPELLING or len(decomposed) == 1:
        return SPELLING.get(character, str(unicodedata.decimal(character, character)))
    return unicodedata.normalize("NFC", "".join(map(spelling, decomposed)))


def matching_key(line):
    composed = unicodedata.normalize("NFKC", line)
    if composed != line:
        composed = unicodedata.normalize("NFKC", ALONE.sub(" ", line))
    key = "".join(spelling(c) for c in composed.casefold() if is_letter(c))
    key = re.sub("(?<=[ijį])\u0307", "", key)
    key = "".join(c for i, c in enumerate(key) if not (is_mark(c) and key[i - 1 : i] == c))
    key = unicodedata.normalize("NFC", key)
    for sequence in re.findall("|".join(SEQUENCES), key):
        key = key.replace(sequence, SEQUENCES[sequence], 1)
    return key


def empty(first, second):
    return not first or not second


def words(first, second, min=1, max=100):
    return any(not min <= len(side.split()) <= max for side in (first, second))


def characters(first, second, min=1, max=1000):
    return any(not min <= len(side) <= max for side in (first, second))


def word_length(first, second, max=60):
    return any(len(word) > max for side in (first, second) for word in side.split())


def ratio(first, second, max=3.0, slack=15):
    short, long = sorted((len(first), len(second)))
    return long > max * short + slack


def letters(first, second, min=0.5):
    return any(_share_of_letters(side) < min for side in (first, second))


def _share_of_letters(text):
    text = _INVISIBLE.sub("¤", text)
    visible = len(text) - text.count(" ")
    return sum(map(is_letter, text)) / visible if visible else 0.0


def identical(first, second):
    return first == second


def identifiers(first, second):
    return any(" " not in side and re.search(r"\w[_.]\w", side) for side in (first, second))


def placeholders(first, second):
    return sorted(_PLACEHOLDER.findall(first)) != sorted(_PLACEHOLDER.findall(second))


def urls(first, second, max=0.5):
    address = re.compile(r"(?:\b[A-Za-z][A-Za-z0-9+.-]{0,20}://|\bwww\.)\S+")
    found = [(sum(map(len, address.findall(side))), len(side) - side.count(" ")) for side in (first, second)]
    return any(length > max * visible for length, visible in found)


FILTERS = (empty, words, characters, word_length, ratio, letters, identical, identifiers, placeholders, urls)
