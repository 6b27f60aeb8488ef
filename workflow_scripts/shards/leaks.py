"""Find segments of test and dev sets among the ids of shards.

The ids of a segment are decoded, and the text is compared with every held-out segment of all languages, many rows at
once. The comparison ignores case, spacing and punctuation.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import UNKNOWN_ID
from workflow_scripts.text.characters import MARK, classes, code_points, looked_up
from workflow_scripts.text.held_out import held_out_lines
from workflow_scripts.text.matching import folded, matching_keys


def skeletons(lines: Sequence[str]) -> list[str]:
    """The matching key of each line, decomposed and without combining marks.

    The skeletons of the pieces of a line, one after another, are the skeleton of the line. This is not true of keys,
    because a mark at the beginning of a piece may join the character before it. Lines with the same key have the same
    skeleton.
    """
    keys = (key if key.isascii() else unicodedata.normalize("NFKD", key) for key in matching_keys(["", *lines]))
    codes = code_points(folded("\n".join(keys)))
    kept = codes[(looked_up(classes(), codes) & MARK) == 0]
    return kept.tobytes().decode("utf-32-le", "surrogatepass").split("\n")[1:]


class HeldOutSegments:
    """The segments that no shard may have, and a search for them among ids.

    segments: language → its segments of all test and dev sets.
    """

    def __init__(self, segments: Mapping[str, Sequence[str]], tokenizer: Tokenizer):
        self.segments, self.tokenizer = segments, tokenizer
        lines = [line for some in segments.values() for line in some]
        self.keys, self._skeletons = set(matching_keys(lines)) - {""}, set(skeletons(lines))
        self._of_language: dict[str, tuple[set[str], pa.Array]] = {}

    @cached_property
    def _pieces(self) -> Ragged:
        """The skeleton of each row of the vocabulary in UTF-8; empty for control rows and <unk>."""
        vocabulary = self.tokenizer.vocabulary
        pieces = ["" if vocabulary.is_control(i) else piece for i, piece in enumerate(vocabulary.pieces)]
        return Ragged.from_lists([line.encode() for line in skeletons(pieces)], np.uint8)

    @classmethod
    def read(cls, testsets: Iterable[Path], tokenizer: Tokenizer, min_words: int = 1) -> "HeldOutSegments":
        """Read the segments of at least so many words in the folders of test and dev sets."""
        return cls(held_out_lines(testsets, min_words), tokenizer)

    def lines(self, rows: Ragged) -> list[str]:
        """The text of each row, without pieces that the vocabulary lacks."""
        known = (row[row != UNKNOWN_ID].tolist() for row in rows)
        return [" ".join(self.tokenizer.decode_words(row)) for row in known]

    def of_language(self, language: str) -> tuple[set[str], pa.Array]:
        """(keys of the decoded segments of a language that have unknown pieces, all skeletons to look for)."""
        if language not in self._of_language:
            rows = self.tokenizer.encode_lines(self.segments.get(language, []), language)
            left = self.lines(rows.take(np.flatnonzero(with_unknown(rows))))
            wanted = sorted(self._skeletons.union(skeletons(left)))
            keys = set(matching_keys(left)) - {""}
            self._of_language[language] = keys, pa.array([line.encode() for line in wanted], pa.large_binary())
        return self._of_language[language]

    def found(self, rows: Ragged, language: str) -> tuple[np.ndarray, np.ndarray]:
        """(numbers of the rows that are held out, numbers of the rows that may be).

        The latter have unknown pieces, and without these they are the same as a held-out segment.
        """
        left, wanted = self.of_language(language)
        spelt = self._pieces.of_lists(rows)
        data = [None, pa.py_buffer(spelt.starts), pa.py_buffer(spelt.values)]
        same = pc.is_in(pa.Array.from_buffers(pa.large_binary(), len(spelt), data), value_set=wanted)
        numbers = np.flatnonzero(same)
        some = rows.take(numbers)
        keys, damaged = matching_keys(self.lines(some)), with_unknown(some)
        held_out = np.array([key in self.keys for key in keys], bool)
        like_one = held_out | np.array([key in left for key in keys], bool)
        return numbers[held_out & ~damaged], numbers[like_one & damaged]


def with_unknown(rows: Ragged) -> np.ndarray:
    """Whether each row has a piece that the vocabulary lacks."""
    return np.bincount(rows.row_of_items()[rows.values == UNKNOWN_ID], minlength=len(rows)) > 0
