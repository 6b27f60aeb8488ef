"""What the batched code must give, in its slow and obvious form: one line, or one pair of them, at a time."""

import math
import re
import unicodedata
from collections import Counter

import regex

from model.text.segmenters import MARKUP, PLACEHOLDER
from workflow_scripts.text.spellings import ALONE, SEQUENCES, SPELLINGS

_PLACEHOLDER = re.compile(PLACEHOLDER)
_INVISIBLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")
_IN_BRACES = re.compile(r"\{[^\W\d_]+( [^\W\d_]+)*\}")
_ABBREVIATION = re.compile(
    r"(?<![\w.])(?:(?:[^\W\d_]\.){2,}|[^\W\d_]\.[^\W\d_](?![\w/])|(?:[^\W\d_]{1,3}\.){2,}(?!\w))"
)
_CURRENCY = re.compile(r"\$[A-Z]{1,3}")
_LETTER = r"(?=[\p{L}\p{M}])"
_SAYS = {
    regex.compile(_LETTER + r"[\p{Han}\p{Tangut}\p{Nushu}\p{Yi}]"): 3.5,
    regex.compile(_LETTER + r"\p{Hangul}"): 2.5,
    regex.compile(_LETTER + r"[\p{Hiragana}\p{Katakana}]"): 2,
    regex.compile(_LETTER + r"[\p{Bopomofo}\p{Ethiopic}\p{Canadian_Aboriginal}\p{Cherokee}\p{Vai}]"): 1.5,
}
_UNSPACED = regex.compile(
    _LETTER + r"[\p{Han}\p{Tangut}\p{Nushu}\p{Yi}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Vai}\p{Thai}\p{Lao}\p{Khmer}"
    r"\p{Myanmar}\p{Tibetan}\p{Tai_Tham}\p{Tai_Le}\p{New_Tai_Lue}\p{Tai_Viet}\p{Ahom}\p{Javanese}\p{Balinese}\p{Buginese}"
    r"\p{Batak}\p{Cham}\p{Kawi}\p{Makasar}\p{Rejang}]"
)


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
    return any(not min <= _words(side) <= max for side in (first, second))


def _words(text):
    separated = [word for word in text.split() if not _UNSPACED.search(word)]
    return len(separated) + math.ceil(sum(map(_says, _UNSPACED.findall(text))) / 6)


def _says(character):
    """Letters of English that say as much."""
    return next((count for script, count in _SAYS.items() if script.match(character)), 1)


def characters(first, second, min=1, max=1000):
    return any(not min <= len(side) <= max for side in (first, second))


def word_length(first, second, max=60):
    return any(len(word) > max for side in (first, second) for word in _UNSPACED.sub(" ", side).split())


def ratio(first, second, max=3.0, slack=15):
    short, long = sorted(sum(map(_says, side)) for side in (first, second))
    return long > max * short + slack


def letters(first, second, min=0.5):
    return any(_share_of_letters(side) < min for side in (first, second))


def _share_of_letters(text):
    text = _INVISIBLE.sub(lambda sign: sign[0] if _IN_BRACES.fullmatch(sign[0]) else "¤", text)
    visible = len(text) - text.count(" ")
    return sum(map(is_letter, text)) / visible if visible else 0.0


def identical(first, second):
    return first == second


def identifiers(first, second):
    return any(_is_identifier(side) for side in (first, second))


def _is_identifier(text):
    if " " in text or _UNSPACED.search(text):
        return False
    pairs = re.finditer(r"(?=(\w[_.]\w))", _ABBREVIATION.sub("", text))
    return any("_" in pair[1] or not re.fullmatch(r"\d\.\d", pair[1]) for pair in pairs)


def placeholders(first, second):
    found = [Counter(_PLACEHOLDER.findall(side)) for side in (first, second)]
    return any(found[0][sign] != found[1][sign] for sign in found[0] | found[1] if not _CURRENCY.fullmatch(sign))


def urls(first, second, max=0.5):
    address = re.compile(r"(?:\b[A-Za-z][A-Za-z0-9+.-]{0,20}://|\bwww\.)\S+")
    found = [(sum(map(len, address.findall(side))), len(side) - side.count(" ")) for side in (first, second)]
    return any(length > max * visible for length, visible in found)


FILTERS = (empty, words, characters, word_length, ratio, letters, identical, identifiers, placeholders, urls)
