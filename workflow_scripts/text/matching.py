"""When two segments count as the same text, and the hashes that segments are ranked by."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import regex

from model.text.ragged import Ragged, starts_of
from workflow_scripts.text.characters import ALNUM, MARK, classes, code_points, looked_up
from workflow_scripts.text.spellings import ALONE, ANY_SEQUENCE, SEQUENCES, SPELLINGS


def rank(key: str, seed: int) -> bytes:
    """The hash that segments are held out by."""
    return hashlib.sha256(f"{seed}:{key}".encode()).digest()


def ranks(keys: Iterable[str], seed: int) -> np.ndarray:
    """The first 8 bytes of each hash as a number, in the same order as the hashes: uint64."""
    return np.frombuffer(b"".join(rank(key, seed)[:8] for key in keys), ">u8").astype(np.uint64)


# Letters with their combining marks and joiners, as in marked_words.py; and apostrophes and middle dots between them,
# which words have where a study splits at spaces alone.
_LETTERS = r"\p{L}[\p{L}\p{M}\u200c\u200d\u180e]*"
WORD_OF_LETTERS = regex.compile(rf"{_LETTERS}(?:['’·]{_LETTERS})*")


SOFT_DOTTED, DOT_ABOVE = "ijį", 0x307  # the lower case of the Turkish İ is i and a mark


def matching_key(line: str) -> str:
    """The key of a segment: its letters and digits, in lower case. Segments with the same key count as the same text.

    Without spacing and punctuation, a segment is also found after it was split into words. Keys have one of the
    spellings that only habits of encoding tell apart (spellings.py), and all decimal digits are those of ASCII.
    """
    return matching_keys([line])[0]


def matching_keys(lines: Sequence[str]) -> list[str]:
    """`matching_key` of each line."""
    # Line by line, because one character that is not in normal form makes `normalize` read all of its text twice.
    composed = [line if line.isascii() else _composed(line) for line in lines]
    joined = "\n".join(composed)
    if joined.count("\n") >= max(len(lines), 1):  # some lines hold line feeds; keys have none
        joined = "\n".join(line.replace("\n", " ") for line in composed)
    found = folded(joined.casefold()).split("\n")[: len(lines)]
    return [key if key.isascii() else _in_one_order(key) for key in found]


def _composed(line: str) -> str:
    composed = unicodedata.normalize("NFKC", line)
    return composed if composed == line else unicodedata.normalize("NFKC", ALONE.sub(" ", line))


def _in_one_order(key: str) -> str:
    key = unicodedata.normalize("NFC", key)
    return ANY_SEQUENCE.sub(lambda found: SEQUENCES[found[0]], key)


def folded(text: str) -> str:
    """The letters, digits, marks and line feeds of a text in lower case, each variant replaced; doubled marks once."""
    codes = code_points(text)
    lengths, spellings = _spellings()
    lengths = looked_up(lengths, codes)
    if lengths.max(initial=0) > 1:
        codes = spellings.take(codes).values
    else:
        codes = spellings.values[looked_up(spellings.starts, codes[lengths > 0])]
    before = np.concatenate([[0], codes[:-1]]).astype(codes.dtype)
    doubled, dots = np.flatnonzero(codes == before), np.flatnonzero(codes == DOT_ABOVE)
    doubled = doubled[(looked_up(classes(), codes[doubled]) & MARK) != 0]
    dots = dots[np.isin(before[dots], code_points(SOFT_DOTTED))]
    return np.delete(codes, np.concatenate([doubled, dots])).tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _spellings() -> tuple[np.ndarray, Ragged]:
    """What each code point counts as in keys: (how many characters, uint8; the characters, uint32)."""
    said = {variant: to for variants, to in SPELLINGS for variant in variants}

    def spelling(character: str) -> str:
        if character in said:
            return said[character]
        if character.isdecimal():
            return str(unicodedata.decimal(character))
        parts = unicodedata.normalize("NFD", character)
        return unicodedata.normalize("NFC", "".join(map(spelling, parts))) if len(parts) > 1 else character

    kept = (classes() & (ALNUM | MARK)) != 0
    kept[ord("\n")] = True
    lists = [""] * len(kept)
    for code in np.flatnonzero(kept):
        lists[code] = spelling(chr(code))
    starts = starts_of(lengths := np.array(list(map(len, lists)), np.uint8))
    return lengths, Ragged(code_points("".join(lists)), starts)
