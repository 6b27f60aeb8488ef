"""IBM Model 1 (Brown et al. 1993, section 4.1) for large texts: which words of two languages translate each other.

A *link* is a pair of tokens of one segment, one of each side. A *cell* is a pair of words with at least one link. Links
are kept in chunks and are never all expanded at once. Memory: four bytes for each link and about forty for each cell.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

AT_ONCE = 2_000_000  # links that are expanded at a time
COUNTED = 16_000_000  # links whose cells are counted at a time
LINKS = 100_000_000  # most links; of a text with more, segments are left out evenly


@dataclass(frozen=True)
class Side:
    """One side of all segments: its distinct words, and its tokens as numbers of words, segment by segment."""

    words: list[str]
    tokens: np.ndarray
    starts: np.ndarray  # of each segment in `tokens`, and the end of the last

    @property
    def lengths(self) -> np.ndarray:
        """The tokens of each segment."""
        return np.diff(self.starts)

    def where(self, kept: np.ndarray) -> "Side":
        """The side with only some tokens. kept: bool [tokens]."""
        before = np.concatenate(([0], np.cumsum(kept)))
        return Side(self.words, self.tokens[kept], before[self.starts])

    def without_rare(self, min_count: int) -> "Side":
        """The side without words that are rarer than `min_count`. The others are numbered by frequency."""
        frequency = np.bincount(self.tokens, minlength=len(self.words))
        kept = sorted(np.flatnonzero(frequency >= min_count), key=lambda i: (-frequency[i], self.words[i]))
        number = np.full(len(self.words), -1, np.int32)
        number[kept] = np.arange(len(kept))
        tokens = number[self.tokens]
        return Side([self.words[i] for i in kept], tokens, self.starts).where(tokens >= 0)

    def of_segments(self, segments: np.ndarray) -> np.ndarray:
        """The tokens of some segments."""
        lengths = self.lengths[segments]
        ends = np.cumsum(lengths)
        return self.tokens[np.arange(lengths.sum()) + np.repeat(self.starts[segments] - ends + lengths, lengths)]


def indexed(pairs: Iterable[tuple[list[str], list[str]]]) -> tuple[Side, Side]:
    """Both sides of some segments, given as words."""
    words: tuple[dict[str, int], dict[str, int]] = ({}, {})
    tokens, starts = (array("i"), array("i")), (array("q", [0]), array("q", [0]))
    for pair in pairs:
        for known, numbers, begins, side in zip(words, tokens, starts, pair, strict=True):
            numbers.extend(known.setdefault(word, len(known)) for word in side)
            begins.append(len(numbers))
    first, second = (Side(list(words[i]), np.array(tokens[i]), np.array(starts[i])) for i in (0, 1))
    return first, second


class Links(NamedTuple):
    """The links of some segments: for each token of the source, all tokens of the target."""

    cell: np.ndarray  # [links] int32
    source_lengths: np.ndarray  # [segments]
    target_lengths: np.ndarray


class Cells(NamedTuple):
    """Word pairs, as numbers of words [cells], and the number of links of each."""

    source: np.ndarray
    target: np.ndarray
    links: np.ndarray


def token_of_links(n: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(source token, target token) of each link in segments with n and m tokens, numbered from the first."""
    segment = np.repeat(np.arange(len(n)), n * m)
    within = np.arange(len(segment)) - (np.cumsum(n * m) - n * m)[segment]
    row, column = np.divmod(within, m[segment])
    return row + (np.cumsum(n) - n)[segment], column + (np.cumsum(m) - m)[segment]


def cells_and_links(source: Side, target: Side, least: int) -> tuple[Cells, list[Links]]:
    """The word pairs with at least `least` links, and all links. Links of other pairs get a cell after the last.

    Half of the pairs of a text or more have only one link.
    """
    chunks = _chunks(source.lengths * target.lengths)
    keys, count = _counted(source, target, chunks, least)
    links = []
    for segments in chunks:
        found, cell = np.unique(_keys(source, target, segments), return_inverse=True)
        place = np.searchsorted(keys, found)
        place[np.append(keys, -1)[place] != found] = len(keys)
        links.append(Links(place.astype(np.int32)[cell], source.lengths[segments], target.lengths[segments]))
    return Cells(*np.divmod(keys, max(len(target.words), 1)), count), links


def _chunks(links: np.ndarray) -> list[np.ndarray]:
    """The numbers of the segments in parts of about AT_ONCE links. Of too many links, evenly fewer segments."""
    chosen = np.arange(len(links))[:: max(1, -(-int(links.sum()) // LINKS))]
    total = np.cumsum(links[chosen])
    parts = np.split(chosen, np.searchsorted(total, np.arange(AT_ONCE, links.sum(), AT_ONCE)))
    return [part for part in parts if len(part)]


def _keys(source: Side, target: Side, segments: np.ndarray) -> np.ndarray:
    """The cell of each link of some segments, as source word * target words + target word."""
    s, t = token_of_links(source.lengths[segments], target.lengths[segments])
    return source.of_segments(segments)[s] * np.int64(len(target.words)) + target.of_segments(segments)[t]


def _counted(source: Side, target: Side, chunks: list[np.ndarray], least: int) -> tuple[np.ndarray, np.ndarray]:
    """(sorted keys of all cells with at least `least` links, their numbers of links)."""
    links_of_word = np.bincount(source.tokens, np.repeat(target.lengths, source.lengths), len(source.words))
    part_of_word = (np.cumsum(links_of_word) // COUNTED)[source.tokens]
    keys, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in np.unique(part_of_word):
        some = source.where(part_of_word == part)
        found, count = np.unique(
            np.concatenate([_keys(some, target, segments) for segments in chunks]), return_counts=True
        )
        keys.append(found[count >= least])
        counts.append(count[count >= least])
    return np.concatenate(keys), np.concatenate(counts)


def lexical_probabilities(cells: Cells, chunks: list[Links], iterations: int) -> tuple[np.ndarray, np.ndarray]:
    """p(target word | source word) and p(source word | target word) of each cell, by EM from equal probabilities."""
    given = (cells.source, cells.target)
    probabilities = [np.append(np.ones(len(cells.links)), 0.0) for _ in given]  # 0: of the cell after the last
    for _ in range(iterations):
        counts = [np.zeros(len(p)) for p in probabilities]
        for links in chunks:
            source_token, target_token = token_of_links(links.source_lengths, links.target_lengths)
            for count, probability, produced in zip(counts, probabilities, (target_token, source_token), strict=True):
                count += expected(probability, links.cell, produced)
        for probability, count, word in zip(probabilities, counts, given, strict=True):
            probability[:-1] = count[:-1] / np.bincount(word, count[:-1])[word]
    forward, backward = (probability[:-1] for probability in probabilities)
    return forward, backward


def expected(probability: np.ndarray, cell: np.ndarray, produced: np.ndarray) -> np.ndarray:
    """The expected number of tokens that each cell produces [cells]. Each produced token counts as one."""
    link = probability[cell]
    total = np.bincount(produced, link)
    # A token without a link in any cell has probability 0 and counts for no cell.
    return np.bincount(cell, link / np.maximum(total, np.finfo(float).tiny)[produced], minlength=len(probability))
