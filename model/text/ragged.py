"""Lists of different lengths in two flat arrays, for numpy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ragged:
    """Lists one after the other: list i is `values[starts[i]:starts[i + 1]]`."""

    values: np.ndarray  # [items]
    starts: np.ndarray  # [lists + 1] int64, the first is 0

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: int) -> np.ndarray:
        return self.values[self.starts[index] : self.starts[index + 1]]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[index] for index in range(len(self)))

    def lengths(self) -> np.ndarray:
        """Items of each list."""
        return np.diff(self.starts)

    def row_of_items(self) -> np.ndarray:
        """The list that each item belongs to [items]."""
        return np.repeat(np.arange(len(self)), self.lengths())

    def take(self, rows: np.ndarray) -> "Ragged":
        """Some of the lists, in the order of `rows`; one may be taken several times."""
        first = self.starts[rows]
        lengths = self.starts[np.asarray(rows) + 1] - first
        starts = starts_of(lengths)
        # An item has the same distance from the beginning of its list in the result and here.
        return Ragged(self.values[np.arange(starts[-1]) + np.repeat(first - starts[:-1], lengths)], starts)

    def of_lists(self, lists: "Ragged") -> "Ragged":
        """Replace each item of `lists` by the list with this number, and join these to one list for each of `lists`."""
        taken = self.take(lists.values)
        return Ragged(taken.values, taken.starts[lists.starts])

    @classmethod
    def from_lists(cls, lists: Sequence[Sequence[int]], dtype: type = np.int32) -> "Ragged":
        """From Python lists."""
        lengths = np.fromiter(map(len, lists), np.int64, len(lists))
        values: np.ndarray = np.fromiter((item for row in lists for item in row), dtype, int(lengths.sum()))
        return cls(values, starts_of(lengths))

    @classmethod
    def joined(cls, parts: Iterable["Ragged"]) -> "Ragged":
        """The lists of several parts, one after the other."""
        parts = list(parts)
        return cls(np.concatenate([p.values for p in parts]), starts_of(np.concatenate([p.lengths() for p in parts])))


def starts_of(lengths: np.ndarray) -> np.ndarray:
    """The beginnings of lists with these lengths, and the end of the last one [lists + 1]."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
