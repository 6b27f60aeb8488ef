"""Counts and examples of the segments that were dropped from a corpus, by reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa


@dataclass
class Drops:
    """Dropped segments by reason: their number, and the first ten as examples, cut at 200 characters."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[list[str]]] = field(default_factory=dict)

    def add(self, reason: str, *sides: str, count: int = 1) -> None:
        """Count `count` segments for a reason. sides: of one of them, as an example."""
        self.counts[reason] += count
        kept = self.examples.setdefault(reason, [])
        if sides and len(kept) < KEPT:
            kept.append([side[:LENGTH] for side in sides])

    def merge(self, other: "Drops") -> None:
        """Add what was counted later, for instance in the next batch of the corpus."""
        self.counts.update(other.counts)
        for reason, examples in other.examples.items():
            kept = self.examples.setdefault(reason, [])
            kept.extend(examples[: KEPT - len(kept)])


def count_rows(drops: Drops, reason: str, mask: np.ndarray, sides: Sequence[pa.Array]) -> None:
    """Count the rows that a mask marks, and keep the first of them as examples. sides: columns of text."""
    rows = np.flatnonzero(mask)
    if len(rows):
        columns = [side.take(pa.array(rows[:KEPT])).to_pylist() for side in sides]
        for row in zip(*columns, strict=True):
            drops.add(reason, *row)
        drops.add(reason, count=len(rows[KEPT:]))


def counted(counts: Mapping[str, int]) -> str:
    """Counts by reason in a line: `ratio 1,204, empty 3`."""
    return ", ".join(f"{reason} {count:,}" for reason, count in counts.items())


KEPT = 10  # examples of each reason
LENGTH = 200  # characters kept of each side of an example
