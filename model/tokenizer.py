"""Text to subword ids and back: words by language, then BPE, then ids. Shared by the data steps and decoding."""

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from model.segmenters import segmenter
from model.vocabulary import Vocabulary

CODES, SETTINGS, VOCABULARY = "codes", "tokenizer.json", "vocabulary.tsv"
JOINER = "@@"


class Tokenizer:
    """The codes and settings of a subword folder, with one of its vocabularies.

    folder: holds `codes` (subword-nmt's format) and `tokenizer.json` ({"segmenters": {language: name}}).
    vocabulary: the vocabulary to use; default the folder's own vocabulary.tsv.
    """

    def __init__(self, folder: str | Path, vocabulary: str | Path | None = None):
        self.folder, self._path = Path(folder), Path(vocabulary or Path(folder) / VOCABULARY)
        self._segmenters: dict[str, str] = json.loads((self.folder / SETTINGS).read_text())["segmenters"]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The rows; read at first use, because the pieces of a text are counted before there are any."""
        return Vocabulary.read(self._path)

    @cached_property
    def _bpe(self):  # noqa: ANN202  subword-nmt has no types
        from subword_nmt.apply_bpe import BPE

        with open(self.folder / CODES, encoding="utf-8") as codes:
            return BPE(codes, separator=JOINER)

    def words(self, line: str, language: str) -> list[str]:
        """The words of a line, by the language's segmenter."""
        return segmenter(language, self._segmenters).split(line, language)

    def pieces(self, words: Iterable[str]) -> list[str]:
        """Subwords of words; all but a word's last end in `@@`."""
        return self._bpe.segment_tokens(list(words))

    def encode(self, line: str, language: str) -> list[int]:
        """Ids of a line, without language token or </s>."""
        return self.vocabulary.ids(self.pieces(self.words(line, language)))

    def decode_words(self, ids: Iterable[int]) -> list[str]:
        """The words that ids stand for. Control rows are left out, except <unk>, which shows that a piece is lost."""
        words, head = [], ""
        for index in ids:
            piece = self.vocabulary.pieces[index]
            if self.vocabulary.is_control(index) and piece != "<unk>":
                continue
            if piece.endswith(JOINER):
                head += piece[: -len(JOINER)]
            else:
                words.append(head + piece)
                head = ""
        return words + [head] if head else words

    def decode(self, ids: Iterable[int], language: str) -> str:
        """The line that ids stand for, with the language's spacing restored."""
        return segmenter(language, self._segmenters).join(self.decode_words(ids), language)
