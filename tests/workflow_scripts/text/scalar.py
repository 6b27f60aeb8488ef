"""What the batched code must give, in its slow and obvious form: one line, or one pair of them, at a time."""

import re
import unicodedata

from model.text.segmenters import MARKUP, PLACEHOLDER

_PLACEHOLDER = re.compile(PLACEHOLDER)
_INVISIBLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")


def is_letter(character):
    """Letters, digits and the combining marks of the first two planes."""
    mark = unicodedata.category(character).startswith("M") and ord(character) < 0x20000
    return mark or re.fullmatch(r"[^\W_]", character) is not None


def matching_key(line):
    return "".join(filter(is_letter, unicodedata.normalize("NFKC", line).casefold()))


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
