import random
from collections import Counter

import numpy as np
import pytest

from model.text import lexicon
from tests.workflow_scripts.substitution.plain import Plain, copies, dictionaries, substituter
from workflow_scripts.draws import stream, uniform
from workflow_scripts.study.preparation import Substitution
from workflow_scripts.substitution import candidates
from workflow_scripts.substitution import copies as module
from workflow_scripts.substitution.word_graph import WordGraph

ALL = {"probability": 1.0}

# Section 2.3 by hand, and the numbers that follow: 12 words of which de covers 5, fr 4 and zh none.

WORDS = [f"w{i}" for i in range(12)]
COVERED = dictionaries(de=dict.fromkeys(WORDS[:5], "D"), fr=dict.fromkeys(WORDS[:4], "F"), zh={})
MANY = 40_000


def of_many(languages, **settings):
    tables = {language: COVERED[language] for language in languages}
    return copies([" ".join(WORDS)] * MANY, tables, **settings)


def mean_and_error(values):
    return np.mean(values), np.std(values) / len(values) ** 0.5


@pytest.mark.parametrize(
    ("probability", "languages", "expected"),
    [
        (0.3, ["de"], 0.831930),
        (0.3, ["fr"], 0.759900),
        (0.3, ["de", "fr", "zh"], 0.530610),
        (0.15, ["de", "fr", "zh"], 0.344763),
    ],
)
def test_how_many_sources_get_a_copy(probability, languages, expected):
    made = len(of_many(languages, probability=probability))
    assert abs(made / MANY - expected) < 3 * (expected * (1 - expected) / MANY) ** 0.5


def test_a_language_without_any_of_the_words_gives_no_copy():
    assert of_many(["zh"]) == []
    assert copies(["a b"], {}) == []


def test_how_many_words_are_substituted():
    counts = np.zeros(MANY)
    for row, line in of_many(["de", "fr", "zh"], probability=0.3):
        counts[row] = sum(word in "DF" for word in line.split())
    rate, error = mean_and_error(counts / 12)
    assert abs(rate - 0.075) < 3 * error


def test_how_many_words_of_a_copy_are_substituted():
    counts = [line.split().count("D") for _, line in of_many(["de"], probability=0.3)]
    mean, error = mean_and_error(counts)
    assert abs(mean - 1.803036) < 3 * error


def test_translations_are_drawn_as_often_as_they_are_listed():
    made = Counter(line for _, line in copies(["w"] * MANY, dictionaries(de={"w": "x, x, y"}), **ALL))
    assert made.keys() == {"x", "y"}
    assert abs(made["x"] / MANY - 2 / 3) < 3 * (2 / 9 / MANY) ** 0.5


def test_languages_of_copies_are_drawn_uniformly_and_never_twice_for_a_row():
    tables = dictionaries(a={"w": "A"}, b={"w": "B"}, c={"w": "C"}, d={"w": "D"})
    made = copies(["w"] * MANY, tables, copies=3, **ALL)
    of_row = ["".join(line for _, line in made[n : n + 3]) for n in range(0, len(made), 3)]
    assert len(made) == 3 * MANY and all(len(set(row)) == 3 for row in of_row)
    counts = Counter(of_row)
    assert counts.keys() == {"ABC", "ABD", "ACD", "BCD"}
    assert all(abs(n / MANY - 1 / 4) < 3.5 * (3 / 16 / MANY) ** 0.5 for n in counts.values())
    assert len(copies(["w"] * 10, tables, copies=7, **ALL)) == 40


# Options


TWO = dictionaries(de={"cat": "Katze", "dog": "Hund"}, fr={"cat": "chat"})


def test_a_copy_is_in_one_language():
    lines = Counter(line for _, line in copies(["cat dog"] * 500, TWO, **ALL))
    assert lines.keys() == {"Katze Hund", "chat dog"}
    assert abs(lines["chat dog"] - 250) < 40


def test_or_each_word_is_in_a_language_of_those_that_have_it():
    lines = Counter(line for _, line in copies(["cat dog"] * MANY, TWO, per="word", **ALL))
    assert lines.keys() == {"Katze Hund", "chat Hund"}
    tables = dictionaries(de={"cat": "Katze, Kater, Mieze"}, fr={"cat": "chat"})
    words = Counter(line for _, line in copies(["cat"] * MANY, tables, per="word", **ALL))
    expected = {"Katze": 1 / 6, "Kater": 1 / 6, "Mieze": 1 / 6, "chat": 1 / 2}
    assert all(abs(words[w] / MANY - p) < 3 * (p * (1 - p) / MANY) ** 0.5 for w, p in expected.items())


