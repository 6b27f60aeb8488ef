"""Text to subword ids and back: words by language, then subwords, then ids. Shared by the data steps and decoding."""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from model.command import UserError
from model.text.bpe import JOINER, Merges
from model.text.hidden import Hidden
from model.text.lexicon import Lexicon
from model.text.ragged import Ragged
from model.text.segmenters import check_segmenters, segmenter
from model.text.vocabulary import Vocabulary

CODES, MODEL, SETTINGS, VOCABULARY = "codes", "sentencepiece.model", "tokenizer.json", "vocabulary.tsv"
PUBLISHED = {"kind": "sentencepiece", "segmenters": {"default": "spaces"}}  # settings of text of published models
EXPORTED = "subwords"  # in a folder that is exported in the format of Hugging Face: the subword folder
WORD_START = "▁"  # how sentencepiece writes the space before a word
# What sentencepiece takes for its own signs if a text has it: the start of a word, and the sign of unknown letters
# (U+2585), for which its trainer skips a word.
RESERVED = Hidden(WORD_START + "▅", "\ufdd2")


@dataclass(frozen=True)
class Subwords:
    """A kind of subwords: the file of the learned model, how to apply it, and how to join pieces to words."""

    file: str
    load: Callable[[Path], Callable[[Sequence[str]], list[list[str]]]]  # file → (words → pieces of each)
    join: Callable[[Iterable[str]], list[str]]  # pieces → words


def _load_bpe(path: Path) -> Callable[[Sequence[str]], list[list[str]]]:
    return Merges(path).pieces


def _join_bpe(pieces: Iterable[str]) -> list[str]:
    words, head = [], ""
    for piece in pieces:
        if piece.endswith(JOINER):
            head += piece[: -len(JOINER)]
        else:
            words.append(head + piece)
            head = ""
    return words + [head] if head else words


def _load_sentencepiece(path: Path) -> Callable[[Sequence[str]], list[list[str]]]:
    import sentencepiece

    try:
        processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError):
        raise UserError(f"{path}: not a SentencePiece model; let the workflow learn it again") from None
    return applied(processor)


def applied(processor: Any) -> Callable[[Sequence[str]], list[list[str]]]:
    """The subwords of each of many words, by a SentencePieceProcessor. If it removes a whole word, there are none."""
    return lambda words: processor.encode(list(map(RESERVED.hide, words)), out_type=str)


def _join_sentencepiece(pieces: Iterable[str]) -> list[str]:
    return RESERVED.show("".join(pieces).replace(WORD_START, " ")).split()


KINDS: dict[str, Subwords] = {
    "bpe": Subwords(CODES, _load_bpe, _join_bpe),
    "sentencepiece": Subwords(MODEL, _load_sentencepiece, _join_sentencepiece),
}


def subword_files(folder: str | Path) -> list[str]:
    """The files of a subword folder, without the vocabulary. Raises UserError if it has no settings."""
    settings = _settings(Path(folder))
    return sorted({KINDS[settings["kind"]].file, *settings["files"].values()}) + [SETTINGS]


def copy_subwords(source: Path, target: Path) -> None:
    """Copy the files of a subword folder with its vocabulary to a folder that is there."""
    for name in (*subword_files(source), VOCABULARY):
        shutil.copy(source / name, target / name)


def published_settings(folder: Path) -> dict[str, Any]:
    """The settings that the text of a folder of Hugging Face has once the folder is imported. Raises UserError."""
    exported = folder / EXPORTED
    return _settings(exported) if exported.exists() else PUBLISHED


