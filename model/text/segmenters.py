"""Segmenters: split a line into words before subwords, and join words to a line.

A segmenter is a row of SEGMENTERS. DEFAULTS has the segmenters of languages without spaces between words. All but
`moses` give back exactly the line that was split, if it is in normal form.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from model.command import UserError
from model.records import unknown
from model.text import unspaced
from model.text.marked_words import MarkedWords
from model.text.moses import Moses, detokenizer

PLACEHOLDER = r"%\([^()\s]+\)[a-z]|%(?:\d+\$)?[-+0-9.]*[a-zA-Z]\b|\$?\{[^{}]*\}|\$[a-zA-Z]\w*"
MARKUP = r"</?[a-zA-Z][^<>]*>|&[a-zA-Z]+;|https?://\S+"


class Chunks(Protocol):
    """Splits a line chunk by chunk. A chunk is the text between two spaces; each distinct one is split once."""

    entangled: str  # regular expression (RE2) for lines that must be split as a whole; may be empty

    def following(self, chunk: str) -> int:
        """The kind of a chunk, as a small number: the words of the chunk before it may depend on it."""

    def words_of_chunks(self, chunks: Sequence[str], following: int) -> list[list[str]]:
        """The words of chunks that are all followed by the same kind of chunk."""


@dataclass(frozen=True)
class Segmenter:
    """A function that splits, and its inverse."""

    split: Callable[[str, str], list[str]]  # line, language → words
    join: Callable[[list[str], str], str]  # words, language → line
    chunks: Callable[[str], Chunks] | None = None  # language → how to split chunk by chunk


def _moses() -> Segmenter:
    """Moses rules as mRASP runs them, see model/text/moses.py."""
    rules = cache(Moses)
    return Segmenter(
        lambda line, language: rules(language).words(line),
        lambda words, language: detokenizer(language).detokenize(words, unescape=False),
        rules,
    )


def _marked(kept: str = "", entangled: str = "") -> Segmenter:
    """The same rules for all languages, see model/text/marked_words.py."""
    rules = MarkedWords(kept, entangled)
    return Segmenter(lambda line, _: rules.split(line), lambda words, _: rules.join(words), lambda _: rules)


def _unspaced(cut: Callable[[str], Iterable[str]]) -> Segmenter:
    """A segmenter for a script without spaces, see model/text/unspaced.py. cut: line → words."""
    return Segmenter(lambda line, _: unspaced.split(line, cut), lambda words, _: unspaced.join(words))


class _Spaces:
    """Every chunk is a word."""

    entangled = ""

    def following(self, chunk: str) -> int:
        return 0

    def words_of_chunks(self, chunks: Sequence[str], following: int) -> list[list[str]]:
        return [[chunk] if chunk else [] for chunk in chunks]


SEGMENTERS: dict[str, Segmenter] = {
    "words": _marked(),
    # Software messages: placeholders, markup and addresses stay whole.
    "messages": _marked(f"{MARKUP}|{PLACEHOLDER}", entangled=r"<[^<>]* [^<>]*>|\{[^{}]* [^{}]*\}"),
    "jieba": _unspaced(unspaced.jieba),
    "mecab": _unspaced(unspaced.mecab),
    "characters": _unspaced(unspaced.characters),
    "spaces": Segmenter(lambda line, _: line.split(), lambda words, _: " ".join(words), lambda _: _Spaces()),
    "moses": _moses(),
}
DEFAULT = "words"
FORMER = {"moses_messages": "messages"}  # names that rows had, and the rows for the same text today
# Languages without spaces: Chinese and its varieties, Japanese, Thai, Lao, Khmer, Burmese, Shan, Tibetan, Dzongkha.
DEFAULTS: dict[str, str] = {
    "zh": "jieba",
    "ja": "mecab",
    **dict.fromkeys(("bo", "dz", "gan", "hak", "km", "lo", "lzh", "my", "shn", "th", "wuu", "yue"), "characters"),
}


def check_segmenters(chosen: Mapping[str, str]) -> None:
    """Raise UserError for a name that is no row of SEGMENTERS. chosen: language or `default` → name."""
    for language, name in chosen.items():
        if name in FORMER:
            raise UserError(f"{language}: {name} is replaced by {FORMER[name]}, whose words are different")
        if name not in SEGMENTERS:
            raise UserError(f"{language}: {unknown(name, SEGMENTERS)}")


def segmenter_name(language: str, chosen: Mapping[str, str]) -> str:
    """The segmenter's name for a language: the chosen one, its own in DEFAULTS, the chosen `default`, or words.

    chosen: language or `default` → name of a row of SEGMENTERS. A `default` of `spaces` counts before DEFAULTS: all
    text is then split already, or must not be split (SentencePiece).
    """
    general = chosen.get("default", DEFAULT)
    own = unspaced_segmenter(language) if general != "spaces" else None
    return chosen.get(language) or own or general


def unspaced_segmenter(language: str) -> str | None:
    """The row for a language without spaces between words, by its code; None for others.

    A script in the code counts, as in `ja_Latn` and `jv_Java`.
    """
    code, *script = language.split("_")
    own = None if "Latn" in script else DEFAULTS.get(code)
    return own or ("characters" if not set(script).isdisjoint(unspaced.UNSPACED) else None)


def segmenter(language: str, chosen: Mapping[str, str]) -> Segmenter:
    """The segmenter of a language, see `segmenter_name`."""
    return SEGMENTERS[segmenter_name(language, chosen)]
