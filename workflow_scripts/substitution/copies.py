"""Random copies of segments with words replaced, for many rows at once.

Each random number depends on the row, the copy and the word (draws.py). So the copies of a row are the same in any
window and any job.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from workflow_scripts.draws import uniform
from workflow_scripts.study.preparation import Substitution
from workflow_scripts.substitution.candidates import NO_CANDIDATE, NO_ENTRY, Candidates
from workflow_scripts.substitution.tally import Tally
from workflow_scripts.substitution.translations import Translations

LANGUAGE, WHETHER, WHICH = range(3)  # purposes of random numbers
ROWS = 8192  # processed at once, so that their arrays stay in the cache of a core


@dataclass(frozen=True)
class Copies:
    """Substituted copies of some rows, in any order. rows: number of the row of each copy, from 0."""

    rows: np.ndarray  # [copies]
    ids: Ragged  # [copies] subword ids
    _words: Ragged  # [rows] numbers of words
    _ids_of_words: Ragged

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, numbers: np.ndarray) -> "Copies":
        """The copies without those of some numbers."""
        kept = np.delete(np.arange(len(self)), numbers)
        return replace(self, rows=self.rows[kept], ids=self.ids.take(kept))

    def originals(self) -> Ragged:
        """The subword ids of the rows of the copies before substitution [copies]."""
        return self._ids_of_words.of_lists(self._words.take(self.rows))


class Substituter:
    """Makes the copies of one side of a text.

    languages: that words may be taken from. key: of the random numbers, see draws.stream.
    """

    def __init__(
        self,
        translations: Translations,
        languages: Sequence[str],
        settings: Substitution,
        tokenizer: Tokenizer,
        language: str,
        key: np.uint64,
    ):
        self._settings, self._key = settings, key
        self._lexicon = tokenizer.lexicon(language)
        self._candidates = Candidates(translations, sorted(languages), settings, tokenizer)
        self.tally = Tally(self._candidates, settings.probability)

    def copies(self, first: int, lines: pa.Array | Sequence[str]) -> Copies:
        """The copies of some lines. first: number of the first line in its text."""
        self._candidates.make_room()
        words = self._split(lines)
        self.tally.count_words(words)
        own = self._lexicon.ids()
        units = Ragged.joined([own, self._candidates.ids])
        rows, ids = [np.empty(0, np.int64)], [Ragged.from_lists([])]
        for begin in range(0, len(words), ROWS) if self._candidates.languages else ():
            starts = words.starts[begin : begin + ROWS + 1]
            some = Ragged(words.values[starts[0] : starts[-1]], starts - starts[0])
            for copied, items in self._drawn(some, first + begin, len(own)):
                rows.append(begin + copied)
                ids.append(units.of_lists(items))
        return Copies(np.concatenate(rows), Ragged.joined(ids), words, own)

    def _split(self, lines: pa.Array | Sequence[str]) -> Ragged:
        while True:
            words = self._lexicon.split(lines)
            self._candidates.learn(self._lexicon, words.values)
            if self._lexicon.generation == self._candidates.generation:
                return words

    def _drawn(self, words: Ragged, first: int, replacements: int) -> Iterator[tuple[np.ndarray, Ragged]]:
        """(rows, units) of the first copies of all rows, of the second ones, and so on.

        A unit is the number of a word, or `replacements` + a row of ids.
        """
        candidates = self._candidates
        entry = candidates.entry[words.values].astype(np.int64)
        at = np.flatnonzero(entry != NO_ENTRY)
        row, entry = words.row_of_items()[at], entry[at]
        languages = self._languages(first + np.arange(len(words)))
        for copy in range(languages.shape[1]):
            group = entry * candidates.groups_of_entry + languages[row, copy] * candidates.by_language
            offered = np.flatnonzero(candidates.changing[group] != NO_CANDIDATE)
            where, of_row, group = at[offered], row[offered], group[offered]
            place = where - words.starts[of_row]
            chosen = uniform(self._key, first + of_row, copy, place, WHETHER) < self._settings.probability
            drawn = uniform(self._key, first + of_row[chosen], copy, place[chosen], WHICH)
            candidate = candidates.draw(group[chosen], drawn)
            changed = np.zeros(len(words), bool)
            changed[of_row[chosen][candidates.changes[candidate]]] = True
            self.tally.count_copies(languages[:, copy], of_row, group, candidate, changed)
            items = words.values.astype(np.int64)
            items[where[chosen]] = replacements + candidates.row[candidate]
            yield np.flatnonzero(changed), Ragged(items, words.starts).take(np.flatnonzero(changed))

    def _languages(self, rows: np.ndarray) -> np.ndarray:
        """The number of the language of each copy of some rows [rows, copies]. The copies of a row have different ones.

        If each word has a language of its own, copies have none: all are 0.
        """
        candidates, copies = self._candidates, self._settings.copies
        if not candidates.by_language:
            return np.zeros((len(rows), copies), np.int64)
        order = np.tile(np.arange(len(candidates.languages)), (len(rows), 1))
        row = np.arange(len(rows))
        for copy in range(min(copies, order.shape[1])):  # the first steps of a shuffle (Fisher and Yates)
            drawn = uniform(self._key, rows, copy, 0, LANGUAGE) * (order.shape[1] - copy)
            other = copy + drawn.astype(np.int64)
            order[row, copy], order[row, other] = order[row, other], order[row, copy]
        return order[:, :copies]
