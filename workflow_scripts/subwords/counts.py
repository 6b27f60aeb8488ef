"""How often words stand in a text, in memory that does not grow with it; on disk, rows of language, word and count."""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.progress import track
from workflow_scripts.text.files import lines_of, read_batches

SCHEMA = pa.schema([("language", pa.string()), ("word", pa.string()), ("count", pa.int64())])
ROWS = 100_000  # of a batch
MOST_COUNTED = 2**21  # distinct words of one language in one text; with their counts they take about 0.3 GB
MOST_LEARNED = 2**21  # distinct words of all languages; merges learned from them take about 1 GB, 50 bytes a letter


class WordCounts:
    """Words and how often they were met, `most` of them at a time.

    When there are more, the rarest are dropped, until half of `most` is left. One that is met again begins from 0. So a
    count that is given may be too small, by no more than `missed` (lossy counting: Manku and Motwani 2002); all counts
    together are too small by `dropped`. The result depends on nothing but the words and their order.
    """

    def __init__(self, most: int):
        self.counts: dict[str, int] = {}
        self.missed = 0
        self.dropped = 0
        self._most = most

    def add(self, words: Sequence[str], times: np.ndarray) -> None:
        """Count word n `times[n]` more times, for those that are not 0."""
        counts, met = self.counts, np.flatnonzero(times)
        for number, count in zip(met.tolist(), times[met].tolist(), strict=True):
            word = words[number]
            counts[word] = counts.get(word, 0) + count
        if len(counts) > self._most:
            self.cut(self._most)

    def cut(self, most: int) -> None:
        """Drop the rarest words of a table of more than `most`, at least 1, until half of that is left, or one."""
        half = max(most // 2, 1)
        ranked = np.sort(np.fromiter(self.counts.values(), np.int64, len(self.counts)))
        least = int(ranked[-half - 1])
        # Whole texts may be of words met once. Of such words those that stay are drawn, by a hash.
        tied = [word for word, count in self.counts.items() if count == least]
        order = np.argsort(np.fromiter(map(_hash, tied), np.uint64, len(tied)), kind="stable")
        staying = {tied[number] for number in order[: half - int(np.sum(ranked > least))].tolist()}
        self.counts = {word: count for word, count in self.counts.items() if count > least or word in staying}
        self.missed += least
        self.dropped += int(ranked.sum()) - sum(self.counts.values())

    def __str__(self) -> str:
        lossy = f", whose counts may be too small, by {self.missed:,} at most" if self.missed else ""
        return f"{len(self.counts):,} words{lossy}"

    def warn(self, where: str) -> None:
        """Say on standard error which share of the running words was dropped, where any was."""
        if self.dropped:
            share = 100 * self.dropped / (self.dropped + sum(self.counts.values()))
            what = f"{share:.2g}% of the running words were dropped, the rarest, and the letters that only they hold"
            print(f"warning: {where}: {what}", file=sys.stderr)

    def batches(self, language: str) -> Iterator[pa.RecordBatch]:
        """The rows of SCHEMA, by word."""
        words = sorted(self.counts)
        for start in range(0, len(words), ROWS):
            some = words[start : start + ROWS]
            columns = [[language] * len(some), some, [self.counts[word] for word in some]]
            yield pa.record_batch(columns, schema=SCHEMA)


def read_counts(paths: Iterable[str | Path], most: int = MOST_LEARNED) -> WordCounts:
    """The sums of some files over all languages, each of which may take as much of the table as any other.

    Says of which languages words were dropped: none that has no more than its equal share of `most`.
    """
    tables: dict[str, WordCounts] = {}
    paths = list(paths)
    for path in track(paths, len(paths), "counts", "texts"):
        for batch in read_batches(path):
            for language in batch["language"].unique().to_pylist():
                rows = batch.filter(pc.equal(batch["language"], language))
                tables.setdefault(language, WordCounts(most)).add(lines_of(rows["word"]), rows["count"].to_numpy())
            room = room_of_each([len(table.counts) for table in tables.values()], most)
            for table in tables.values():
                if len(table.counts) > room:
                    table.cut(room)
    return _joined(tables, most)


def room_of_each(sizes: Iterable[int], most: int) -> int:
    """How many words each table may hold so that all hold `most` together; what small ones leave goes to the others."""
    ranked, left = sorted(sizes), most
    for number, size in enumerate(ranked):
        room = left // (len(ranked) - number)
        if size > room:
            return max(room, 1)
        left -= size
    return most


def _joined(tables: dict[str, WordCounts], most: int) -> WordCounts:
    """The sums of the tables of languages, which are emptied one by one to save memory."""
    total = WordCounts(most)
    for language in sorted(tables):
        table = tables.pop(language)
        table.warn(f"{language}, in all texts")
        total.missed += table.missed
        total.dropped += table.dropped
        for word, count in table.counts.items():
            total.counts[word] = total.counts.get(word, 0) + count
    return total


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
