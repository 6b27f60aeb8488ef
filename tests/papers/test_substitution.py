"""Random aligned substitution (mRASP: Lin et al. 2020, section 2.3) of a made-up corpus, read again from its shards."""

import itertools
import math
import random
import re
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean, pvariance
from string import ascii_letters, digits

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.text.vocabulary import Vocabulary
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.shards import encode
from workflow_scripts.substitution import substitute

PROBABILITY, SEGMENTS, TIMES, USED = 0.3, 300, 30, 6
# The first USED words of each file count. Each translation stands in one file only, and none is a word of the text.
DICTIONARIES = {
    "de": "cat Katze, cat Kater, cat Mieze, dog Hund, house Haus, river Fluss, old alt, red rot, tree Baum, sun Sonne",
    "fr": "red rouge, dog chien, dog clebs, big grand, stone pierre, unused rien, cat chat, sun soleil, tree arbre",
    "gl": "house casa, house fogar bo, cat gato, fish peixe, fish pescado, boat barca, ice xeo, key chave, dog can",
}
WORDS = re.findall(r"\w+", "cat Cat CAT dog Dog house HOUSE river old red big Stone tree sun walks and the a of")
STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"pretrain": ["en-de", "en-fr", "en-gl"]},
    "runs": {"r": {"train_on": "pretrain", "shards": ["original", "substituted"]}},
}
# This project's choices; what the authors' code does; several copies of a segment.
SETTINGS = [{}, {"match": "exact", "exclude_target": False}, {"copies": 2, "exclude_target": False}]


def corpus():
    """SEGMENTS sources, each of them TIMES times, with a target of its own each time."""
    draw = random.Random(7)
    marks = [" ", " ", " ", ", ", " - "]
    sources = [
        "".join(draw.choice(WORDS) + draw.choice(marks) for _ in range(draw.randint(1, 9))) for _ in range(SEGMENTS)
    ]
    rows = [
        (f"{source.rstrip(' ,-')}!", f"Satz {n} {time}") for n, source in enumerate(sources) for time in range(TIMES)
    ]
    return draw.sample(rows, len(rows))


def read_words(line):
    return re.findall(r"\w+|[^\w\s]", line)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The text, the dictionaries, and subwords that are letters."""
    made = tmp_path_factory.mktemp("corpus")
    (made / "codes").write_text("#version: 0.2\n")
    (made / "tokenizer.json").write_text('{"segmenters": {"default": "moses"}}')
    letters = {piece: 1 for letter in f"{ascii_letters}{digits},!-@" for piece in (letter, f"{letter}@@")}
    Vocabulary.build(letters, ["de", "en", "fr", "gl"], 1, 1000).write(made / "vocabulary.tsv")
    for language, table in DICTIONARIES.items():
        rows = (entry.split(" ", 1) for entry in table.split(", "))
        (made / f"en-{language}.tsv").write_text("".join(f"{word}\t{value}\n" for word, value in rows))
    sources, targets = zip(*corpus(), strict=True)
    pq.write_table(pa.table({"en": sources, "de": targets, "corpus": [""] * len(sources)}), made / "text.parquet")
    return made


def run(command, folder, **settings):
    """The rows of the shards that a command makes: (words of the source, target)."""
    name = command.__name__.split(".")[-1]
    names = ["en-de"] if command is substitute else []
    told = settings_file(STUDY | {"substitution": {"top_words": USED, **settings}}, name, *names, folder=folder)
    given = ["--settings", told, "--subwords", folder, "--vocabulary", folder / "vocabulary.tsv"]
    given += ["--dictionaries", folder] if command is substitute else []
    output = folder / "-".join([name, *settings])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [name, *map(str, given), "en-de", str(folder / "text.parquet"), str(output)])
        command.main()
    pieces = [row.split("\t")[0] for row in (folder / "vocabulary.tsv").read_text().splitlines()]
    table = pq.read_table(output).to_pydict()
    assert {*table["source_lang"]} == {"en"} and {*table["target_lang"]} == {"de"}
    lines = ["".join(f"{pieces[i]} " for i in row).replace("@@ ", "") for row in table["source"] + table["target"]]
    half = len(lines) // 2
    return [(source.split(), target.strip()) for source, target in zip(lines[:half], lines[half:], strict=True)]


class Reading:
    """The paper's rules for some settings, with the copies that were made, explained word by word."""

    def __init__(self, folder, settings):
        self.exact = settings.get("match") == "exact"
        lending = [language for language in DICTIONARIES if language != "de" or "exclude_target" in settings]
        self.tables = {language: self.table(DICTIONARIES[language]) for language in lending}
        self.number = settings.get("copies", 1)
        self.share = self.number / len(lending)  # of the segments that a language is drawn for
        self.rows = {target: read_words(source) for source, target in corpus()}
        self.copies = run(substitute, folder, **settings)
        # (language, its changes) of each copy: {position of a word: what took its place}
        self.explained = [self.explain(self.rows[target], copy) for copy, target in self.copies]

    def table(self, dictionary):
        found = defaultdict(list)
        for entry in dictionary.split(", "):
            word, value = entry.split(" ", 1)
            if word in found or len(found) < USED:
                found[word].append(value)
        return found

    def values(self, language, word):
        """What may take the place of a word, with its capitals where it is looked up without them."""
        if self.exact:
            return self.tables[language].get(word, [])
        found = self.tables[language].get(word.lower(), [])
        if word.isupper() and len(word) > 1:
            return [value.upper() for value in found]
        return [value[0].upper() + value[1:] if word[0].isupper() else value for value in found]

    def explain(self, source, copy):
        """The only way in which a copy can be one of a source."""
        ways = [
            (language, dict(changes))
            for language in self.tables
            for changes in self.ways(language, source, copy)
            if changes
        ]
        assert len(ways) == 1, (source, copy)
        return ways[0]

    def ways(self, language, source, copy, at=0):
        """All lists of (position, replacement) that make a copy of the words of a source from `at` on."""
        if at == len(source):
            return [] if copy else [[]]
        found = self.ways(language, source, copy[1:], at + 1) if copy[:1] == [source[at]] else []
        for value in self.values(language, source[at]):
            if copy[: len(value.split())] == value.split():
                rest = self.ways(language, source, copy[len(value.split()) :], at + 1)
                found = found + [[(at, value), *others] for others in rest]
        return found

    def attempts(self, language, words):
        """How many words of a source may be replaced."""
        return sum(bool(self.values(language, word)) for word in words)