def test_only_allowed_languages_are_drawn():
    assert {line for _, line in copies(["cat"] * 50, TWO, languages=["fr"], **ALL)} == {"chat"}
    assert {line for _, line in copies(["cat"] * 50, TWO, languages=["fr"], per="word", **ALL)} == {"chat"}


@pytest.mark.parametrize(
    ("word", "translation", "copy"),
    [
        ("cat", "Katze", "Katze"),
        ("cat", "katze", "katze"),
        ("Cat", "katze", "Katze"),
        ("CAT", "katze", "KATZE"),
        ("A", "ein", "Ein"),
        ("catWalk", "laufsteg", "laufsteg"),
        ("Cat", "die katze", "Die katze"),
    ],
)
def test_words_are_looked_up_in_lower_case_and_give_their_capitals_to_the_translation(word, translation, copy):
    tables = dictionaries(de={word.lower(): translation})
    assert copies([word], tables, **ALL) == [(0, copy)]


def test_or_exactly_as_they_are():
    tables = dictionaries(de={"cat": "katze"})
    made = copies(["Cat cat CAT", "Cat"], tables, match="exact", **ALL)
    assert made == [(0, "Cat katze CAT")]


@pytest.mark.parametrize(("identical", "rows"), [(False, [1]), (True, [0, 1])])
def test_a_word_replaced_by_its_own_spelling_makes_a_copy_only_on_request(identical, rows):
    tables = dictionaries(de={"plone": "plone", "cat": "Katze"})
    made = copies(["Plone", "Plone cat"], tables, identical=identical, **ALL)
    assert [row for row, _ in made] == rows and made[-1][1] == "Plone Katze"


def test_a_translation_of_several_words_takes_the_place_of_one():
    assert copies(["open file now"], dictionaries(gl={"file": "ficheiro de texto"}), **ALL) == [
        (0, "open ficheiro de texto now")
    ]


def test_a_graph_replaces_words_by_weight():
    # one step from cat: Katze, chat; two steps: feline (by way of chat).
    tables = dictionaries(de={"cat": "Katze"}, fr={"cat": "chat", "feline": "chat"})
    settings = {"graph": {"max_depth": 2}, **ALL}
    graph = WordGraph(tables, "en", "en", Substitution(**settings).graph, lower=True)
    made = Counter(line for _, line in copies(["cat"] * MANY, tables, translations=graph, **settings))
    assert made.keys() == {"Katze", "chat"}  # English is not allowed
    made = Counter(
        line for _, line in copies(["cat"] * MANY, tables, translations=graph, languages=["de", "en", "fr"], **settings)
    )
    expected = {"Katze": 2 / 5, "chat": 2 / 5, "feline": 1 / 5}
    assert all(abs(made[w] / MANY - p) < 3 * (p * (1 - p) / MANY) ** 0.5 for w, p in expected.items())


def test_originals_are_the_rows_of_the_copies():
    tokenizer = Plain()
    made = substituter(TWO, tokenizer=tokenizer, copies=2, **ALL).copies(0, ["no", "Cat dog", "dog"])
    assert made.rows.tolist() == [1, 2, 1] or sorted(made.rows.tolist()) == [1, 1, 2]
    lines = ["no", "Cat dog", "dog"]
    assert tokenizer.lines(made.originals()) == [lines[row] for row in made.rows]


# Row by row, after the paper


LETTERS = "abcdefghij"


def drawn_text(rows, draw):
    words = [*LETTERS, *LETTERS.upper(), "Aa", "BB", "x", "y"]
    return [" ".join(draw.choice(words) for _ in range(draw.randrange(9))) for _ in range(rows)]


def drawn_tables(draw):
    values = [*LETTERS, "ä", "ö ü", "Cd", "E"]
    return dictionaries(
        **{
            language: {
                w: ", ".join(draw.choice(values) for _ in range(draw.randrange(1, 5)))
                for w in LETTERS
                if draw.random() < density
            }
            for language, density in {"de": 0.9, "fr": 0.5, "it": 0.2, "zh": 0}.items()
        }
    )


def capitals(word, value):
    if word.isupper() and len(word) > 1:
        return value.upper()
    return value[0].upper() + value[1:] if word[0].isupper() else value


