"""Where words begin among the ids of segments, for noise that takes whole words."""

import numpy as np

from model.text.bpe import JOINER
from model.text.ragged import Ragged
from model.text.segmenters import DEFAULTS, SEGMENTERS, segmenter_name
from model.text.tokenizer import WORD_START, Tokenizer


class Words:
    """The words of a subword folder's segments.

    A word is what its kind of subwords puts together. Where spaces alone part the words of a script that has none, as
    in sentencepiece's usual way, they are those of the language's own segmenter: a piece that reaches into the next
    word makes the two of them one.
    """

    def __init__(self, tokenizer: Tokenizer):
        vocabulary, self.tokenizer = tokenizer.vocabulary, tokenizer
        # These pieces say that they begin a word, the others that it goes on.
        self.marked = tokenizer.settings["kind"] == "sentencepiece"
        spelt = [piece.startswith(WORD_START) if self.marked else piece.endswith(JOINER) for piece in vocabulary.pieces]
        self.control = np.array([vocabulary.is_control(i) for i in range(len(vocabulary))])
        self.spelt = np.array(spelt)

    def begins(self, segments: Ragged, languages: np.ndarray) -> np.ndarray:
        """Whether each id begins a word [ids]; languages: the language token of each segment [segments].

        The first id of a segment does, and so does each control row, such as `<unk>`, and what follows one.
        """
        ids = segments.values
        begins = self.spelt[ids] | self.control[ids] if self.marked else np.ones(len(ids), bool)
        if self.marked:
            begins[1:] |= self.control[ids[:-1]]
        else:
            begins[1:] = ~self.spelt[ids[:-1]] | self.control[ids[1:]]
        begins[segments.starts[:-1][segments.lengths() > 0]] = True
        for token in np.unique(languages):
            name = self._unspaced(self.tokenizer.vocabulary.language_of(int(token)))
            for row in np.flatnonzero(languages == token) if name else ():
                begins[segments.starts[row] : segments.starts[row + 1]] |= self._cut(segments[int(row)], str(name))
        return begins

    def _unspaced(self, language: str) -> str | None:
        """The segmenter that finds the words of a language whose text was only parted at spaces."""
        if not self.marked:  # such pieces are parts of words that have been told apart
            return None
        name = segmenter_name(language, self.tokenizer.settings["segmenters"])
        return DEFAULTS.get(language.split("_")[0]) if name == "spaces" and not language.endswith("_Latn") else None

    def _cut(self, ids: np.ndarray, name: str) -> np.ndarray:
        """Whether each of the ids of a segment begins one of the words that a segmenter finds in it."""
        pieces = [self.tokenizer.vocabulary.pieces[i].replace(WORD_START, " ") for i in ids.tolist()]
        line, first, end = "".join(pieces), set(), 0
        for word in SEGMENTERS[name].split(line, ""):
            end = max(line.find(word, end), end)  # what no library may read has been replaced, and is not found
            first.add(end)
            end += len(word)
        begins = np.isin(np.cumsum([0, *map(len, pieces)])[:-1], list(first))
        # A word start that stands alone belongs to what follows.
        begins[1:] &= np.array(pieces[:-1], object) != " "
        return begins
