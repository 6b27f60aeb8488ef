"""When two segments count as the same text, and the hashes that segments are ranked by."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from workflow_scripts.text.characters import ALNUM, MARK, classes, code_points, looked_up


def rank(key: str, seed: int) -> bytes:
    """The hash that segments are held out by."""
    return hashlib.sha256(f"{seed}:{key}".encode()).digest()


def ranks(keys: Iterable[str], seed: int) -> np.ndarray:
    """The first 8 bytes of each hash as a number, in the same order as the hashes: uint64."""
    return np.frombuffer(b"".join(rank(key, seed)[:8] for key in keys), ">u8").astype(np.uint64)


# Python's \w leaves out combining marks, which are part of the letters in many scripts.
MARKS = "".join(chr(i) for i in range(0x20000) if unicodedata.category(chr(i)).startswith("M"))
WORD_OF_LETTERS = re.compile(rf"(?:[^\W\d_]|[{MARKS}])+")


def matching_key(line: str) -> str:
    """The key of a segment: its letters and digits, in lower case. Segments with the same key count as the same text.

    Without spacing and punctuation, a segment is also found after it was split into words.
    """
    return matching_keys([line])[0]


def matching_keys(lines: Sequence[str]) -> list[str]:
    """`matching_key` of each line."""
    # Line by line, because one character that is not in normal form makes `normalize` read all of its text twice.
    folded = [line if line.isascii() else unicodedata.normalize("NFKC", line) for line in lines]
    joined = "\n".join(folded)
    if joined.count("\n") >= max(len(lines), 1):  # some lines hold line feeds; keys have none
        joined = "\n".join(line.replace("\n", " ") for line in folded)
    codes = code_points(joined.casefold())
    kept = codes[((looked_up(classes(), codes) & (ALNUM | MARK)) != 0) | (codes == ord("\n"))]
    return kept.tobytes().decode("utf-32-le", "surrogatepass").split("\n")[: len(lines)]