def one_row(row, words, tables, key, probability, count, per):
    """The copies of one row, word by word."""

    def draw(copy, position, use):
        return float(uniform(key, row, copy, position, use))

    languages, made = sorted(tables), []
    for copy in range(min(count, len(languages)) if per == "copy" else count):
        if per == "copy":
            other = copy + int(draw(copy, 0, 0) * (len(languages) - copy))
            languages[copy], languages[other] = languages[other], languages[copy]
        result, changed = [], False
        for position, word in enumerate(words):
            chosen = [languages[copy]] if per == "copy" else languages
            values = [tables[c].translations[word.lower()] for c in chosen if word.lower() in tables[c].translations]
            if values and draw(copy, position, 1) < probability:
                which = draw(copy, position, 2) * len(values)
                of_language = values[int(which)]
                value = capitals(word, of_language[int((which - int(which)) * len(of_language))])
                changed |= value != word
                result.append(value)
            else:
                result.append(word)
        if changed:
            made.append((row, " ".join(result)))
    return made


@pytest.mark.parametrize("per", ["copy", "word"])
@pytest.mark.parametrize("count", [1, 3])
def test_many_rows_at_once_become_what_one_row_becomes_word_by_word(per, count, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 64)
    draw = random.Random(count)
    tables, text, first = drawn_tables(draw), drawn_text(500, draw), 10**10
    made = copies(text, tables, first=first, probability=0.4, copies=count, per=per, seed=3)
    key = stream(3, "test")
    rows = [one_row(first + n, line.split(), tables, key, 0.4, count, per) for n, line in enumerate(text)]
    assert made == sorted((row - first, line) for copies_of_row in rows for row, line in copies_of_row)
    assert len(made) > 100


# What copies depend on


def test_copies_depend_on_the_row_and_the_seed_and_not_on_the_window(monkeypatch):
    draw = random.Random(5)
    tables, text = drawn_tables(draw), drawn_text(300, draw)
    whole = copies(text, tables, copies=2)
    for size, at_once in ((1, 7), (99, 16), (299, 1000)):
        monkeypatch.setattr(module, "ROWS", at_once)
        tokenizer, parts = Plain(), []
        making = substituter(tables, tokenizer=tokenizer, copies=2)
        for first in reversed(range(0, 300, size)):
            made = making.copies(first, text[first : first + size])
            parts += [
                (first + row, line) for row, line in zip(made.rows.tolist(), tokenizer.lines(made.ids), strict=True)
            ]
        assert sorted(parts) == whole
    assert copies(text, tables, copies=2, seed=2) != whole
    assert copies(text, tables, copies=2, first=1) != whole


def test_what_a_lexicon_forgets_changes_nothing(monkeypatch):
    draw = random.Random(6)
    tables, text = drawn_tables(draw), drawn_text(300, draw)
    tables["en"] = tables.pop("de")  # replacements in the language of the side, which go through the same lexicon
    whole = copies(text, tables, copies=2)
    monkeypatch.setattr(lexicon, "MOST_WORDS", 3)
    tokenizer, parts = Plain(), []
    making = substituter(tables, tokenizer=tokenizer, copies=2)
    for first in range(0, 300, 10):
        made = making.copies(first, text[first : first + 10])
        parts += [(first + row, line) for row, line in zip(made.rows.tolist(), tokenizer.lines(made.ids), strict=True)]
    assert sorted(parts) == whole
    assert tokenizer.lexicon("en").generation > 10


@pytest.mark.parametrize("kind", ["bpe", "sentencepiece"])
def test_what_candidates_forget_changes_nothing(kind, monkeypatch):
    draw = random.Random(7)
    tables = drawn_tables(draw)
    ends = [" ", ", ", "! "] if kind == "sentencepiece" else [" "]
    text = ["".join(word + draw.choice(ends) for word in line.split()).strip() for line in drawn_text(300, draw)]

    def by_windows(begin, end):
        tokenizer, parts, remembered = Plain(kind), [], []
        making = substituter(tables, tokenizer=tokenizer, copies=2)
        for first in range(begin, end, 10):
            made = making.copies(first, text[first : first + 10])
            parts.append((made.rows.tolist(), tokenizer.lines(made.ids), tokenizer.lines(made.originals())))
            remembered.append(len(making._candidates.ids))
        return parts, making.tally.take(), remembered

    parts, tally, _ = by_windows(0, 300)
    monkeypatch.setattr(candidates, "MOST_REPLACEMENTS", 3)
    *forgetful, remembered = by_windows(0, 300)
    assert forgetful == [parts, tally] and tally["all"]["copies"] > 100
    # No window has as few as 3, so that each leaves its own behind.
    assert remembered == [by_windows(first, first + 10)[-1][0] for first in range(0, 300, 10)]
