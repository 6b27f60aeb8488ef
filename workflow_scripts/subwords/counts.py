"""How often words stand in a text, in memory that does not grow with it; on disk, rows of language, word and count."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from model.progress import track
from workflow_scripts.text import lines_of, read_batches

SCHEMA = pa.schema([("language", pa.string()), ("word", pa.string()), ("count", pa.int64())])
ROWS = 100_000  # of a batch
MOST_COUNTED = 2**21  # distinct words of one language in one text; with their counts they take about 0.3 GB
MOST_LEARNED = 2**20  # distinct words of all languages: what is learned from them takes ten times as much


class WordCounts:
    """Words and how often they were met, `most` of them at a time.

    When there are more, the rarest are dropped, until no more than half is left, and words of the same count stay or go
    together. One that is met again begins from 0. So a count that is given may be too small, by no more than `missed`
    (lossy counting: Manku and Motwani 2002). The result depends on nothing but the words and their order.
    """

    def __init__(self, most: int):
        self.counts: dict[str, int] = {}
        self.missed = 0
        self._most = most

    def add(self, words: Sequence[str], times: np.ndarray) -> None:
        """Count word n `times[n]` more times, for those that are not 0."""
        counts, met = self.counts, np.flatnonzero(times)
        for number, count in zip(met.tolist(), times[met].tolist(), strict=True):
            word = words[number]
            counts[word] = counts.get(word, 0) + count
        if len(counts) > self._most:
            self._cut()

    def __str__(self) -> str:
        lossy = f", whose counts may be too small, by {self.missed:,} at most" if self.missed else ""
        return f"{len(self.counts):,} words{lossy}"

    def _cut(self) -> None:
        ranked = np.sort(np.fromiter(self.counts.values(), np.int64, len(self.counts)))
        least = int(ranked[-(self._most // 2) - 1])
        self.counts = {word: count for word, count in self.counts.items() if count > least}
        self.missed += least

    def batches(self, language: str) -> Iterator[pa.RecordBatch]:
        """The rows of SCHEMA, by word."""
        words = sorted(self.counts)
        for start in range(0, len(words), ROWS):
            some = words[start : start + ROWS]
            columns = [[language] * len(some), some, [self.counts[word] for word in some]]
            yield pa.record_batch(columns, schema=SCHEMA)


def read_counts(paths: Iterable[str | Path], most: int = MOST_LEARNED) -> WordCounts:
    """The sums of some files over all languages."""
    total, paths = WordCounts(most), list(paths)
    for path in track(paths, len(paths), "counts", "texts"):
        for batch in read_batches(path, ["word", "count"]):
            total.add(lines_of(batch["word"]), batch["count"].to_numpy())
    return total
