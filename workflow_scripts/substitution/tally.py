"""Counts of words and copies, and the expected number of copies."""

import numpy as np

from model.text.ragged import Ragged
from workflow_scripts.substitution.candidates import Candidates

ALL = "all"  # the row of all languages together


class Tally:
    """Counts by language, and of all languages together, since the last `take`.

    Of the text: `running` words (words with letters), `known` words (in the dictionary of the language) and `covered`
    words (that can be replaced from it). Of copies: rows `tried`, and `copies` made. `predicted` is the expected number
    of copies, and `variance` its variance: a row gives a copy with probability 1 - prod(1 - p q) over its words, where
    q is the probability that the candidate drawn for a word counts. Of words: `attempted` (drawn for replacement) and
    `substituted` (the replacement counts). If each word has a language of its own, copies have none: then only the row
    of all languages has counts of copies.
    """

    def __init__(self, candidates: Candidates, probability: float):
        self._candidates, self._probability = candidates, probability
        self._languages = [*candidates.languages, ALL]
        self._begin()

    def _begin(self) -> None:
        count = len(self._languages)
        self._words = np.zeros(0, np.int64)  # of each profile
        self._copies = {name: np.zeros(count, np.int64) for name in ("tried", "copies", "attempted", "substituted")}
        self._expected = {name: np.zeros(count) for name in ("predicted", "variance")}

    def count_words(self, words: Ragged) -> None:
        """Count the words of some lines."""
        counts = np.bincount(self._candidates.profile[words.values], minlength=len(self._candidates.profiles))
        counts[: len(self._words)] += self._words
        self._words = counts

    def count_copies(
        self, language: np.ndarray, row: np.ndarray, group: np.ndarray, candidate: np.ndarray, changed: np.ndarray
    ) -> None:
        """Count one copy of each row.

        language, changed: of each row, the number of its language, and whether it gave a copy. row, group: of each word
        that has candidates, in order of rows. candidate: drawn for each word that is replaced.
        """
        table, count = self._candidates, len(self._languages)
        of_row = language if table.by_language else np.full(len(language), count - 1)
        drawn = table.language[candidate]
        self._copies["tried"] += np.bincount(of_row, minlength=count)
        self._copies["copies"] += np.bincount(of_row[changed], minlength=count)
        self._copies["attempted"] += np.bincount(drawn, minlength=count)
        self._copies["substituted"] += np.bincount(drawn[table.changes[candidate]], minlength=count)
        if len(row):
            first = np.flatnonzero(np.diff(row, prepend=-1))
            unchanged = np.multiply.reduceat(1 - self._probability * table.changing[group], first)
            of_row = of_row[row[first]]
            self._expected["predicted"] += np.bincount(of_row, 1 - unchanged, count)
            self._expected["variance"] += np.bincount(of_row, unchanged * (1 - unchanged), count)

    def take(self) -> dict[str, dict[str, float]]:
        """Language, or `all` → name → count. Sets all counts to 0."""
        found: dict[str, dict[str, float]] = {
            language: {"running": int(self._words[1:].sum()), "known": 0, "covered": 0} for language in self._languages
        }
        for profile, count in zip(self._candidates.profiles, self._words.tolist(), strict=False):
            for name, languages in zip(("known", "covered"), profile or (), strict=False):
                for language in [*languages, ALL] if languages else ():
                    found[language][name] += count
        for number, language in enumerate(self._languages):
            one = slice(None) if language == ALL else slice(number, number + 1)
            found[language] |= {name: int(counts[one].sum()) for name, counts in self._copies.items()}
            found[language] |= {name: round(float(sums[one].sum()), 6) for name, sums in self._expected.items()}
        self._begin()
        return found
