"""Merge all dictionaries of a direction into the one that substitution reads.

`python -m workflow_scripts.dictionaries.dictionary --settings s.json en-da en-da.tsv report.json --text text.parquet`

The translations of a word come from the first source that has it. Later sources only add words. A source that only has
the other direction is reversed. Lines: word TAB translation TAB rank of the word, source by source. Within a source,
words keep its order if that is by frequency; else they are sorted by their frequency in the text. With `order: corpus`
all words are. Entries of several words are left out, because substitution looks up one word at a time; translations may
have several.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from model.command import UserError, parser, run
from model.records import unknown, write_json
from model.text.lexicon import Lexicon
from model.text.lines import normalised, write_lines
from model.text.segmenters import segmenter
from workflow_scripts.dictionaries.formats import DICTIONARY_FORMATS, UNREADABLE, Entries
from workflow_scripts.dictionaries.induce_dictionary import SEGMENTS, read_sample
from workflow_scripts.dictionaries.noise import CHANGES
from workflow_scripts.directions import codes
from workflow_scripts.drops import Drops
from workflow_scripts.fetching.archives import open_member
from workflow_scripts.settings.dictionaries import Merging
from workflow_scripts.settings.record import read_settings
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.text.matching import WORD_OF_LETTERS

INFINITIVE = {"en": "to "}  # what dictionaries write before a verb
MANY = 0.1  # share of lines that cannot be read from which on there is a warning
LONGEST = 100  # characters of a word or translation
AT_ONCE = 50_000  # lines whose words are counted together


@dataclass(frozen=True)
class Table:
    """A dictionary of one source: its files, and whether it has the other direction."""

    source: str  # dataset id
    format: str  # row of DICTIONARY_FORMATS
    path: str
    members: tuple[str, ...] = ()  # inside an archive; none where the file is the dictionary
    reversed: bool = False


@dataclass
class Source:
    """The content of a table: its entries, whether they are sorted by frequency, and what was dropped."""

    name: str
    entries: Entries
    by_frequency: bool = False
    drops: Drops = field(default_factory=Drops)


def tables_of(items: Iterable[Item], direction: str) -> list[Table]:
    """The tables of some datasets in a direction, in order."""
    languages, tables = codes(direction), []
    for item in items:
        source, record = SOURCES[item.dataset.source], item.record
        places = source.places(item, languages)
        members = tuple(place.member for place in places if place.member)
        turned = languages != source.served(item, languages)
        tables.append(Table(item.id, record.format, places[0].path, members, turned))
    return tables


def read_table(table: Table, direction: str, multiword: str = "keep") -> Source:
    """Read one table in a direction. multiword: `keep` or `drop` translations of several words.

    Raises UserError for a file that is not there or of which nothing can be used. An induced dictionary may be empty.
    """
    if table.format not in DICTIONARY_FORMATS:
        raise UserError(f"{table.source}: {unknown(table.format, DICTIONARY_FORMATS, 'format')}")
    if not Path(table.path).exists():
        raise UserError(f"{table.source}: {table.path} is not there; let the workflow fetch it, or mend the path")
    drops, format = Drops(), DICTIONARY_FORMATS[table.format]
    # The index of dictd comes first, in either direction.
    members: list[str | None] = [*sorted(table.members, key=lambda name: not name.endswith(".index"))] or [None]
    read, by_frequency = format.read, format.by_frequency
    if table.reversed:
        read, by_frequency = format.read_turned or format.read, by_frequency and format.read_turned is not None
    with ExitStack() as stack:
        streams = [stack.enter_context(open_member(table.path, member)) for member in members]
        entries = read(streams, table.source, drops)
    if table.reversed and not format.read_turned:
        entries = [(translation, word) for word, translation in entries]
    unreadable = sum(drops.counts[reason] for reason in UNREADABLE)
    if unreadable > MANY * (unreadable + len(entries)):
        print(f"warning: {_what(table)}: {unreadable:,} lines are not {format.line}", file=sys.stderr)
    usable = _usable(entries, direction.split("-"), multiword, drops)
    if not usable and (drops.counts or table.format != "induced"):
        why = ", ".join(f"{reason} {count:,}" for reason, count in drops.counts.most_common()) or "it is empty"
        raise UserError(f"{_what(table)}: no entry can be used ({why}); a line must be {format.line}")
    return Source(table.source, usable, by_frequency, drops)


def _what(table: Table) -> str:
    return f"{table.source}: {table.path} in format {table.format}"


def _usable(entries: Entries, languages: Sequence[str], multiword: str, drops: Drops) -> Entries:
    """The entries whose word is a single one, in lower case and normal form.

    A pair that a source repeats is kept each time, because the authors' code draws it as often. A pair that is equal to
    another only without the particle of its verb is dropped. (noise.py has dropped repetitions in human dictionaries.)
    """
    kept: Entries = []
    as_read: dict[tuple[str, str], tuple[str, str]] = {}
    for entry in entries:
        pair = (normalised(text) for text in entry)
        bare = [text.removeprefix(INFINITIVE.get(code, "")) for text, code in zip(pair, languages, strict=True)]
        word, translation = bare[0].lower(), bare[1]
        if reason := _reason(word, translation, multiword):
            drops.add(reason, *entry)
        elif as_read.get((word, translation), entry) != entry:
            drops.add("duplicate", *entry)
        else:
            if (word, translation) in as_read:
                drops.add("repeated", *entry)
            as_read[word, translation] = entry
            kept.append((word, translation))
    return kept


def _reason(word: str, translation: str, multiword: str) -> str | None:
    """Why an entry is dropped, or None."""
    if not word:
        return "empty_headword"
    if not translation:
        return "empty_translation"
    if max(len(word), len(translation)) > LONGEST:
        return "too_long"
    if " " in word:
        return "several_words"
    return "several_words_in_translation" if multiword == "drop" and " " in translation else None


def merge(
    sources: Iterable[Source], frequency: Counter[str] | None, values: int | None
) -> dict[str, dict[str, list[str]]]:
    """What each source adds: source → word → its translations, at most `values` if given.

    frequency: how often each word occurs in the text. Sources that are not sorted by frequency are sorted by it, and
    alphabetically without it or where it is equal.
    """
    merged: dict[str, dict[str, list[str]]] = {}
    known: set[str] = set()
    uses = frequency or Counter()
    for source in sources:
        words: dict[str, list[str]] = {}
        for word, translation in source.entries:
            if word not in known and (values is None or len(words.setdefault(word, [])) < values):
                words.setdefault(word, []).append(translation)
        known |= words.keys()
        if not source.by_frequency:
            words = {word: words[word] for word in sorted(words, key=lambda w: (-uses[w], w))}
        merged[source.name] = words
    return merged


def report(sources: Iterable[Source], merged: dict[str, dict[str, list[str]]]) -> dict[str, object]:
    """What each source adds, and what was dropped from it, by reason and with examples."""
    by_source = {}
    for source in sources:
        words, counts = merged[source.name], dict(source.drops.counts.most_common())
        by_source[source.name] = {
            "entries_read": len(source.entries),
            "entries": sum(map(len, words.values())),
            "words": len(words),
            "dropped": {reason: count for reason, count in counts.items() if reason not in CHANGES},
            "changed": {reason: count for reason, count in counts.items() if reason in CHANGES},
            "examples": source.drops.examples,
        }
    return {
        "entries": sum(len(translations) for words in merged.values() for translations in words.values()),
        "words": sum(map(len, merged.values())),
        "sources": by_source,
    }


def coverage(words: Iterable[str], frequency: Counter[str], top_words: int) -> dict[str, float]:
    """The share of a text's running words that have an entry, among all entries and among the first `top_words`."""
    running, seen = max(frequency.total(), 1), [frequency[word] for word in words]
    return {"all": round(sum(seen) / running, 4), "top_words": round(sum(seen[:top_words]) / running, 4)}


