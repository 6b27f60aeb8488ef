"""Learn the merges of a BPE: the same as `subword-nmt learn-bpe`, in a small part of its time and memory.

The algorithm is that of Sennrich et al. (2016), "Neural Machine Translation of Rare Words with Subword Units", section
3.2: the most frequent pair of adjacent symbols becomes one symbol, again and again.

subword-nmt updates its counts after a merge instead of counting again, and it looks for the best pair only among
frequent pairs. Neither changes the result. After a merge, its two symbols are nowhere adjacent. The merges inside a
string do not depend on the symbols around it, as long as no merge reaches beyond the string. So every string becomes a
symbol in one way and by one merge, no pair comes back or becomes more frequent after the merge that created it, and a
pair that is too rare stays too rare.
"""

from bisect import insort
from collections.abc import Mapping

import numpy as np

END = "</w>"
LETTERS = 0x110000
NEAR = 0.9  # of the highest count


def learn_merges(counts: Mapping[str, int], merges: int, min_frequency: int = 2) -> list[tuple[str, str]]:
    """The pairs that subword-nmt 0.3.8 merges, in its order: `merges` of them, or fewer if the others are too rare.

    counts: word → count, 1 or more, in any order; no word is empty or has whitespace. min_frequency: 1 or more. If no
    word has two letters, there is no merge (subword-nmt raises ValueError).

    There is one difference. In a word with `</w>` before its last letter, subword-nmt takes this for the end of the
    word and counts some pairs twice; here it is four letters like others.

    Memory: at first about 50 bytes for each letter of the distinct words; later at most 36, and 24 for each pair.
    """
    words = _Words(counts)
    learned: list[tuple[str, str]] = []
    while len(learned) < merges and (pair := words.best(min_frequency)) is not None:
        learned.append(words.spelling(pair))
        words.merge(pair)
    return learned


class _Words:
    """The distinct words as symbols, and the pairs of symbols side by side in them.

    The words are stored one after another, with one place for each letter. The place of a symbol is that of its first
    letter, the place of a pair that of its first symbol. -1 means no place or no pair; the arrays have one more element
    for it, so that the ends of words need no special case.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        lengths = np.fromiter(map(len, counts), np.int64, len(counts))
        ends = lengths.cumsum()
        letters = np.frombuffer("".join(counts).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int32)
        letters[ends - 1] += LETTERS  # the last letter of a word is a symbol of its own
        there = np.zeros(2 * LETTERS, np.int32)
        there[letters] = 1
        self.symbols = [chr(i % LETTERS) + END * (i >= LETTERS) for i in there.nonzero()[0].tolist()]
        self.symbol = np.append((there.cumsum(dtype=np.int32) - 1)[letters], np.int32(-1))
        self.times = np.append(np.repeat(np.fromiter(counts.values(), np.int64, len(counts)), lengths), 0)
        self.after = np.arange(1, len(letters) + 2, dtype=np.int32)  # place of the next symbol
        self.after[ends - 1] = -1
        self.before = np.arange(-1, len(letters), dtype=np.int32)
        self.before[ends - lengths] = -1
        self.pair = np.full(len(letters) + 1, -1, np.int32)

        # A merge removes a symbol and adds at most two places of pairs.
        capacity = 3 * len(letters) + 1
        self.pairs = 0
        self.keys = np.zeros(capacity, np.int64)  # the two symbols of each pair, as one number
        self.counts = np.zeros(capacity, np.int64)
        # The places of pair 0, then of pair 1, and so on. Some may no longer hold their pair.
        self.places = np.zeros(capacity, np.int32)
        self.bounds = np.zeros(capacity + 1, np.int64)
        self.top, self.least = 0, float("inf")
        self.front = np.zeros(0, np.int64)  # among them are all pairs counted `least` times or more
        self.ties: list[tuple[tuple[str, str], int]] = []  # among them are all pairs counted `top` times, sorted
        self._enter((self.after[:-1] >= 0).nonzero()[0].astype(np.int32))

    def spelling(self, pair: int) -> tuple[str, str]:
        """The two symbols of a pair."""
        first, second = divmod(int(self.keys[pair]), 1 << 32)
        return self.symbols[first], self.symbols[second]

    def best(self, min_frequency: int) -> int | None:
        """The most frequent pair, or None if it is too rare. Of several, the one whose strings sort last."""
        while True:
            while self.ties:
                _, pair = self.ties.pop()
                if self.counts[pair] == self.top:
                    return pair
            self.top = int(self.counts[self.front].max(initial=0))
            if self.top < self.least:
                counts = self.counts[: self.pairs]
                self.top = int(counts.max(initial=0))
                self.least = NEAR * self.top
                self.front = (counts >= self.least).nonzero()[0]
            if self.top < min_frequency:
                return None
            equal = self.front[self.counts[self.front] == self.top]
            self.ties = sorted((self.spelling(pair), pair) for pair in equal.tolist())

    def merge(self, pair: int) -> None:
        """Make the pair one symbol wherever it occurs."""
        first, second = self.spelling(pair)
        symbol = len(self.symbols)
        self.symbols.append(first + second)
        at = self.places[self.bounds[pair] : self.bounds[pair + 1]]
        at = at[self.pair[at] == pair]
        if first == second:
            at = self._every_other(at)
        seconds, times = self.after[at], self.times[at]
        np.subtract.at(self.counts, self.pair[seconds], times)
        self.pair[seconds] = -1  # so that a pair between two of the merged pairs, as in a b a b, is subtracted once
        np.subtract.at(self.counts, self.pair[self.before[at]], times)
        self.pair[at] = -1
        self.counts[pair] = 0
        behind = self.after[seconds]
        self.symbol[at] = symbol
        self.after[at] = behind
        self.before[behind] = at
        before = self.before[at]
        self._enter(np.concatenate([before[before >= 0], at[(behind >= 0) & (self.symbol[behind] != symbol)]]))

    def _every_other(self, at: np.ndarray) -> np.ndarray:
        """The places to merge of a pair of equal symbols: of a a a, the first."""
        index = np.arange(len(at))
        overlaps = np.append(False, self.after[at[:-1]] == at[1:])
        return at[(index - np.maximum.accumulate(np.where(overlaps, 0, index))) % 2 == 0]

    def _enter(self, at: np.ndarray) -> None:
        """Count the new pairs at these places."""
        if not len(at):
            return
        keys = self.symbol[at].astype(np.int64) << 32 | self.symbol[self.after[at]]
        order = keys.argsort(kind="stable")  # so that the places of a pair stay in order
        at, keys = at[order], keys[order]
        del order
        first = np.append(True, keys[1:] != keys[:-1]).nonzero()[0]
        counts = np.add.reduceat(self.times[at], first)
        start, self.pairs = self.pairs, self.pairs + len(first)
        self.keys[start : self.pairs] = keys[first]
        self.counts[start : self.pairs] = counts
        bounds = self.bounds[start : self.pairs + 1]
        bounds[1:] = bounds[0] + np.append(first[1:], len(at))
        self.places[bounds[0] : bounds[-1]] = at
        self.pair[at] = np.arange(start, self.pairs, dtype=np.int32).repeat(np.diff(bounds))
        near = start + (counts >= self.least).nonzero()[0]
        if len(near):
            self.front = np.concatenate([self.front, near])
            for pair in near[self.counts[near] == self.top].tolist():
                insort(self.ties, (self.spelling(pair), pair))
