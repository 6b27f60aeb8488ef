"""How the words of a line are told apart before subwords, and how a line is put together again.

A segmenter is a row of SEGMENTERS; DEFAULTS names those of languages that spaces do not serve.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

PLACEHOLDER = r"%\([^()\s]+\)[a-z]|%(?:\d+\$)?[-+0-9.]*[a-zA-Z]\b|\$?\{[^{}]*\}|\$[a-zA-Z]\w*"
MARKUP = r"</?[a-zA-Z][^<>]*>|&[a-zA-Z]+;|https?://\S+"


@dataclass(frozen=True)
class Segmenter:
    """Two functions that are each other's inverse, as far as the spacing rules of a language allow."""

    split: Callable[[str, str], list[str]]  # line, language → words
    join: Callable[[list[str], str], str]  # words, language → line


@cache
def _moses_tokenizer(language: str):  # noqa: ANN202  sacremoses has no types
    from sacremoses import MosesTokenizer

    return MosesTokenizer(lang=language)


@cache
def _moses_detokenizer(language: str):  # noqa: ANN202
    from sacremoses import MosesDetokenizer

    return MosesDetokenizer(lang=language)


def _moses(protected: list[str] | None) -> Segmenter:
    """Moses rules as mRASP runs them: aggressive hyphens (`@-@`), nothing escaped."""

    def split(line: str, language: str) -> list[str]:
        tokens = _moses_tokenizer(language).tokenize(
            line, aggressive_dash_splits=True, escape=False, protected_patterns=protected
        )
        # A protected tag may hold a space ("<a href=…>"), which would not survive as one word of a line.
        return [word for token in tokens for word in token.split()]

    def join(words: list[str], language: str) -> str:
        return _moses_detokenizer(language).detokenize(words, unescape=False)

    return Segmenter(split, join)


_LATIN_RUN = re.compile(r"[0-9A-Za-z]+|\S")

SEGMENTERS: dict[str, Segmenter] = {
    "moses": _moses(None),
    # Software messages: placeholders and markup stay whole, so that putting a line together again restores them.
    "moses_messages": _moses([MARKUP, PLACEHOLDER]),
    # One word a character, runs of Latin letters and digits whole: for scripts that write no spaces.
    "characters": Segmenter(lambda line, _: _LATIN_RUN.findall(line), lambda words, _: "".join(words)),
    "spaces": Segmenter(lambda line, _: line.split(), lambda words, _: " ".join(words)),
}

DEFAULTS: dict[str, str] = dict.fromkeys(("zh", "ja", "th", "lo", "km", "my"), "characters")


def segmenter_name(language: str, chosen: dict[str, str]) -> str:
    """The row of a language: the one chosen for it, or its default, or the one chosen as `default`, or Moses.

    chosen: language, or `default`, → name of a row of SEGMENTERS.
    """
    default = DEFAULTS.get(language.split("_")[0])
    return chosen.get(language) or default or chosen.get("default", "moses")


def segmenter(language: str, chosen: dict[str, str]) -> Segmenter:
    """The segmenter of a language, see `segmenter_name`."""
    return SEGMENTERS[segmenter_name(language, chosen)]
