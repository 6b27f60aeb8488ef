"""The candidates for each distinct word of a side, as subword ids, in flat tables for fast random draws."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import regex

from model.text.lexicon import Lexicon
from model.text.marked_words import WORD_CHARACTERS
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from workflow_scripts.study.preparation import Substitution
from workflow_scripts.substitution.spelling import spelled_like
from workflow_scripts.substitution.translations import Translations

UNSEEN, NO_ENTRY, NO_CANDIDATE = -2, -1, -1.0
MOST_REPLACEMENTS = 500_000  # kept in memory
ONE = 2**32  # the probability 1 in `ends`: whole numbers are the same on every machine
_LETTER = re.compile(r"[^\W\d_]")
_EDGES = regex.compile(rf"([^{WORD_CHARACTERS}]*)(.*?)([^{WORD_CHARACTERS}]*)", regex.DOTALL)
Choices = dict[str, list[str]]  # language → what may take a word's place
Profile = tuple[tuple[str, ...], tuple[str, ...]]  # (languages that have a word, those that can replace it)


class Candidates:
    """The candidates of words, looked up when a word first occurs.

    Words that may be replaced are *entries*. A draw chooses within a *group* of candidates. If a copy has a language, a
    group has the candidates of an entry in one language (group = entry * languages + language), else all candidates of
    an entry. Groups are stored one after another. Each has the length ONE on the scale of `ends`, divided among its
    candidates by their probability.
    """

    def __init__(
        self, translations: Translations, languages: Sequence[str], settings: Substitution, tokenizer: Tokenizer
    ):
        self.languages = list(languages)
        self.by_language = settings.per == "copy" and not settings.graph
        self.groups_of_entry = len(self.languages) if self.by_language else 1
        self._translations, self._settings, self._tokenizer = translations, settings, tokenizer
        self._number = {language: number for number, language in enumerate(self.languages)}
        self._glued = tokenizer.settings["kind"] == "sentencepiece"  # its words are separated by spaces alone
        self.profiles: dict[Profile | None, int] = {None: 0}  # None: words without letters
        self._begin()

    def _begin(self) -> None:
        self.ids = Ragged.from_lists([])  # of all replacements
        self._row_of_ids: dict[tuple[str, str], int] = {}  # language and replacement → row of ids
        self._entries: dict[str, int] = {}
        # Of each candidate, group by group: the end of its interval, its row of ids, its language, whether it counts as
        # a substitution. Of each group: the probability that the drawn candidate counts.
        self.ends, self.row = np.empty(0, np.int64), np.empty(0, np.int64)
        self.language, self.changes = np.empty(0, np.int64), np.empty(0, bool)
        self.changing = np.empty(0)
        self._forget(generation=0)

    def _forget(self, generation: int) -> None:
        """Forget the words of the lexicon."""
        self.generation = generation
        self.entry, self.profile = np.empty(0, np.int32), np.empty(0, np.int32)  # of each word by number

    def make_room(self) -> None:
        """Forget all candidates if there are too many. This changes no draw.

        Words with attached punctuation are often new, and so are their replacements. The numbers of `profiles` are
        kept, because the tally uses them.
        """
        if len(self.ids) > MOST_REPLACEMENTS:
            self._begin()

    def learn(self, lexicon: Lexicon, numbers: np.ndarray) -> None:
        """Look up those words of a lexicon, by number, that are new.

        The lexicon may forget its words when replacements in its own language are encoded. Then its generation is
        higher than the one here, and the lines must be split again.
        """
        if lexicon.generation != self.generation:
            self._forget(lexicon.generation)
        more = len(lexicon.words) - len(self.entry)
        self.entry = np.append(self.entry, np.full(more, UNSEEN, np.int32))
        self.profile = np.append(self.profile, np.zeros(more, np.int32))
        new = np.unique(numbers[self.entry[numbers] == UNSEEN])
        words = [(lexicon.words[number], lexicon.whole[number]) for number in new.tolist()]
        found = [self._choices(word) if whole or not self._settings.whole_words else {} for word, whole in words]
        self._encode((language, text) for choices in found for language in choices for text in choices[language])
        self._add({word: choices for (word, _), choices in zip(words, found, strict=True) if choices})
        self.entry[new] = [
            self._entries.get(w, NO_ENTRY) if c else NO_ENTRY for (w, _), c in zip(words, found, strict=True)
        ]
        self.profile[new] = [self._profile(word, choices) for (word, _), choices in zip(words, found, strict=True)]

    def draw(self, group: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """The candidate of each group for a random number in [0, 1). The groups must have candidates."""
        place = group * ONE + (uniform * ONE).astype(np.int64)
        return np.searchsorted(self.ends, place, side="right")

    def _parts(self, word: str) -> tuple[str, str, str]:
        """(punctuation before a word, the word to look up, punctuation after it)."""
        match = _EDGES.fullmatch(word) if self._glued else None
        return (match[1], match[2], match[3]) if match else ("", word, "")

    def _key(self, word: str) -> str:
        return word if self._settings.match == "exact" else word.lower()

    def _choices(self, word: str) -> Choices:
        before, core, after = self._parts(word)
        carried = self._settings.match == "lowercase"
        return {
            language: [before + (spelled_like(core, t, language) if carried else t) + after for t in translations]
            for language, translations in self._translations.of(self._key(core)).items()
            if language in self._number
        }

    def _encode(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Encode the new ones among some replacements. wanted: (language, text)."""
        new: dict[str, list[str]] = {}
        for language, text in dict.fromkeys(wanted):
            if (language, text) not in self._row_of_ids:
                new.setdefault(language, []).append(text)
        for language, texts in new.items():
            self._row_of_ids |= {(language, text): len(self.ids) + n for n, text in enumerate(texts)}
            self.ids = Ragged.joined([self.ids, self._tokenizer.encode_lines(texts, language)])

    def _add(self, found: dict[str, Choices]) -> None:
        """Add the entries and candidates of new words."""
        candidates: list[tuple[int, int, int, bool]] = []
        changing: list[float] = []
        for word, choices in found.items():
            by_language = [self._candidates(word, language, choices.get(language, [])) for language in self.languages]
            if word in self._entries or not any(by_language):
                continue
            self._entries[word] = len(self._entries)
            for parts in self._groups(by_language):
                begin = (len(self.changing) + len(changing)) * ONE
                ends = _ends([len(part) for part in parts])
                group = [candidate for part in parts for candidate in part]
                candidates += [(begin + end, *candidate) for end, candidate in zip(ends, group, strict=True)]
                shares = zip(ends, [0, *ends], group, strict=False)
                changing.append(sum(b - a for b, a, c in shares if c[-1]) / ONE if group else NO_CANDIDATE)
        columns = zip(*candidates, strict=True) if candidates else [()] * 4
        for name, column in zip(("ends", "row", "language", "changes"), columns, strict=True):
            old = getattr(self, name)
            setattr(self, name, np.append(old, np.array(column, old.dtype)))
        self.changing = np.append(self.changing, changing)

    def _candidates(self, word: str, language: str, texts: list[str]) -> list[tuple[int, int, bool]]:
        """(row of ids, language, whether it counts) of replacements. Those without any subword are left out."""
        rows = [(self._row_of_ids[language, text], self._settings.identical or text != word) for text in texts]
        starts = self.ids.starts
        return [(row, self._number[language], changes) for row, changes in rows if starts[row] < starts[row + 1]]

    def _groups(self, by_language: list[list[tuple[int, int, bool]]]) -> list[list[list[tuple[int, int, bool]]]]:
        """The groups of an entry. A group has equally likely parts, and these have equally likely candidates."""
        if self.by_language:
            return [[part] for part in by_language]
        if self._settings.graph:
            return [[[candidate for part in by_language for candidate in part]]]
        return [[part for part in by_language if part]]

    def _profile(self, word: str, choices: Choices) -> int:
        """The number of the profile of a word, for its coverage."""
        if not _LETTER.search(word):
            return 0
        known = self._translations.known(self._key(self._parts(word)[1]))
        profile = tuple(sorted(self._number.keys() & known)), tuple(sorted(choices))
        return self.profiles.setdefault(profile, len(self.profiles))


def _ends(sizes: list[int]) -> list[int]:
    """The end of the interval of each candidate. Parts are equally likely, and so are the candidates of a part."""
    return [(part * size + i + 1) * ONE // (len(sizes) * size) for part, size in enumerate(sizes) for i in range(size)]