def _settings(folder: Path) -> dict[str, Any]:
    """The settings of a subword folder. One that names no default segmenter was made when that was moses."""
    try:
        settings = {"kind": "bpe", "files": {}, **json.loads((folder / SETTINGS).read_text(encoding="utf-8"))}
        if any(Path(name).name != name or name == ".." for name in settings["files"].values()):
            raise ValueError("a file outside of the folder")
        settings["segmenters"] = {"default": "moses", **settings["segmenters"]}
        check_segmenters(settings["segmenters"])
        return settings
    except UserError as error:
        raise UserError(f"{folder / SETTINGS}: segmenters: {error}; train the model again") from None
    except FileNotFoundError:
        raise UserError(f"{folder / SETTINGS} is not there; give the folder model/ of a finished run") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{folder / SETTINGS}: damaged; copy it again, or let the workflow write it again") from None


class Tokenizer:
    """A subword folder with one of its vocabularies: from text to ids and back.

    folder: has `tokenizer.json` ({"kind": row of KINDS, "segmenters": {language: name}}) and the file of its kind. With
    `"files": {language: name}` only these languages can be split, each by its file.
    vocabulary: the vocabulary to use; by default vocabulary.tsv of the folder.
    """

    def __init__(self, folder: str | Path, vocabulary: str | Path | None = None):
        self.folder, self._path = Path(folder), Path(vocabulary or Path(folder) / VOCABULARY)
        self.settings = _settings(self.folder)
        self.kind = KINDS[self.settings["kind"]]
        self._segmenters: dict[str, str] = self.settings["segmenters"]
        self._lexicons: dict[str, Lexicon] = {}
        self._loaded: dict[str, Callable[[Sequence[str]], list[list[str]]]] = {}  # by file

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary. It is read at first use, because pieces are counted before there is one."""
        return Vocabulary.read(self._path)

    @property
    def pieces_of_words(self) -> Callable[[Sequence[str]], list[list[str]]]:
        """The subwords of each of many words, in languages without a file of their own."""
        return self._applied(self.kind.file)

    def _applied(self, file: str) -> Callable[[Sequence[str]], list[list[str]]]:
        if file not in self._loaded:
            self._loaded[file] = self.kind.load(self.folder / file)
        return self._loaded[file]

    def words(self, line: str, language: str) -> list[str]:
        """The words of a line, by the language's segmenter."""
        lexicon = self.lexicon(language)
        return [lexicon.words[number] for number in lexicon.split([line]).values]

    def pieces(self, words: Iterable[str]) -> list[str]:
        """The subwords of words, one after the other."""
        return [piece for pieces in self.pieces_of_words(list(words)) for piece in pieces]

    def lexicon(self, language: str) -> Lexicon:
        """The words of a language seen so far, and their ids."""
        if language not in self._lexicons:
            ids = partial(self._ids, self._file(language))
            self._lexicons[language] = Lexicon(language, segmenter(language, self._segmenters), ids)
        return self._lexicons[language]

    def _file(self, language: str) -> str:
        files = self.settings["files"]
        if files and language not in files:
            raise UserError(f"{self.folder}: has no subwords for {language}, but for {', '.join(files)}")
        return str(files.get(language, self.kind.file))

    def _ids(self, file: str, words: Sequence[str]) -> list[list[int]]:
        return [self.vocabulary.ids(pieces) for pieces in self._applied(file)(words)]

    def encode_lines(self, lines: pa.Array | Sequence[str], language: str) -> Ragged:
        """Ids of each line [int32], without language token or </s>."""
        lexicon = self.lexicon(language)
        numbers = lexicon.split(lines)
        return lexicon.ids().of_lists(numbers)

    def encode(self, line: str, language: str) -> list[int]:
        """Ids of one line, without language token or </s>."""
        return self.encode_lines([line], language).values.tolist()

    def decode_words(self, ids: Iterable[int]) -> list[str]:
        """The words of ids. Control rows are left out, except <unk>, which shows that a piece is lost."""
        vocabulary = self.vocabulary
        return self.kind.join(
            vocabulary.pieces[i] for i in ids if not vocabulary.is_control(i) or vocabulary.pieces[i] == "<unk>"
        )

    def decode(self, ids: Iterable[int], language: str) -> str:
        """The line of ids, with the spacing of the language."""
        return segmenter(language, self._segmenters).join(self.decode_words(ids), language)
