"""What was left out of one corpus, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa


@dataclass
class Drops:
    """Segments left out by reason: how many, and the first ten examples of each, cut at 200 characters."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[list[str]]] = field(default_factory=dict)

    def add(self, reason: str, *sides: str, count: int = 1) -> None:
        """Count `count` segments for a reason; `sides` are those of one of them."""
        self.counts[reason] += count
        kept = self.examples.setdefault(reason, [])
        if sides and len(kept) < KEPT:
            kept.append([side[:LENGTH] for side in sides])

    def merge(self, other: "Drops") -> None:
        """Add what was counted later on, for instance for the next batch of the same corpus."""
        self.counts.update(other.counts)
        for reason, examples in other.examples.items():
            kept = self.examples.setdefault(reason, [])
            kept.extend(examples[: KEPT - len(kept)])


def count_rows(drops: Drops, reason: str, mask: np.ndarray, sides: Sequence[pa.Array]) -> None:
    """Count the rows of a mask, the first of them as examples."""
    rows = np.flatnonzero(mask)
    if len(rows):
        columns = [side.take(pa.array(rows[:KEPT])).to_pylist() for side in sides]
        for row in zip(*columns, strict=True):
            drops.add(reason, *row)
        drops.add(reason, count=len(rows[KEPT:]))


KEPT = 10  # examples of each reason
LENGTH = 200  # characters kept of each side of an example
