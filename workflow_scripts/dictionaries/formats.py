"""Read dictionaries of other projects as (word, translation) rows in the order of the file.

Formats are the word pairs of MUSE, plain tables, the counted word pairs of OPUS (`dic`), and the files of dictd, in
which Debian packages FreeDict. Words are in lower case. Translations keep their case, and may have several words.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from model.command import UserError
from model.text.entities import decoded
from workflow_scripts.dictionaries.noise import without_noise
from workflow_scripts.drops import Drops
from workflow_scripts.formats.encodings import is_utf8
from workflow_scripts.formats.line_files import lines
from workflow_scripts.formats.tables import tsv

Entries = list[tuple[str, str]]
_DIGITS = {sign: i for i, sign in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
_WORD = re.compile(r"[^\W\d_]")
_SCORE = re.compile(r"[-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?")
LEAST_COUNT = 2  # of a word pair of OPUS
LEAST_SHARE = 0.2  # of the count of a word's most frequent pair


def muse(streams: Sequence[BinaryIO], label: str, drops: Drops) -> Entries:
    """Two words in each line, with a tab or spaces between them, and perhaps a score after them."""
    entries = []
    for line in _lines(streams[0], label, drops):
        columns = _columns(line)
        if len(columns) == 3 and _SCORE.fullmatch(columns[2]):
            columns.pop()
        if len(columns) == 2:
            entries.append((columns[0].lower(), columns[1].lower()))
        else:
            drops.add("not_two_columns", line)
    return entries


def _columns(line: str) -> list[str]:
    """The columns between tabs; without tabs, between spaces; without these, between other spaces (U+00A0, U+3000)."""
    for sign in ("\t", " ", None):
        columns = [column for column in map(str.strip, line.split(sign)) if column]
        if len(columns) > 1:
            return columns
    return columns


def table(streams: Sequence[BinaryIO], label: str, drops: Drops) -> Entries:
    """Lines of headword TAB translation, one for each sense, without noise (noise.py)."""
    batches = tsv(streams[0], label, {"first": 0, "second": 1}, "\t", False, drops)
    return without_noise((tuple(row.values()) for batch in batches for row in batch.to_pylist()), drops)


def induced(streams: Sequence[BinaryIO], label: str, drops: Drops) -> Entries:
    """The project's own dictionaries: word TAB translation TAB rank or weight."""
    batches = tsv(streams[0], label, {"first": 0, "second": 1}, "\t", False, drops)
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def dic(streams: Sequence[BinaryIO], label: str, drops: Drops, turned: bool = False) -> Entries:
    """Lines of `count score source target p p`, OPUS's counts of aligned words. The most frequent words come first.

    The table has every pair that was ever aligned. A pair is kept if it was seen at least twice, and at least a fifth
    as often as the most frequent pair of its word. The pairs of a word are sorted by count. turned: target to source.
    """
    counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in _lines(streams[0], label, drops):
        columns = line.split()
        if len(columns) != 6 or not re.fullmatch(r"\d+(\.\d*)?", columns[0], re.ASCII):
            drops.add("not_six_columns", line)
        elif not all(map(_WORD.search, columns[2:4])):
            drops.add("no_word", *columns[2:4])
        else:
            word, translation = reversed(columns[2:4]) if turned else columns[2:4]
            counts[word.lower()][translation] += float(columns[0])
    entries = []
    for word, pairs in sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        least = max(LEAST_COUNT, LEAST_SHARE * max(pairs.values()))
        for translation, count in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
            if count >= least:
                entries.append((word, translation))
            else:
                drops.add("rare", word, translation)
    return entries


