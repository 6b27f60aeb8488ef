"""Byte pair encoding (Sennrich et al. 2016) of many words at once, with the result of `subword-nmt apply-bpe`.

There is one difference: a piece is cut in two where its spelling would be taken for something else (`_readable`).

The next merge of all words is done at the same time, in flat numpy arrays of symbols, and not in a Python loop over
words.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.command import UserError
from model.text.lines import read_lines
from model.text.vocabulary import is_control_spelling

JOINER = "@@"  # at the end of every piece but a word's last, and of no last piece
END_OF_WORD = "</w>"
NEVER = np.iinfo(np.int32).max  # the rank of a pair that is not merged


class Merges:
    """The merges of a codes file. Raises UserError with the line for a row that is not a pair of symbols.

    In version 0.2 the last character of a word carries its end, in 0.1 the end is a symbol of its own. The first line
    of the file says the version.
    """

    def __init__(self, path: str | Path):
        lines = read_lines(path)
        self._old = not (lines and lines[0].startswith("#version:"))
        pairs: dict[tuple[str, str], int] = {}
        for number, line in enumerate(lines[not self._old :], 1 + (not self._old)):
            symbols = line.strip("\r ").split(" ")
            if len(symbols) != 2 or not all(symbols):
                raise UserError(
                    f"{path}: line {number}: expected two symbols with a space between, found {line[:60]!r}"
                )
            pairs.setdefault((symbols[0], symbols[1]), len(pairs))
        self._index(list(pairs))

    def _index(self, pairs: list[tuple[str, str]]) -> None:
        """Give a number to each symbol, by its spelling. 0 stands for all symbols that no merge has."""
        symbols: dict[str, int] = {}
        for left, right in pairs:
            for symbol in (left, right, left + right):
                symbols.setdefault(symbol, len(symbols) + 1)
        self._symbols = len(symbols) + 1
        keys = np.array([symbols[a] * self._symbols + symbols[b] for a, b in pairs], np.int64)
        order = np.argsort(keys)
        self._keys, self._rank = keys[order], order.astype(np.int32)
        self._merged = np.array([symbols[a + b] for a, b in pairs], np.int32)
        self._inner, self._final = (np.zeros(0x110000, np.int32) for _ in range(2))
        self._end = symbols.get(END_OF_WORD, 0)
        for symbol, number in symbols.items():
            if len(symbol) == 1:
                self._inner[ord(symbol)] = number
            if len(symbol) == 1 + len(END_OF_WORD) and symbol.endswith(END_OF_WORD):
                self._final[ord(symbol[0])] = number

    def pieces(self, words: Sequence[str]) -> list[list[str]]:
        """The subwords of each word; all but the last end in `@@`. No word is empty."""
        words = list(words)
        if not words:
            return []
        text = "".join(words)
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        first, word = self._merge(*self._symbols_of(text, lengths))
        ends = np.append(first[1:], len(text))
        bounds = np.searchsorted(word, np.arange(len(words) + 1)).tolist()
        found = [text[a:b] for a, b in zip(first.tolist(), ends.tolist(), strict=True)]
        if self._old:  # an end of word that was not merged has no letters
            rows = ([p for p in found[a:b] if p] for a, b in zip(bounds, bounds[1:], strict=False))
        else:
            rows = (found[a:b] for a, b in zip(bounds, bounds[1:], strict=False))
        doubtful = (word.endswith(JOINER) or "<" in word for word in words)
        rows = (_readable(row) if check else row for row, check in zip(rows, doubtful, strict=True))
        return [[*(piece + JOINER for piece in row[:-1]), row[-1]] for row in rows]

    def _symbols_of(self, text: str, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The symbols before any merge: number, first character in `text`, and word of each symbol [symbols]."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        word = np.repeat(np.arange(len(lengths)), lengths)
        ends, symbol, first = np.cumsum(lengths), self._inner[codes], np.arange(len(codes))
        if self._old:
            return (
                np.insert(symbol, ends, self._end),
                np.insert(first, ends, ends),
                np.insert(word, ends, word[ends - 1]),
            )
        symbol[ends - 1] = self._final[codes[ends - 1]]
        return symbol, first, word

    def _merge(self, symbol: np.ndarray, first: np.ndarray, word: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First character and word of each symbol after all merges, in order."""
        done: list[tuple[np.ndarray, np.ndarray]] = []
        rank = self._ranks(symbol, word, np.arange(len(symbol)))
        while len(symbol):
            starts = np.flatnonzero(np.diff(word, prepend=-1))
            lengths = np.diff(starts, append=len(word))
            lowest = np.repeat(np.minimum.reduceat(rank, starts), lengths)
            open_ = lowest != NEVER
            done.append((first[~open_], word[~open_]))
            symbol, first, word, rank, lowest = (a[open_] for a in (symbol, first, word, rank, lowest))
            at = _not_overlapping(np.flatnonzero(rank == lowest))
            symbol[at] = self._merged[rank[at]]
            kept = np.ones(len(symbol), bool)
            kept[at + 1] = False
            # Ranks change only at a changed symbol and at the one before it.
            at -= np.arange(len(at))
            symbol, first, word, rank = (a[kept] for a in (symbol, first, word, rank))
            changed = np.unique(np.concatenate([at, at[at > 0] - 1]))
            rank[changed] = self._ranks(symbol, word, changed)
        firsts, words = (np.concatenate(parts) for parts in zip(*done, strict=True))
        order = np.lexsort((firsts, words))
        return firsts[order], words[order]

    def _ranks(self, symbol: np.ndarray, word: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The rank of the pair that begins at each of the places `at`; NEVER at the end of a word."""
        ranks = np.full(len(at), NEVER, np.int32)
        if not len(self._keys):
            return ranks
        inside = np.flatnonzero(at < len(symbol) - 1)
        inside = inside[word[at[inside]] == word[at[inside] + 1]]
        keys = symbol[at[inside]].astype(np.int64) * self._symbols + symbol[at[inside] + 1]
        found = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        known = self._keys[found] == keys
        ranks[inside[known]] = self._rank[found[known]]
        return ranks


def _readable(row: list[str]) -> list[str]:
    """The pieces of a word, cut where their spelling means something else.

    One that is spelt like a control row has no row in the vocabulary, and is cut after its `<`. A last one that ends in
    `@@` would join the next word, and is cut before its last `@`.
    """
    parts = [part for piece in row for part in ([piece[:1], piece[1:]] if is_control_spelling(piece) else [piece])]
    return [*parts[:-1], parts[-1][:-1], parts[-1][-1:]] if parts[-1].endswith(JOINER) else parts


def _not_overlapping(places: np.ndarray) -> np.ndarray:
    """Of consecutive places, as in `x x x`, every second one from the left."""
    run = np.flatnonzero(np.diff(places, prepend=-2) != 1)
    offset = np.arange(len(places)) - np.repeat(run, np.diff(run, append=len(places)))
    return places[offset % 2 == 0]
