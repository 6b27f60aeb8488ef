import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.workflow_scripts.planned import settings_file
from workflow_scripts.dictionaries.induce_dictionary import LONGEST, induce, main, read_sample
from workflow_scripts.settings.dictionaries import Inducing

LOOSE = Inducing(candidates=3, min_count=1, min_score=0.1, iterations=5, top_words=100, segmenters={})


def loose(**changes):
    return LOOSE.model_copy(update=changes)


def split(*pairs):
    return [(a.split(), b.split()) for a, b in pairs]


def test_words_are_paired_and_ordered_by_frequency():
    pairs = split(
        ("red cat", "gatu rodu"), ("red dog", "canu rodu"), ("old cat", "gatu vellu"), ("red tree", "arbu rodu")
    )
    entries = induce(pairs * 5, loose(iterations=20, min_score=0.5))
    assert [(a, b) for a, b, _ in entries] == [
        ("red", "rodu"),
        ("cat", "gatu"),
        ("dog", "canu"),
        ("old", "vellu"),
        ("tree", "arbu"),
    ]


def test_entries_are_limited_in_words_and_candidates_and_are_words():
    pairs = split(("a 1 !", "x 1 !"), ("a 1 !", "y 1 !"), ("b 1", "z 1"))
    assert {e[0] for e in induce(pairs, loose(top_words=1))} == {"a"}
    one = induce(pairs, loose(candidates=1))
    assert len([e for e in one if e[0] == "a"]) == 1
    assert all(a.isalpha() and b.isalpha() for a, b, _ in induce(pairs, LOOSE))


def test_induction_is_the_same_on_every_run():
    draw = random.Random(1)
    pairs = [([draw.choice("abcdef") for _ in range(5)], [draw.choice("uvwxyz") for _ in range(5)]) for _ in range(200)]
    assert induce(pairs, LOOSE) == induce(pairs, LOOSE)


def test_a_segment_of_very_many_words_takes_no_part():
    pairs = split(("a", "x"), ("a", "x"), ("b", "y"), ("b", "y"))
    long = [(["b"] * (LONGEST + 1), ["x"])] * 100
    assert [e[:2] for e in induce(pairs + long, LOOSE)] == [("a", "x"), ("b", "y")]


def test_words_that_meet_too_rarely_are_no_entry():
    pairs = split(("a", "x"), ("a", "x"), ("a", "y"), ("a", "y"), ("b", "x"), ("b", "y"), ("b", "z"), ("b", "z"))
    assert {e[:2] for e in induce(pairs, loose(min_count=2))} == {("a", "x"), ("a", "y"), ("b", "z")}
    assert induce(pairs, loose(min_count=3)) == []


@pytest.mark.parametrize(("most", "rows"), [(10, list(range(10))), (4, [0, 2, 5, 7]), (0, [])])
def test_a_sample_is_taken_at_even_distances(tmp_path, monkeypatch, most, rows):
    table = pa.table({"en": [f"e{i}" for i in range(10)], "es": [f"s{i}" for i in range(10)]})
    pq.write_table(table, tmp_path / "text.parquet")
    batches = table.select(["es", "en"]).to_batches(max_chunksize=3)
    monkeypatch.setattr("workflow_scripts.dictionaries.induce_dictionary.read_batches", lambda path, columns: batches)
    assert list(read_sample(tmp_path / "text.parquet", ["es", "en"], most)) == [(f"s{i}", f"e{i}") for i in rows]


def test_the_command_induces_as_the_study_says(tmp_path, monkeypatch):
    study = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl"]},
        "runs": {"r": {"train_on": "all"}},
        "dictionaries": {"min_count": 2, "min_score": 0.5, "iterations": 20},
        "substitution": {"top_words": 2},
    }
    english, galician = (
        ["Red cat", "red dog", "old cat", "red tree"] * 5,
        ["Gato rubio", "can rubio", "gato vello", ""] * 5,
    )
    pq.write_table(pa.table({"en": english, "gl": galician}), tmp_path / "text.parquet")
    settings = settings_file(study, "induce_dictionary", folder=tmp_path)
    arguments = ["--settings", settings, "en-gl", tmp_path / "text.parquet", tmp_path / "en-gl.tsv"]
    monkeypatch.setattr("sys.argv", ["induce_dictionary", *map(str, arguments)])
    main()
    rows = [line.split("\t")[:2] for line in (tmp_path / "en-gl.tsv").read_text().splitlines()]
    assert rows == [["red", "rubio"], ["cat", "gato"]]