def dictd(streams: Sequence[BinaryIO], label: str, drops: Drops) -> Entries:
    """A dictionary of dictd. streams: its index, then its decompressed text."""
    text = streams[1].read()
    places = set()
    for line in _lines(streams[0], label, drops):
        columns = line.split("\t")
        if len(columns) < 3 or not all(columns[1:3]) or set("".join(columns[1:3])) - _DIGITS.keys():
            drops.add("not_three_columns", line)
        elif not columns[0].startswith(("00database", "00-database")):
            places.add((_number(columns[1]), _number(columns[2])))
    if any(start + length > len(text) for start, length in places):
        raise UserError(f"{label}: its index names places behind the end of its text; fetch both again")
    return without_noise(_senses(text, sorted(places), drops), drops)


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = 64 * value + _DIGITS[digit]
    return value


def _senses(text: bytes, places: Iterable[tuple[int, int]], drops: Drops) -> Iterator[tuple[str, str]]:
    """The rows of all entries. The first line of an entry is its headword; see `_translations` for the others."""
    for start, length in places:
        entry = text[start : start + length]
        if not is_utf8(entry):
            drops.add("not_utf8", entry.decode("utf-8", "replace"))
            continue
        head, *rest = decoded(entry.decode("utf-8")).split("\n")  # the semicolon of an entity separates nothing
        # After the headword come its pronunciation between slashes and its grammar between angle brackets.
        headword = re.split(r"\s+(?=/\S|<)", head.strip(), maxsplit=1)[0]
        spellings = re.split(r"\s*,\s+", headword)
        for word in [headword] if any(" " in spelling for spelling in spellings) else spellings:
            for translation in _translations(rest):
                yield word, translation


_SENSE = re.compile(r" {0,2}(?:(?P<number>\d+)\.(?:\s+|$))?(?P<text>[^\s\"].*)?")
_REMARK = re.compile(r"(see|see also|synonyms?|note)\s*:", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>")


def _translations(body: Iterable[str]) -> Iterator[str]:
    """The translations in the lines of an entry: in the first line, and in all that begin with the number of a sense.

    Other lines are explanations, quotations (more indented, or in quotes) or references (`see:`).
    """
    first = True
    for line in body:
        sense = _SENSE.fullmatch(line.rstrip())
        if not line.strip() or not sense or _REMARK.match(line.strip()):
            continue
        if sense["text"] and (first or sense["number"]):
            yield from _split(sense["text"])
        first = False


def _split(text: str) -> list[str]:
    """The parts of a sense between commas and semicolons outside brackets."""
    masked = _BRACKETS.sub(lambda match: "\0" * len(match[0]), text)
    ends = [match.span() for match in re.finditer(r"\s*[,;،]\s+|;", masked)]
    starts = [0, *(end for _, end in ends)]
    return [text[start:end] for start, end in zip(starts, [*(start for start, _ in ends), len(text)], strict=True)]


def _lines(stream: BinaryIO, label: str, drops: Drops) -> Iterator[str]:
    for batch in lines([stream], label, drops):
        for line in batch.column(0).to_pylist():
            yield line.rstrip("\r")


Reader = Callable[[Sequence[BinaryIO], str, Drops], Entries]  # streams, label for messages, drops


@dataclass(frozen=True)
class DictionaryFormat:
    """How a format is read, what a line of it is, and whether its frequent words come first.

    read_turned: reads the other direction, if that is more than swapping the sides of each entry.
    """

    read: Reader
    line: str  # for messages
    by_frequency: bool
    read_turned: Reader | None = None


DICTIONARY_FORMATS: dict[str, DictionaryFormat] = {
    "muse": DictionaryFormat(muse, "word SPACE or TAB translation", True),
    "tsv": DictionaryFormat(table, "headword TAB translation", False),
    "dic": DictionaryFormat(dic, "count score word translation p p", True, partial(dic, turned=True)),
    "dictd": DictionaryFormat(dictd, "headword TAB offset TAB length, in its index", False),
    "induced": DictionaryFormat(induced, "word TAB translation TAB rank", True),
}
# Reasons for which a line is dropped that is not as its format says.
UNREADABLE = (
    "line_too_long", "not_utf8", "nul_character", "missing_column", "not_two_columns", "not_three_columns",
    "not_six_columns",
)  # fmt: skip
