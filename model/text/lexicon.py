"""Lines as arrays of word numbers, and the subword ids of each word, computed once for each distinct word.

Words repeat: a million lines have about a hundred thousand distinct words. What is known of a word is computed once
and then looked up by its number, for whole arrays at a time.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import regex

from model.text.marked_words import WORD_CHARACTERS
from model.text.ragged import Ragged
from model.text.segmenters import Segmenter

MOST_WORDS = 300_000  # words in memory; with their chunks and ids they take about 0.2 GB
CONTEXTS = 3  # kinds of chunks that may follow a chunk, see `Chunks.following`
# Control characters, and all spaces of `str.split` except the one in normalised text.
_ODD_SPACES = "[\\x00-\\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_ODD_LINES = _ODD_SPACES + "|^ | $|  |^$"
_SURROGATE = re.compile("[\ud800-\udfff]")
_EDGES = regex.compile(rf"^[^{WORD_CHARACTERS}]+|[^{WORD_CHARACTERS}]+$")


class Lexicon:
    """The words of a language seen so far.

    encode: words → subword ids of each. A number is valid until `generation` changes: to bound the memory, `split`
    forgets all words when there are too many. This changes no result.
    """

    def __init__(self, language: str, segmenter: Segmenter, encode: Callable[[Sequence[str]], list[list[int]]]):
        self._language, self._split, self._encode = language, segmenter.split, encode
        self._chunks = segmenter.chunks(language) if segmenter.chunks else None
        self._entangled = "|".join(filter(None, [self._chunks.entangled, _ODD_LINES])) if self._chunks else "."
        self.generation = 0
        self._forget()

    def _forget(self) -> None:
        self.words: list[str] = []
        self.whole: list[bool] = []
        self._number: dict[tuple[str, bool], int] = {}
        self._ids = Ragged.from_lists([])
        self._chunk_number: dict[str, int] = {}
        self._following: list[int] = []  # by chunk
        self._stops: list[bool] = []  # by chunk: whether it ends with a full stop
        self._words_of = Ragged.from_lists([])
        self._entry = np.empty((0, CONTEXTS), np.int64)  # chunk, kind of the next chunk → row of _words_of, or -1

    def split(self, lines: pa.Array | Sequence[str]) -> Ragged:
        """The words of each line as numbers [int32]: indices into `words`.

        A lone surrogate is replaced by U+FFFD, because UTF-8 cannot encode it.
        """
        if len(self.words) > MOST_WORDS or len(self._chunk_number) > 2 * MOST_WORDS:
            self._forget()
            self.generation += 1
        column = lines if isinstance(lines, pa.Array) else _column(lines)
        entangled = pc.match_substring_regex(column, self._entangled).to_numpy(zero_copy_only=False)
        slow = np.flatnonzero(entangled)
        chunks = self._split_by_chunks(column.filter(pa.array(~entangled)) if len(slow) else column)
        if not len(slow):
            return chunks
        whole_lines = self._interned([self._of_line(line) for line in column.take(pa.array(slow)).to_pylist()])
        order = np.empty(len(column), np.int64)
        order[~entangled], order[slow] = np.arange(len(chunks)), len(chunks) + np.arange(len(slow))
        return Ragged.joined([chunks, whole_lines]).take(order)

    def ids(self) -> Ragged:
        """The subword ids of each word seen so far, by its number."""
        if new := self.words[len(self._ids) :]:
            self._ids = Ragged.joined([self._ids, Ragged.from_lists(self._encode(new))])
        return self._ids

    def _of_line(self, line: str) -> list[tuple[str, bool]]:
        words = self._split(line, self._language)
        cores = Counter(_EDGES.sub("", chunk) for chunk in line.split()) if self._chunks else Counter(words)
        # A word that is also a part of a chunk of this line counts as a part, because the two cannot be distinguished.
        return [(word, cores[word] >= times) for word, times in _with_counts(words)]

    def _interned(self, lists: Sequence[Sequence[tuple[str, bool]]]) -> Ragged:
        number = self._number
        found = Ragged.from_lists([[number.setdefault(word, len(number)) for word in row] for row in lists])
        for word, whole in list(number)[len(self.words) :] if len(number) > len(self.words) else ():
            self.words.append(word)
            self.whole.append(whole)
        return found

    def _split_by_chunks(self, column: pa.Array) -> Ragged:
        if not len(column) or not self._chunks:
            return Ragged(np.empty(0, np.int32), np.zeros(len(column) + 1, np.int64))
        lists = pc.split_pattern(column, " ")
        distinct = lists.flatten().dictionary_encode()
        starts = lists.offsets.to_numpy().astype(np.int64)
        chunk = self._numbered(distinct.dictionary.to_numpy(zero_copy_only=False).tolist())
        chunks = chunk[distinct.indices.to_numpy()]
        return self._words_of_entries(chunks, self._context(chunks, starts), starts - starts[0])

    def _numbered(self, distinct: list[str]) -> np.ndarray:
        """The numbers of chunks. A new chunk gets the next number."""
        assert self._chunks
        known, following = self._chunk_number, self._chunks.following
        for chunk in distinct:
            if chunk not in known:
                known[chunk] = len(known)
                self._following.append(following(chunk))
                self._stops.append(chunk.endswith("."))
        return np.fromiter(map(known.__getitem__, distinct), np.int64, len(distinct))

    def _context(self, chunks: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """The kind of the next chunk for each chunk that ends with a full stop, else 0 [chunks]."""
        following = np.zeros(len(chunks), np.int64)
        stops = np.flatnonzero(np.array(self._stops)[chunks[:-1]])
        following[stops] = np.array(self._following)[chunks[stops + 1]]
        ends = starts[1:] - starts[0] - 1
        following[ends[ends >= 0]] = 0
        return following

    def _words_of_entries(self, chunks: np.ndarray, following: np.ndarray, starts: np.ndarray) -> Ragged:
        """The words of chunks in their contexts, as one list for each line."""
        if len(self._entry) < len(self._chunk_number):
            room = np.full((2 * len(self._chunk_number) - len(self._entry), CONTEXTS), -1, np.int64)
            self._entry = np.concatenate([self._entry, room])
        entries = self._entry[chunks, following]
        if len(new := np.flatnonzero(entries < 0)):
            self._look_at(chunks[new], following[new])
            entries = self._entry[chunks, following]
        return self._words_of.of_lists(Ragged(entries, starts))

    def _look_at(self, chunks: np.ndarray, following: np.ndarray) -> None:
        """Split chunks that were not seen in this context before."""
        assert self._chunks
        names = list(self._chunk_number)
        for kind in np.unique(following).tolist():
            numbers = np.unique(chunks[following == kind])
            texts = [names[number] for number in numbers]
            rows = [
                [(text, True)] if found == [text] else _parts(found, _EDGES.sub("", text))
                for text, found in zip(texts, self._chunks.words_of_chunks(texts, kind), strict=True)
            ]
            self._entry[numbers, kind] = len(self._words_of) + np.arange(len(rows))
            self._words_of = Ragged.joined([self._words_of, self._interned(rows)])


def _parts(words: list[str], core: str) -> list[tuple[str, bool]]:
    return [(word, word == core) for word in words]


def _with_counts(words: list[str]) -> list[tuple[str, int]]:
    counts = Counter(words)
    return [(word, counts[word]) for word in words]


def _column(lines: Sequence[str]) -> pa.Array:
    try:
        return pa.array(lines, pa.string())
    except UnicodeEncodeError:
        return pa.array([_SURROGATE.sub("\ufffd", line) for line in lines], pa.string())
