"""Text as the data steps share it: when segments count as equal, and files of parallel segments."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from model.lines import read_lines

# Python's \w leaves out combining marks, which are part of the letters in many scripts.
MARKS = "".join(chr(i) for i in range(0x20000) if unicodedata.category(chr(i)).startswith("M"))
LETTER_OR_DIGIT = re.compile(rf"[^\W_]|[{MARKS}]")
WORD_OF_LETTERS = re.compile(rf"(?:[^\W\d_]|[{MARKS}])+")
_NO_LETTER = re.compile(rf"(?:[^\w{MARKS}]|_)+")


def matching_key(line: str) -> str:
    """What two segments share that count as the same text: letters and digits alone, whatever their case.

    Spacing and punctuation do not count, so that a segment is found again after it was split into words.
    """
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", line).casefold())


def write_pairs(path: str | Path, pair: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write (first side, second side, corpus) rows as Parquet, one column a language code, whole or not at all."""
    first, second = pair.split("-")
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    table = pa.table({n: pa.array(c, pa.string()) for n, c in zip((first, second, "corpus"), columns, strict=True)})
    part = Path(f"{path}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, part, compression="zstd")
    part.replace(path)


def read_pairs(path: str | Path, direction: str) -> list[tuple[str, str]]:
    """(source, target) of each row, in the order of the file."""
    table = pq.read_table(path, columns=direction.split("-"))
    return list(zip(*(table[code].to_pylist() for code in direction.split("-")), strict=True))


def read_testset(folder: str | Path, direction: str) -> list[tuple[str, str]]:
    """(source, reference) of a test set's lines that both languages of a direction have, in the files' order."""
    sides = (read_lines(Path(folder) / f"{code}.txt") for code in direction.split("-"))
    return [(source, target) for source, target in zip(*sides, strict=True) if source and target]