def count_words(text: Path, language: str, segmenters: dict[str, str]) -> Counter[str]:
    """How often each word occurs in one side of a text, in lower case; of a large text, in an even sample."""
    lexicon = Lexicon(language, segmenter(language, segmenters), lambda words: [[] for _ in words])
    lines, counts = (line.lower() for (line,) in read_sample(text, [language], SEGMENTS)), Counter[str]()
    while some := list(islice(lines, AT_ONCE)):
        times = np.bincount(lexicon.split(some).values, minlength=len(lexicon.words))
        for number in np.flatnonzero(times).tolist():
            counts[lexicon.words[number]] += int(times[number])  # a word may have two numbers
    return Counter({word: count for word, count in counts.items() if WORD_OF_LETTERS.fullmatch(word)})


def main() -> None:
    """Merge the dictionaries of one direction."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("direction", help="for instance en-da")
    arguments.add_argument("dictionary", type=Path)
    arguments.add_argument("report", type=Path)
    arguments.add_argument("--text", type=Path, help="clean text of the pair, which words are counted in")
    options = arguments.parse_args()
    settings, language = read_settings(Merging, options.settings), options.direction.split("-")[0]
    tables = tables_of(settings.items, options.direction)
    sources = [read_table(table, options.direction, settings.multiword) for table in tables]
    frequency = count_words(options.text, language, settings.segmenters) if options.text else None
    merged = merge(sources, frequency, settings.values)
    rows = [(word, values) for words in merged.values() for word, values in words.items()]
    if settings.order == "corpus":
        uses = frequency or Counter()
        rows.sort(key=lambda row: -uses[row[0]])  # words that are as frequent stay in the order of their sources
    ranked = enumerate(rows, 1)
    write_lines(options.dictionary, (f"{word}\t{value}\t{rank}" for rank, (word, values) in ranked for value in values))
    summary = {"direction": options.direction, **report(sources, merged)}
    if frequency is not None:
        summary["coverage"] = coverage((word for word, _ in rows), frequency, settings.top_words)
    write_json(options.report, summary)
    if not rows:
        print(f"warning: {options.direction}: its dictionary has no entry", file=sys.stderr)
    print(f"{options.direction}: {summary['entries']:,} entries for {len(rows):,} words")


if __name__ == "__main__":
    run(main)
