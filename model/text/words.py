"""Find the beginnings of words among subword ids, for noise on whole words."""

import numpy as np

from model.text.bpe import JOINER
from model.text.ragged import Ragged
from model.text.segmenters import SEGMENTERS, segmenter_name, unspaced_segmenter
from model.text.tokenizer import WORD_START, Tokenizer
from model.text.unspaced import SPACE


class Words:
    """Finds words in segments of subword ids.

    A word is what the kind of subwords joins to one. With SentencePiece and a script without spaces, a whole clause
    would be a word. Then words are those of the language's default segmenter. If a piece reaches into the next word,
    the two count as one.
    """

    def __init__(self, tokenizer: Tokenizer):
        vocabulary, self.tokenizer = tokenizer.vocabulary, tokenizer
        # SentencePiece marks the pieces that begin a word, BPE those that do not end one.
        self.marks_begin = tokenizer.settings["kind"] == "sentencepiece"
        spelt = [
            piece.startswith(WORD_START) if self.marks_begin else piece.endswith(JOINER) for piece in vocabulary.pieces
        ]
        self.control = np.array([vocabulary.is_control(i) for i in range(len(vocabulary))])
        self.spelt = np.array(spelt)

    def begins(self, segments: Ragged, languages: np.ndarray) -> np.ndarray:
        """Whether each id begins a word [ids]; languages: the language token of each segment [segments].

        The first id of a segment begins a word, each control row such as `<unk>` does, and each id after one.
        """
        ids = segments.values
        begins = self.spelt[ids] | self.control[ids] if self.marks_begin else np.ones(len(ids), bool)
        if self.marks_begin:
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
        """The segmenter for a language without spaces, if its text was not split into words before SentencePiece."""
        if not self.marks_begin:  # BPE pieces never cross the words of the segmenter
            return None
        name = segmenter_name(language, self.tokenizer.settings["segmenters"])
        return unspaced_segmenter(language) if name == "spaces" else None

    def _cut(self, ids: np.ndarray, name: str) -> np.ndarray:
        """Whether each id of a segment begins one of the words that a segmenter finds in its text."""
        pieces = [self.tokenizer.vocabulary.pieces[i].replace(WORD_START, " ") for i in ids.tolist()]
        line, first, end = "".join(pieces), set(), 0
        for word in SEGMENTERS[name].split(line, ""):
            if word == SPACE:
                continue
            end = max(line.find(word, end), end)  # -1 if the segmenter replaced an unreadable character
            first.add(end)
            end += len(word)
        begins = np.isin(np.cumsum([0, *map(len, pieces)])[:-1], list(first))
        # A piece that is only a word start belongs to the next piece.
        begins[1:] &= np.array(pieces[:-1], object) != " "
        return begins
