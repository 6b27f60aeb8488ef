import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workflow_scripts.dictionaries.induce_dictionary import LONGEST, induce, read_sample
from workflow_scripts.study.preparation import Dictionaries

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
    monkeypatch.setattr("workflow_scripts.dictionaries.induce_dictionary.read_batches", lambda path, columns: batches)
    assert list(read_sample(tmp_path / "text.parquet", ["es", "en"], most)) == [(f"s{i}", f"e{i}") for i in rows]
