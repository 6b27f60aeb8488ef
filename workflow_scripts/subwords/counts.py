"""Counts of the words of a text, in memory that does not grow with the text; on disk, rows of language, word, count."""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.progress import bar, track
from workflow_scripts.text.files import lines_of, read_batches

SCHEMA = pa.schema([("language", pa.string()), ("word", pa.string()), ("count", pa.int64())])
ROWS = 100_000  # of a batch
MOST_COUNTED = 2**21  # distinct words of one language in one text; with their counts they take about 0.3 GB
MOST_LEARNED = 2**21  # distinct words of all languages; merges learned from them take about 1 GB, 50 bytes a letter

WORDS = 2**16  # words whose pieces are found together
MOST_PIECES, MOST_RARE = 32_000, 21  # the defaults for a large text: what mRASP learned, and how rare its pieces are
LARGE = 5_000_000  # words


def fitting_pieces(counts: Mapping[str, int]) -> int:
    """How many subwords a text supports: a quarter of its distinct words, so that most words stay together."""
    return min(MOST_PIECES, max(1, len(counts) // 4))


def fitting_min_count(counts: Mapping[str, int]) -> int:
    """The count below which a piece of a text gets no row, because its embedding would not be learned."""
    return min(MOST_RARE, max(2, MOST_RARE * sum(counts.values()) // LARGE))


def piece_counts(
    pieces_of_words: Callable[[Sequence[str]], list[list[str]]], counts: Mapping[str, int]
) -> Counter[str]:
    """How often each piece occurs in a text, given the counts of its words."""
    found: Counter[str] = Counter()
    words = list(counts)
    with bar(len(words), "pieces", "words") as shown:
        for start in range(0, len(words), WORDS):
            some = words[start : start + WORDS]
            for word, pieces in zip(some, pieces_of_words(some), strict=True):
                for piece in pieces:
                    found[piece] += counts[word]
            shown.update(len(some))
    return found


class WordCounts:
    """Counts of words, of at most `most` words at a time (lossy counting: Manku and Motwani 2002).

    When there are more, the rarest are dropped until half of `most` is left. A dropped word that occurs again starts
    from 0. So a count may be too small, by at most `missed`, and all counts together are too small by `dropped`. The
    result depends only on the words and their order.
    """

    def __init__(self, most: int):
        self.counts: dict[str, int] = {}
        self.missed = 0
        self.dropped = 0
        self._most = most

    def add(self, words: Sequence[str], times: np.ndarray) -> None:
        """Add `times[n]` to the count of word n, for all that are not 0."""
        counts, met = self.counts, np.flatnonzero(times)
        for number, count in zip(met.tolist(), times[met].tolist(), strict=True):
            word = words[number]
            counts[word] = counts.get(word, 0) + count
        if len(counts) > self._most:
            self.cut(self._most)

    def cut(self, most: int) -> None:
        """Drop the rarest words of a table with more than `most` words until half of `most` is left, or one word."""
        half = max(most // 2, 1)
        ranked = np.sort(np.fromiter(self.counts.values(), np.int64, len(self.counts)))
        least = int(ranked[-half - 1])
        # Most words of a text may occur once. Among equally rare words, a hash decides which are kept.
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
        """Print a warning with the share of the running words that was dropped, if any was."""
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
    """The sums of some files over all languages, for at most `most` words. All languages may have equally many.

    Prints a warning for each language whose words were dropped. A language with at most an equal share of `most` words
    loses none.
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
    """The most words of each table so that all have `most`. What small tables do not use goes to the others."""
    ranked, left = sorted(sizes), most
    for number, size in enumerate(ranked):
        room = left // (len(ranked) - number)
        if size > room:
            return max(room, 1)
        left -= size
    return most


def _joined(tables: dict[str, WordCounts], most: int) -> WordCounts:
    """The sum of the tables of languages. The tables are emptied one by one to save memory."""
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
