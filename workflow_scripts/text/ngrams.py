"""Words of segments, and training segments that share n-grams of words with segments of test and dev sets."""

from collections.abc import Sequence

import numpy as np
import regex
import xxhash

from model.text.ragged import Ragged
from model.text.unspaced import UNSPACED
from workflow_scripts.text.matching import matching_key

_UNSPACED = "[" + "".join(rf"\p{{{name}}}" for name in UNSPACED) + "]"  # there, each letter counts as a word
_LETTER = regex.compile(_UNSPACED)
_SPACED, _SEEN = rf"[[\p{{L}}\p{{N}}]--{_UNSPACED}]", rf"[\S--{_UNSPACED}]*"
_WORD = regex.compile(rf"[{_UNSPACED}&&\p{{L}}]\p{{M}}*|{_SEEN}{_SPACED}{_SEEN}", regex.VERSION1)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no bit of a hash is lost
KEPT = 1 << 20  # hashes of words in memory


def words(line: str) -> list[str]:
    """The words of a line: what spaces separate; in scripts without spaces, each letter with its marks."""
    return line.split() if line.isascii() or not _LETTER.search(line) else _WORD.findall(line)


class _Hashes(dict[str, int]):
    """Word → 64 bits of a hash of its matching key; 0 for a word without letters and digits."""

    def __missing__(self, word: str) -> int:
        if len(self) >= KEPT:
            self.clear()
        key = matching_key(word)
        self[word] = xxhash.xxh3_64_intdigest(key.encode()) if key else 0
        return self[word]


_HASHES = _Hashes()


def ngrams(lines: Sequence[str], n: int) -> tuple[np.ndarray, np.ndarray]:
    """(hash of each n-gram of all lines, uint64; the line that it is in, int64)."""
    found = [[_HASHES[word] for word in words(line)] for line in lines]
    rows = np.repeat(np.arange(len(lines)), [len(line) for line in found])
    hashes: np.ndarray = np.array([word for line in found for word in line], np.uint64)
    hashes, rows = hashes[hashes != 0], rows[hashes != 0]
    count = max(len(hashes) - n + 1, 0)
    combined = np.zeros(count, np.uint64)
    for step in range(n):
        combined = combined * _FACTOR + hashes[step : step + count]  # modulo 2^64
    whole = rows[:count] == rows[len(rows) - count :]
    return combined[whole], rows[:count][whole]


class Overlaps:
    """The n-grams of some segments, to find text that has many n-grams of one of them.

    A segment of fewer than n words has none, and is not found.
    """

    def __init__(self, segments: Sequence[str], n: int) -> None:
        self.n = n
        hashes, owners = ngrams(segments, n)
        pairs = np.unique(np.stack([hashes, owners.astype(np.uint64)], axis=1), axis=0)
        hashes, owners = pairs[:, 0], pairs[:, 1].astype(np.int64)
        self._hashes, first = np.unique(hashes, return_index=True)
        self._owners = Ragged(owners, np.append(first, len(owners)))
        self._sizes = np.bincount(owners, minlength=len(segments))

    def shares(self, lines: Sequence[str]) -> np.ndarray:
        """For each line, the largest share of a segment's n-grams that it has, float64."""
        hashes, rows = ngrams(lines, self.n)
        found = np.zeros(len(lines))
        if not len(self._hashes):
            return found
        places = np.searchsorted(self._hashes, hashes).clip(max=len(self._hashes) - 1)
        hit = self._hashes[places] == hashes
        pairs = np.unique(np.stack([rows[hit], places[hit]], axis=1), axis=0)
        owners = self._owners.take(pairs[:, 1])
        both = np.stack([np.repeat(pairs[:, 0], owners.lengths()), owners.values], axis=1)
        shared, counts = np.unique(both, axis=0, return_counts=True)
        np.maximum.at(found, shared[:, 0], counts / self._sizes[shared[:, 1]])
        return found
