"""Merge the dictionaries of a direction into one that substitution reads.

`python -m workflow_scripts.dictionary --study study.json en-da en-da.tsv report.json --text text.parquet`

A word's translations come from the first source that has it; sources after it only add words. One that has the other
direction alone is turned round. Lines: word TAB translation TAB rank of the word, source by source: as the source has
them where it goes by frequency, else by how often the text uses the word. Words of several words are left out, since
substitution looks up one word at a time; translations may be of several.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from model.command import UserError, parser, run
from model.config import unknown, write_json
from model.lines import write_lines
from model.segmenters import segmenter
from workflow_scripts.dictionaries.formats import DICTIONARY_FORMATS, Entries
from workflow_scripts.dictionaries.noise import CHANGES
from workflow_scripts.drops import Drops
from workflow_scripts.fetching.archives import open_member
from workflow_scripts.induce_dictionary import SEGMENTS, read_sample
from workflow_scripts.sources import SOURCES
from workflow_scripts.study import Study, read_study
from workflow_scripts.supplies import codes, dictionary_items
from workflow_scripts.text import WORD_OF_LETTERS

INFINITIVE = {"en": "to "}  # what dictionaries write before a verb and text mostly does not


@dataclass(frozen=True)
class Table:
    """A dictionary of one source: where it lies, and whether it is of the other direction."""

    source: str  # dataset id
    format: str  # row of DICTIONARY_FORMATS
    path: str
    members: tuple[str, ...] = ()  # inside an archive; none where the file is the dictionary
    reversed: bool = False


@dataclass
class Source:
    """What a table holds: its entries, whether its words go by frequency, and what was left out of it."""

    name: str
    entries: Entries
    by_frequency: bool = False
    drops: Drops = field(default_factory=Drops)


def tables_of(study: Study, direction: str) -> list[Table]:
    """The tables of a direction, in the study's order of precedence."""
    languages, tables = codes(direction), []
    for item in dictionary_items(study, direction):
        source, record = SOURCES[item.dataset.source], item.record
        places = source.places(item, languages)
        members = tuple(place.member for place in places if place.member)
        turned = languages != source.served(item, languages)
        tables.append(Table(item.id, record.format, places[0].path, members, turned))
    return tables


def read_table(table: Table, direction: str) -> Source:
    """Read one table in the direction asked for. Raises UserError for a file that is not there or cannot be read."""
    if table.format not in DICTIONARY_FORMATS:
        raise UserError(f"{table.source}: format {unknown(table.format, DICTIONARY_FORMATS)}")
    if not Path(table.path).exists():
        raise UserError(f"{table.source}: {table.path} is not there; let the workflow fetch it, or mend the path")
    drops, format = Drops(), DICTIONARY_FORMATS[table.format]
    # The index of dictd comes first, whatever the direction.
    members: list[str | None] = [*sorted(table.members, key=lambda name: not name.endswith(".index"))] or [None]
    read, by_frequency = format.read, format.by_frequency
    if table.reversed:
        read, by_frequency = format.read_turned or format.read, by_frequency and format.read_turned is not None
    with ExitStack() as stack:
        streams = [stack.enter_context(open_member(table.path, member)) for member in members]
        entries = read(streams, table.source, drops)
    if table.reversed and not format.read_turned:
        entries = [(translation, word) for word, translation in entries]
    return Source(table.source, _usable(entries, direction.split("-"), drops), by_frequency, drops)


def _usable(entries: Entries, languages: Sequence[str], drops: Drops) -> Entries:
    """The entries of single words, these in lower case, each once."""
    kept: dict[tuple[str, str], None] = {}
    for entry in entries:
        pair = (text.removeprefix(INFINITIVE.get(code, "")) for text, code in zip(entry, languages, strict=True))
        word, translation = next(pair).lower(), next(pair)
        if " " in word:
            drops.add("several_words", word, translation)
        elif (word, translation) in kept:
            drops.add("duplicate", word, translation)
        else:
            kept[word, translation] = None
    return list(kept)


def merge(
    sources: Iterable[Source], frequency: Counter[str] | None, candidates: int
) -> dict[str, dict[str, list[str]]]:
    """What each source adds: source → word → its first `candidates` translations, words in their final order.

    frequency: how often the text uses a word; without it, words of sources that do not go by frequency are in
    alphabetical order, as words are that are as frequent.
    """
    merged: dict[str, dict[str, list[str]]] = {}
    known: set[str] = set()
    uses = frequency or Counter()
    for source in sources:
        words: dict[str, list[str]] = {}
        for word, translation in source.entries:
            if word not in known and len(words.setdefault(word, [])) < candidates:
                words[word].append(translation)
        known |= words.keys()
        if not source.by_frequency:
            words = {word: words[word] for word in sorted(words, key=lambda w: (-uses[w], w))}
        merged[source.name] = words
    return merged


def report(sources: Iterable[Source], merged: dict[str, dict[str, list[str]]]) -> dict[str, object]:
    """By source: what it adds, and what was left out of it, by reason and with examples."""
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
    """How often each word stands in a language's side of a text, in lower case; of a large text, in an even sample."""
    split = segmenter(language, segmenters).split
    lines = (line for (line,) in read_sample(text, [language], SEGMENTS))
    return Counter(w for line in lines for w in split(line.lower(), language) if WORD_OF_LETTERS.fullmatch(w))


def main() -> None:
    """Merge the dictionaries of one direction."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("direction", help="for instance en-da")
    arguments.add_argument("dictionary", type=Path)
    arguments.add_argument("report", type=Path)
    arguments.add_argument("--text", type=Path, help="clean text of the pair, which words are counted in")
    options = arguments.parse_args()
    study, language = read_study(options.study), options.direction.split("-")[0]
    sources = [read_table(table, options.direction) for table in tables_of(study, options.direction)]
    frequency = count_words(options.text, language, study.segmenters) if options.text else None
    merged = merge(sources, frequency, study.dictionaries.candidates)
    rows = [(word, values) for words in merged.values() for word, values in words.items()]
    ranked = enumerate(rows, 1)
    write_lines(options.dictionary, (f"{word}\t{value}\t{rank}" for rank, (word, values) in ranked for value in values))
    summary = {"direction": options.direction, **report(sources, merged)}
    if frequency is not None:
        summary["coverage"] = coverage((word for word, _ in rows), frequency, study.substitution.top_words)
    write_json(options.report, summary)
    print(f"{options.direction}: {summary['entries']:,} entries for {len(rows):,} words")


if __name__ == "__main__":
    run(main)
