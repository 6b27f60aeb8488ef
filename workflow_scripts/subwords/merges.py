"""Learning the merges of a BPE: those of `subword-nmt learn-bpe`, one by one, in a small part of its time and memory.

The algorithm is that of Sennrich et al. (2016), "Neural Machine Translation of Rare Words with Subword Units", section
3.2: the two symbols that stand side by side most often become one, again and again.

subword-nmt does not count anew after a merge but mends its counts, and it looks for the best among the more frequent
pairs only. Neither shows in what it learns. A merge leaves no two of its symbols side by side, and the merges inside a
string do not depend on what is around it as long as none reaches beyond it; so every string becomes a symbol in one way
and by one merge, no pair comes back or grows after the merge that brought it, and a pair once too rare stays so.
"""

from bisect import insort
from collections.abc import Mapping

import numpy as np

END = "</w>"
LETTERS = 0x110000
NEAR = 0.9  # of the highest count


def learn_merges(counts: Mapping[str, int], merges: int, min_frequency: int = 2) -> list[tuple[str, str]]:
    """The pairs that subword-nmt 0.3.8 merges, in its order: `merges`, or fewer if no pair left is frequent enough.

    counts: word → how often it stands in the text, 1 or more, in any order; no word is empty or holds whitespace.
    min_frequency: 1 or more. Where no word has two letters there is no merge (subword-nmt raises ValueError).

    A word with `</w>` before its last letter is the one exception: subword-nmt cannot tell that from the end of a word
    and then counts some pairs twice; here it is four letters like others.

    Memory: about 50 bytes a letter of the distinct words at first; later at most 36, and 24 a distinct pair.
    """
    words = _Words(counts)
    learned: list[tuple[str, str]] = []
    while len(learned) < merges and (pair := words.best(min_frequency)) is not None:
        learned.append(words.spelling(pair))
        words.merge(pair)
    return learned


class _Words:
    """The distinct words as symbols, and the pairs of symbols side by side in them.

    The words lie end to end, a place a letter; a symbol has the place of its first letter, a pair that of its first
    symbol. Place -1 is nowhere and pair -1 none: arrays have an element more for it, so that ends of words need no
    care.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        lengths = np.fromiter(map(len, counts), np.int64, len(counts))
        ends = lengths.cumsum()
        letters = np.frombuffer("".join(counts).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int32)
        letters[ends - 1] += LETTERS  # the last letter of a word is not the same symbol as that letter elsewhere
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

        # A merge takes a symbol away and brings two places of pairs at most.
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
        """The pair counted most often, of several the one whose strings sort last; None if it is too rare."""
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
        """Make the pair one symbol wherever it stands."""
        first, second = self.spelling(pair)
        symbol = len(self.symbols)
        self.symbols.append(first + second)
        at = self.places[self.bounds[pair] : self.bounds[pair + 1]]
        at = at[self.pair[at] == pair]
        if first == second:
            at = self._every_other(at)
        seconds, times = self.after[at], self.times[at]
        np.subtract.at(self.counts, self.pair[seconds], times)
        self.pair[seconds] = -1  # so that what lies between two of the pairs, a b a b, is taken off once
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
        """Of the places of a symbol that stands twice, those to be merged: of a a a the first."""
        index = np.arange(len(at))
        overlaps = np.append(False, self.after[at[:-1]] == at[1:])
        return at[(index - np.maximum.accumulate(np.where(overlaps, 0, index))) % 2 == 0]

    def _enter(self, at: np.ndarray) -> None:
        """Count new pairs, which stand at these places."""
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
