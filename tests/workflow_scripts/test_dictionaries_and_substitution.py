import random
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from workflow_scripts.induce_dictionary import LONGEST, induce, read_sample
from workflow_scripts.study import Dictionaries, Substitution
from workflow_scripts.substitute import copies, read_dictionary, substitute

LOOSE = Dictionaries(min_count=1, min_score=0.1)


def split(*pairs):
    return [(a.split(), b.split()) for a, b in pairs]


def test_words_are_paired_and_ordered_by_frequency():
    pairs = split(
        ("red cat", "gatu rodu"), ("red dog", "canu rodu"), ("old cat", "gatu vellu"), ("red tree", "arbu rodu")
    )
    entries = induce(pairs * 5, LOOSE.model_copy(update={"iterations": 20, "min_score": 0.5}), top_words=100)
    assert [(a, b) for a, b, _ in entries] == [
        ("red", "rodu"),
        ("cat", "gatu"),
        ("dog", "canu"),
        ("old", "vellu"),
        ("tree", "arbu"),
    ]


def test_entries_are_limited_in_words_and_candidates_and_are_words():
    pairs = split(("a 1 !", "x 1 !"), ("a 1 !", "y 1 !"), ("b 1", "z 1"))
    assert {e[0] for e in induce(pairs, LOOSE, top_words=1)} == {"a"}
    one = induce(pairs, LOOSE.model_copy(update={"candidates": 1}), top_words=5)
    assert len([e for e in one if e[0] == "a"]) == 1
    assert all(a.isalpha() and b.isalpha() for a, b, _ in induce(pairs, LOOSE, top_words=5))


def test_induction_is_the_same_on_every_run():
    draw = random.Random(1)
    pairs = [([draw.choice("abcdef") for _ in range(5)], [draw.choice("uvwxyz") for _ in range(5)]) for _ in range(200)]
    assert induce(pairs, LOOSE, 100) == induce(pairs, LOOSE, 100)


def test_a_segment_of_very_many_words_takes_no_part():
    pairs = split(("a", "x"), ("a", "x"), ("b", "y"), ("b", "y"))
    long = [(["b"] * (LONGEST + 1), ["x"])] * 100
    assert [e[:2] for e in induce(pairs + long, LOOSE, 10)] == [("a", "x"), ("b", "y")]


def test_words_that_meet_too_rarely_are_no_entry():
    pairs = split(("a", "x"), ("a", "x"), ("a", "y"), ("a", "y"), ("b", "x"), ("b", "y"), ("b", "z"), ("b", "z"))
    settings = LOOSE.model_copy(update={"min_count": 2})
    assert {e[:2] for e in induce(pairs, settings, 10)} == {("a", "x"), ("a", "y"), ("b", "z")}
    assert induce(pairs, LOOSE.model_copy(update={"min_count": 3}), 10) == []


@pytest.mark.parametrize(("most", "rows"), [(10, list(range(10))), (4, [0, 2, 5, 7]), (0, [])])
def test_a_sample_is_taken_at_even_distances(tmp_path, monkeypatch, most, rows):
    table = pa.table({"en": [f"e{i}" for i in range(10)], "es": [f"s{i}" for i in range(10)]})
    pq.write_table(table, tmp_path / "text.parquet")
    batches = table.select(["es", "en"]).to_batches(max_chunksize=3)
    monkeypatch.setattr("workflow_scripts.induce_dictionary.read_batches", lambda path, columns: batches)
    assert list(read_sample(tmp_path / "text.parquet", ["es", "en"], most)) == [(f"s{i}", f"e{i}") for i in rows]


def test_a_dictionary_is_read_by_source_words_in_order(tmp_path):
    path = tmp_path / "en-es.tsv"
    path.write_text("the\tel\t0.9\nthe\tla\t0.8\nfile\tarchivo\t0.7\nopen\tabrir\n")
    assert read_dictionary(path, 2) == {"the": ["el", "la"], "file": ["archivo"]}
    path.write_text("the\tel\nfile\n")
    with pytest.raises(UserError, match="line 2: expected word TAB translation, found 'file'"):
        read_dictionary(path, 2)


def test_only_words_with_an_entry_change_and_capitals_carry_over():
    dictionary = {"file": ["archivo"]}
    assert substitute(["Open", "the", "File"], dictionary, 1.0, random.Random(0)) == ["Open", "the", "Archivo"]
    assert substitute(["Open", "it"], dictionary, 1.0, random.Random(0)) is None


def test_a_translation_of_several_words_takes_the_place_of_one():
    made = substitute(["File", "open"], {"file": ["ficheiro de texto"]}, 1.0, random.Random(0))
    assert made == ["Ficheiro", "de", "texto", "open"]


def test_a_word_that_is_spelt_alike_is_no_substitution():
    assert substitute(["Plone"], {"plone": ["plone"]}, 1.0, random.Random(0)) is None


def test_translations_are_drawn_uniformly_over_the_values_listed():
    draw = random.Random(5)
    values = {"w": ["x", "x", "y"]}
    counts = Counter(substitute(["w"], values, 1.0, draw)[0] for _ in range(30_000))
    assert counts["x"] / 30_000 == pytest.approx(2 / 3, abs=3 * (2 / 9 / 30_000) ** 0.5)


# Section 5 of the design's numbers: 12 tokens of which de covers 5, fr 4 and zh none; probability 0.3.
WORDS = [f"w{i}" for i in range(12)]
COVERED = {
    "de": {w: ["D"] for w in WORDS[:5]},
    "fr": {w: ["F"] for w in WORDS[:4]},
    "zh": {},
}


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
    settings, count = Substitution(probability=probability), 20_000
    dictionaries = {language: COVERED[language] for language in languages}
    made = sum(bool(copies(WORDS, dictionaries, settings, f"1:{i}")) for i in range(count))
    assert made / count == pytest.approx(expected, abs=3 * (expected * (1 - expected) / count) ** 0.5)


def test_how_many_words_of_a_copy_are_substituted():
    settings, count = Substitution(probability=0.3), 20_000
    made = [c for i in range(count) for c in copies(WORDS, {"de": COVERED["de"]}, settings, f"1:{i}")]
    mean = np.mean([copy.count("D") for copy in made])
    assert mean == pytest.approx(1.803036, abs=3 * 0.9 / len(made) ** 0.5)


def test_without_any_covered_word_there_is_no_copy():
    assert copies(WORDS, {"zh": {}}, Substitution(), "1") == []
    assert copies(WORDS, {}, Substitution(), "1") == []


def test_copies_of_a_source_are_in_different_languages():
    settings = Substitution(probability=1.0, copies=2)
    dictionaries = {"de": COVERED["de"], "fr": {w: ["F"] for w in WORDS}}
    (one, other) = copies(WORDS, dictionaries, settings, "1")
    assert {one[0], other[0]} == {"D", "F"}


def test_a_copy_depends_on_its_seed_alone():
    made = [copies(WORDS, COVERED, Substitution(), f"1:{i}") for i in range(50)]
    assert made == [copies(WORDS, COVERED, Substitution(), f"1:{i}") for i in range(50)]
    assert made != [copies(WORDS, COVERED, Substitution(), f"2:{i}") for i in range(50)]
