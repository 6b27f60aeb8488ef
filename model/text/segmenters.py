"""Segmenters: split a line into words before subwords, and join words to a line.

A segmenter is a row of SEGMENTERS. DEFAULTS has the segmenters of languages without spaces between words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

import regex

from model.command import UserError
from model.text.moses import ODD_SPACES, Moses, detokenizer

PLACEHOLDER = r"%\([^()\s]+\)[a-z]|%(?:\d+\$)?[-+0-9.]*[a-zA-Z]\b|\$?\{[^{}]*\}|\$[a-zA-Z]\w*"
MARKUP = r"</?[a-zA-Z][^<>]*>|&[a-zA-Z]+;|https?://\S+"


class Chunks(Protocol):
    """Splits a line chunk by chunk. A chunk is the text between two spaces; each distinct one is split once."""

    entangled: str  # regular expression for lines that must be split as a whole

    def following(self, chunk: str) -> int:
        """The kind of a chunk, as a small number: the words of the chunk before it may depend on it."""

    def words_of_chunks(self, chunks: Sequence[str], following: int) -> list[list[str]]:
        """The words of chunks that are all followed by the same kind of chunk."""


@dataclass(frozen=True)
class Segmenter:
    """A function that splits and its inverse, as far as the spacing rules of the language allow."""

    split: Callable[[str, str], list[str]]  # line, language → words
    join: Callable[[list[str], str], str]  # words, language → line
    chunks: Callable[[str], Chunks] | None = None  # language → how to split chunk by chunk


def _moses(protected: Sequence[str] = (), entangled: str = "") -> Segmenter:
    """Moses rules as mRASP runs them, see model/text/moses.py."""

    @cache
    def rules(language: str) -> Moses:
        return Moses(language, protected, entangled)

    return Segmenter(
        lambda line, language: rules(language).words(line),
        lambda words, language: detokenizer(language).detokenize(words, unescape=False),
        rules,
    )


class _Spaces:
    """Every chunk is a word."""

    entangled = ODD_SPACES

    def following(self, chunk: str) -> int:
        return 0

    def words_of_chunks(self, chunks: Sequence[str], following: int) -> list[list[str]]:
        return [[chunk] if chunk else [] for chunk in chunks]


# In scripts without spaces, there is a space between two words only if both are of Latin letters or digits. So no word
# may begin inside a run of Latin letters and digits.
_BEFORE, _AFTER = r"[\p{Latin}\p{Nd}]\p{M}*", r"[\p{Latin}\p{Nd}\p{M}]"
_INSIDE = regex.compile(rf"(?<={_BEFORE})(?={_AFTER})")
_WRITTEN = regex.compile(rf"(?<={_BEFORE}) (?={_AFTER})")
_UNWRITTEN = regex.compile(rf"(?<!{_BEFORE}) | (?!{_AFTER})")
_CLUSTER = regex.compile(rf"(?:{_BEFORE})+|\X")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")  # not accepted by libraries that need UTF-8 or NUL-terminated strings


def _unspaced(cut: Callable[[str], Iterable[str]]) -> Segmenter:
    """A segmenter for a script without spaces. cut: line → words; it may keep or drop existing spaces."""

    def split(line: str, _: str) -> list[str]:
        line = _UNREADABLE.sub("\ufffd", line)
        return _whole_runs([word for found in cut(line) for word in found.split()], line)

    return Segmenter(split, lambda words, _: _UNWRITTEN.sub("", " ".join(words)))


def _whole_runs(words: list[str], line: str) -> list[str]:
    """The words of a line, after joining words that are parts of one run of Latin letters and digits."""
    if not _WRITTEN.search(" ".join(words)):
        return words
    spans: list[tuple[int, int]] = []
    end = 0
    for word in words:
        start = line.index(word, end)
        end = start + len(word)
        spans.append((spans.pop()[0] if _INSIDE.match(line, start) else start, end))
    return [line[start:end] for start, end in spans]


@cache
def _package(module: str, packages: str):  # noqa: ANN202
    try:
        return import_module(module)
    except ImportError:
        raise UserError(f"{module}: not installed; the words of this text need it: pip install {packages}") from None


_JIEBA_BLOCK = re.compile(r"[a-zA-Z0-9+#&._%-]{2,}")
_JIEBA_RUN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")


def _jieba(line: str) -> Iterator[str]:
    """The words of jieba: by a dictionary, and a hidden Markov model for unknown words."""
    rjieba = _package("rjieba", "rjieba")
    for word in rjieba.cut(line):
        # jieba splits MS-DOS and 1.2.3 at their signs, rjieba does not.
        if not word.isalnum() and _JIEBA_BLOCK.fullmatch(word) and not rjieba.has_word(word):
            yield from filter(None, _JIEBA_RUN.split(word))
        else:
            yield word


@cache
def _tagger():  # noqa: ANN202
    packages = "mecab-python3 ipadic"
    return _package("MeCab", packages).Tagger(f"{_package('ipadic', packages).MECAB_ARGS} -Owakati")


def _mecab(line: str) -> list[str]:
    """The words of MeCab with the IPA dictionary, as in sacreBLEU's ja-mecab."""
    return _tagger().parse(line).split()


SEGMENTERS: dict[str, Segmenter] = {
    "moses": _moses(),
    # Software messages: placeholders and markup are not split, so that joining the words restores them.
    "moses_messages": _moses([MARKUP, PLACEHOLDER], entangled=r"<[^<>]* [^<>]*>|\{[^{}]* [^{}]*\}"),
    "jieba": _unspaced(_jieba),
    "mecab": _unspaced(_mecab),
    # Each character with its marks (a grapheme cluster) is a word, and each run of Latin letters and digits.
    "characters": _unspaced(_CLUSTER.findall),
    "spaces": Segmenter(lambda line, _: line.split(), lambda words, _: " ".join(words), lambda _: _Spaces()),
}
# Scripts without spaces: Chinese and its varieties, Japanese, Thai, Lao, Khmer, Burmese, Shan, Tibetan, Dzongkha.
DEFAULTS: dict[str, str] = {
    "zh": "jieba",
    "ja": "mecab",
    **dict.fromkeys(("bo", "dz", "gan", "hak", "km", "lo", "lzh", "my", "shn", "th", "wuu", "yue"), "characters"),
}


def segmenter_name(language: str, chosen: dict[str, str]) -> str:
    """The segmenter's name for a language: the chosen one, its own in DEFAULTS, the chosen `default`, or moses.

    chosen: language or `default` → name of a row of SEGMENTERS. A `default` of `spaces` counts before DEFAULTS: all
    text is then split already, or must not be split (SentencePiece).
    """
    general = chosen.get("default", "moses")
    unspaced = general != "spaces" and not language.endswith("_Latn")
    own = DEFAULTS.get(language.split("_")[0]) if unspaced else None
    return chosen.get(language) or own or general


def segmenter(language: str, chosen: dict[str, str]) -> Segmenter:
    """The segmenter of a language, see `segmenter_name`."""
    return SEGMENTERS[segmenter_name(language, chosen)]