@pytest.fixture(scope="module", params=SETTINGS, ids=["project", "authors", "copies"])
def reading(request, folder):
    return Reading(folder, request.param)


def within(count, expected, variance, errors=4):
    return abs(count - expected) <= errors * math.sqrt(variance)


def binomial(count, of, rate):
    return within(count, of * rate, of * rate * (1 - rate))


def test_a_source_has_copies_of_words_of_one_language_each_and_its_own_target(reading):
    """`explain` has found that each copy differs, and that each difference is in the dictionary of one language."""
    targets = Counter(target for _, target in reading.copies)
    assert max(targets.values()) == reading.number and len(targets) > 1000 and targets.keys() < reading.rows.keys()
    made = [(target, language) for (_, target), (language, _) in zip(reading.copies, reading.explained, strict=True)]
    assert len(made) == len(set(made)), "copies of a segment are in different languages"
    assert {language for _, language in made} == reading.tables.keys()


def test_copies_are_as_many_as_their_words_and_languages_drawn_uniformly_make_them(reading):
    """With k words that a language has, a copy is left with 1 - (1 - p)^k."""
    made, everything = Counter(language for language, _ in reading.explained), Counter()
    for language in reading.tables:
        left = [
            (1 - (1 - PROBABILITY) ** reading.attempts(language, words)) * reading.share
            for words in reading.rows.values()
        ]
        expected, variance = sum(left), sum(share * (1 - share) for share in left)
        assert within(made[language], expected, variance), language
        everything.update(expected=expected, made=made[language])
    # A row has from none to `number` copies, so its variance is at most the square of half of that.
    variance = len(reading.rows) * (reading.number / 2) ** 2
    assert within(everything["made"], everything["expected"], variance, errors=3)


def test_each_word_that_has_an_entry_is_replaced_with_the_same_probability(reading):
    attempts, replaced = Counter(), Counter()
    for language, words in itertools.product(reading.tables, reading.rows.values()):
        attempts.update((language, word) for word in words if reading.values(language, word))
    for (_, target), (language, changes) in zip(reading.copies, reading.explained, strict=True):
        replaced.update((language, reading.rows[target][at]) for at in changes)
    assert replaced.keys() == attempts.keys() and len(attempts) > 10
    for key, count in attempts.items():
        assert binomial(replaced[key], count, PROBABILITY * reading.share), key
    # Of all words together. The words of a copy share its language, and languages are drawn without replacement.
    expected, variance, tables = 0.0, 0.0, len(reading.tables)
    for words in reading.rows.values():
        counts = [reading.attempts(language, words) for language in reading.tables]
        drawn = pvariance(counts) * (tables - reading.number) / (tables - 1)
        expected += reading.number * PROBABILITY * mean(counts)
        variance += reading.number * (PROBABILITY * (1 - PROBABILITY) * mean(counts) + PROBABILITY**2 * drawn)
    assert within(replaced.total(), expected, variance, errors=3)


def test_words_of_a_segment_are_replaced_independently(reading):
    """So many of k words as the binomial distribution says."""
    found = Counter((language, len(changes)) for language, changes in reading.explained)
    for language in reading.tables:
        sizes = Counter(reading.attempts(language, words) for words in reading.rows.values())
        for count in range(1, max(sizes) + 1):
            rates = {
                k: math.comb(k, count) * PROBABILITY**count * (1 - PROBABILITY) ** (k - count) * reading.share
                for k in sizes
                if k >= count
            }
            expected = sum(sizes[k] * rate for k, rate in rates.items())
            assert within(found[language, count], expected, max(1, expected)), (language, count)


def test_all_translations_of_a_word_are_drawn_equally_often(reading):
    drawn = defaultdict(Counter)
    for (_, target), (language, changes) in zip(reading.copies, reading.explained, strict=True):
        for at, value in changes.items():
            drawn[language, reading.rows[target][at]][value] += 1
    several, first = [key for key in drawn if len(reading.values(*key)) > 1], Counter()
    assert len(several) > 2
    for language, word in several:
        counts, values = drawn[language, word], reading.values(language, word)
        assert counts.keys() == set(values)
        assert all(binomial(counts[value], counts.total(), 1 / len(values)) for value in values), (language, word)
        first.update(drawn=counts[values[0]], expected=counts.total() / len(values), all=counts.total())
    assert within(first["drawn"], first["expected"], first["all"] / 4, errors=3)


def test_a_run_learns_from_the_originals_too_and_only_english_sources_are_substituted(folder):
    (task,) = plan_of(STUDY).runs.config("r").tasks
    directions = defaultdict(set)
    for path in map(Path, task.shards):
        directions[path.parent.name].add(path.name)
    both = {"en-de", "en-fr", "en-gl"}
    assert directions == {"original": both | {"de-en", "fr-en", "gl-en"}, "substituted": both}
    originals = [(read_words(source), target) for source, target in corpus()]
    assert sorted(run(encode, folder)) == sorted(originals)
