"""Fail if a test or dev segment stands in a shard: `python -m workflow_scripts.check_leaks leaks.json … --shards DIR`.

What the ids of each segment spell is compared with every segment of every test and dev set, in all languages, on both
sides. The comparison ignores case, spacing and punctuation. A shard is read a row group at a time.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from model.command import UserError, parser, run
from model.config import write_json
from model.lines import read_lines
from model.progress import track
from model.ragged import Ragged
from model.shards import SIDES, WINDOW, lists_of, parts_of
from model.tokenizer import Tokenizer
from model.vocabulary import UNKNOWN_ID
from workflow_scripts.cleaning.characters import MARK, classes, code_points, looked_up
from workflow_scripts.text import matching_keys


def composed_keys(lines: Sequence[str]) -> list[str]:
    """The matching key of each line, where a mark that words were split at is one with its letter again."""
    return [unicodedata.normalize("NFC", key) for key in matching_keys(["", *lines])[1:]]


def skeletons(lines: Sequence[str]) -> list[str]:
    """What is left of each line's matching key without its marks, with all characters taken apart.

    The skeleton of a line is that of its pieces laid end to end, which its key is not: a mark that begins one piece may
    become one character with the end of the piece before it. Lines with the same key have the same skeleton.
    """
    keys = (key if key.isascii() else unicodedata.normalize("NFKD", key) for key in matching_keys(["", *lines]))
    codes = code_points("\n".join(keys))
    kept = codes[(looked_up(classes(), codes) & MARK) == 0]
    return kept.tobytes().decode("utf-32-le", "surrogatepass").split("\n")[1:]


class HeldOut:
    """The segments that no shard may hold, and how to find them among ids.

    segments: language → its segments of all test and dev sets.
    """

    def __init__(self, segments: Mapping[str, Sequence[str]], tokenizer: Tokenizer):
        self.segments, self.tokenizer = segments, tokenizer
        lines = [line for some in segments.values() for line in some]
        self.keys, self._skeletons = set(composed_keys(lines)) - {""}, set(skeletons(lines))
        self._of_language: dict[str, tuple[set[str], pa.Array]] = {}

    @cached_property
    def _pieces(self) -> Ragged:
        """The skeleton of each row of the vocabulary in UTF-8; control rows, <unk> among them, have none."""
        vocabulary = self.tokenizer.vocabulary
        pieces = ["" if vocabulary.is_control(i) else piece for i, piece in enumerate(vocabulary.pieces)]
        return Ragged.from_lists([line.encode() for line in skeletons(pieces)], np.uint8)

    def _lines(self, rows: Ragged) -> list[str]:
        """What each row spells, without pieces that the vocabulary lacks."""
        known = (row[row != UNKNOWN_ID].tolist() for row in rows)
        return [" ".join(self.tokenizer.decode_words(row)) for row in known]

    def of_language(self, language: str) -> tuple[set[str], pa.Array]:
        """(keys of what is left of this language's segments that lose pieces to the vocabulary, all skeletons)."""
        if language not in self._of_language:
            rows = self.tokenizer.encode_lines(self.segments.get(language, []), language)
            left = self._lines(rows.take(np.flatnonzero(with_unknown(rows))))
            wanted = sorted(self._skeletons.union(skeletons(left)))
            keys = set(composed_keys(left)) - {""}
            self._of_language[language] = keys, pa.array([line.encode() for line in wanted], pa.large_binary())
        return self._of_language[language]

    def found(self, rows: Ragged, language: str) -> tuple[list[str], list[str]]:
        """Those rows that are held out, and those that cannot be told from held-out ones, as text.

        The latter have lost pieces to the vocabulary, and the same is left of a segment of their language.
        """
        left, wanted = self.of_language(language)
        spelt = self._pieces.of_lists(rows)
        data = [None, pa.py_buffer(spelt.starts), pa.py_buffer(spelt.values)]
        same = pc.is_in(pa.Array.from_buffers(pa.large_binary(), len(spelt), data), value_set=wanted)
        rows = rows.take(np.flatnonzero(same))
        lines = self._lines(rows)
        judged = list(zip(lines, composed_keys(lines), with_unknown(rows), strict=True))
        whole = [line for line, key, damaged in judged if not damaged and key in self.keys]
        return whole, [line for line, key, damaged in judged if damaged and (key in self.keys or key in left)]


def with_unknown(rows: Ragged) -> np.ndarray:
    """Whether each row has a piece that the vocabulary lacks."""
    return np.bincount(rows.row_of_items()[rows.values == UNKNOWN_ID], minlength=len(rows)) > 0


def sides(path: Path) -> Iterator[tuple[Ragged, str]]:
    """(segments, language) of each side of a part file, some rows at a time."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(WINDOW):
            for side in SIDES:
                yield lists_of(batch[side]), batch[f"{side}_lang"][0].as_py()


def main() -> None:
    """Check shard folders that were made with one vocabulary."""
    arguments = parser(__doc__)
    arguments.add_argument("--subwords", required=True)
    arguments.add_argument("--vocabulary", required=True)
    arguments.add_argument("--testsets", type=Path, nargs="+", required=True, help="their files, one a language")
    arguments.add_argument("--shards", type=Path, nargs="+", required=True)
    arguments.add_argument("report")
    options = arguments.parse_args()
    tokenizer = Tokenizer(options.subwords, options.vocabulary)
    segments: dict[str, list[str]] = {}
    for path in options.testsets:
        segments.setdefault(path.stem, []).extend(read_lines(path))
    held_out = HeldOut(segments, tokenizer)
    checked, undecided = 0, 0
    for folder in options.shards:
        found: list[str] = []
        parts = parts_of(folder, tokenizer.vocabulary)
        for path in track(parts, len(parts), f"check {folder}", "part files"):
            for rows, language in sides(path):
                whole, damaged = held_out.found(rows, language)
                found, undecided, checked = found + whole, undecided + len(damaged), checked + len(rows)
        if found:
            raise UserError(f"{folder}: {len(found)} segments stand in a test or dev set, the first: {found[0]!r}")
    counts = {"segments_checked": checked, "held_out": len(held_out.keys), "found": 0, "undecided": undecided}
    write_json(options.report, counts)
    print(f"{checked:,} segments checked against {len(held_out.keys):,} held-out ones: none found")
    if undecided:
        print(f"{undecided:,} with <unk> cannot be told from held-out ones that lose pieces as well")


if __name__ == "__main__":
    run(main)
