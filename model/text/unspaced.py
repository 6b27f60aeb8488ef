"""Words of scripts without spaces between words. Joining them gives exactly the text that was split.

Neighbours are joined. A space is written between two words of Latin letters or digits; every other space of a text is a
word of its own, `▁`, as in sentencepiece and OpenNMT's tokeniser.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import groupby

import regex

from model.command import UserError
from model.text.hidden import Hidden

# Scripts that put no spaces between words (Unicode Standard Annex 14: the classes SA, ID and AK, and Tibetan).
UNSPACED: tuple[str, ...] = (
    "Hani", "Hira", "Kana", "Bopo", "Yiii", "Tang", "Nshu", "Vaii",
    "Thai", "Laoo", "Khmr", "Mymr", "Tibt", "Lana", "Tale", "Talu", "Tavt", "Ahom",
    "Java", "Bali", "Bugi", "Batk", "Cham", "Kawi", "Maka", "Rjng",
)  # fmt: skip
SPACE = "▁"  # U+2581
# No word may begin inside a run of Latin letters and digits.
_BEFORE, _AFTER = r"[\p{Latin}\p{Nd}]\p{M}*", r"[\p{Latin}\p{Nd}\p{M}]"
_INSIDE = regex.compile(rf"(?<={_BEFORE})(?={_AFTER})")
_WRITTEN = regex.compile(rf"(?<={_BEFORE}) (?={_AFTER})")
_UNWRITTEN = regex.compile(rf"(?<!{_BEFORE}) | (?!{_AFTER})")
_CLUSTER = regex.compile(rf"(?:{_BEFORE})+|\X")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")  # not accepted by libraries that need UTF-8 or NUL-terminated strings
_HIDDEN = Hidden(SPACE, "\ufdd1")


def split(line: str, cut: Callable[[str], Iterable[str]]) -> list[str]:
    """The words of a line. cut: line → words; it may keep or drop spaces."""
    line = _HIDDEN.hide(_UNREADABLE.sub("\ufffd", " ".join(line.split())))
    words = [word for found in cut(line) for word in found.split()]
    return _with_spaces(words, line) if " " in line or _WRITTEN.search(" ".join(words)) else words


def _with_spaces(words: list[str], line: str) -> list[str]:
    """The words of a line with its spaces. Words that are parts of one run of Latin letters and digits are joined."""
    found: list[str] = []
    end = 0
    for word in words:
        start = line.index(word, end)
        if start > end and not _WRITTEN.match(line, end):
            found.append(SPACE)
        if start == end and _INSIDE.match(line, start):
            found[-1] += word
        else:
            found.append(word)
        end = start + len(word)
    return found


def join(words: Sequence[str]) -> str:
    """The line of words."""
    parts = (list(some) for is_space, some in groupby(words, SPACE.__eq__) if not is_space)
    return _HIDDEN.show(" ".join(_UNWRITTEN.sub("", " ".join(part)) for part in parts))


def characters(line: str) -> list[str]:
    """Each character with its marks (a grapheme cluster), and each run of Latin letters and digits."""
    return _CLUSTER.findall(line)


@cache
def _package(module: str, packages: str):  # noqa: ANN202
    try:
        return import_module(module)
    except ImportError:
        raise UserError(f"{module}: not installed; the words of this text need it: pip install {packages}") from None


_JIEBA_BLOCK = re.compile(r"[a-zA-Z0-9+#&._%-]{2,}")
_JIEBA_RUN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")


def jieba(line: str) -> Iterator[str]:
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


def mecab(line: str) -> list[str]:
    """The words of MeCab with the IPA dictionary, as in sacreBLEU's ja-mecab."""
    return _tagger().parse(line).split()
