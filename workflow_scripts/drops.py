"""What was left out of one corpus, and why."""

from collections import Counter
from dataclasses import dataclass, field

KEPT = 10  # examples of each reason
LENGTH = 200  # characters kept of each side of an example


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
