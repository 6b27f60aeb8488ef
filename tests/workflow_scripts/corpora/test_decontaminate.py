import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from model.command import UserError
from model.records import write_json
from model.text.lines import write_lines
from tests.workflow_scripts.pairs import write_pairs
from workflow_scripts.corpora import decontaminate
from workflow_scripts.text import held_out
from workflow_scripts.text.files import read_batches, write_batches
from workflow_scripts.text.matching import rank, ranks

TEXT = [("Open the file!", "x", "c"), ("y", "gardar TODO", "c"), ("Gardar todo.", "z", "d"), ("Open", "Abrir", "d")]


SETS = ["testsets/test", "testsets/dev"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_lines(tmp_path / "testsets" / "test" / "en.txt", ["Open the file", ""])
    write_lines(tmp_path / "testsets" / "dev" / "gl.txt", ["Gardar todo"])
    (tmp_path / "testsets" / "dev" / ".snakemake_timestamp").write_text("Open\n")  # no file of the set
    monkeypatch.chdir(tmp_path)
    held_out.held_out_keys.cache_clear()  # the folders of another test have the same names
    held_out.held_out_overlaps.cache_clear()
    return tmp_path


def of_corpus(lines_in, lines_out, **dropped):
    return {"lines_in": lines_in, "lines_out": lines_out, "dropped": dropped}


def run(monkeypatch, *options, limit=None, seed=1, **decontamination):
    settings = {"decontamination": decontamination, "limit": limit, "seed": seed if limit else None}
    write_json("settings.json", settings)
    files = ["--settings", "settings.json", "--testsets", *SETS]
    files += ["--cleaned", "cleaned.parquet", "--report", "cleaned.json"]
    monkeypatch.setattr(sys, "argv", ["decontaminate", *files, *options, "t.parquet", "t.json"])
    decontaminate.main()
    rows = [tuple(row.values()) for batch in read_batches("t.parquet") for row in batch.to_pylist()]
    return rows, json.loads(Path("t.json").read_text())


def test_a_segment_is_found_on_either_side_in_any_language(folder, monkeypatch):
    assert held_out.held_out_keys(tuple(folder / path for path in SETS)) == {"openthefile", "gardartodo"}
    write_pairs("cleaned.parquet", "en-pt", TEXT)
    corpora = {"c": of_corpus(7, 2, empty=5), "d": of_corpus(2, 2)}
    write_json(
        "cleaned.json", {**of_corpus(9, 4, empty=5), "corpora": {n: {**c, "examples": {}} for n, c in corpora.items()}}
    )
    rows, report = run(monkeypatch)
    assert rows == [("Open", "Abrir", "d")]
    assert report == {
        **of_corpus(9, 1, empty=5, in_a_test_or_dev_set=3),
        "corpora": {
            "c": {
                **of_corpus(7, 0, empty=5, in_a_test_or_dev_set=2),
                "examples": {"in_a_test_or_dev_set": [["Open the file!", "x"], ["y", "gardar TODO"]]},
            },
            "d": {
                **of_corpus(2, 1, in_a_test_or_dev_set=1),
                "examples": {"in_a_test_or_dev_set": [["Gardar todo.", "z"]]},
            },
        },
    }


def test_monolingual_text_has_one_side_to_look_at(folder, monkeypatch):
    batch = pa.record_batch(
        [pa.array(["Gardar  todo", "Abrir", "open THE file"]), pa.array(["c"] * 3)], ["gl", "corpus"]
    )
    write_batches("cleaned.parquet", batch.schema, [batch])
    write_json("cleaned.json", {**of_corpus(3, 3), "corpora": {}})
    rows, report = run(monkeypatch)
    assert rows == [("Abrir", "c")]
    assert report["dropped"] == {"in_a_test_or_dev_set": 2}


def test_nothing_left_is_one_line(folder, monkeypatch):
    write_pairs("cleaned.parquet", "en-pt", TEXT[:3])
    with pytest.raises(UserError, match="cleaned.parquet: nothing is left beside the test sets; lower"):
        run(monkeypatch)
    write_pairs("cleaned.parquet", "en-pt", [])
    with pytest.raises(UserError, match="nothing is left"):
        run(monkeypatch)
    assert not Path("t.parquet").exists() and not Path("t.json").exists()


def test_a_limit_keeps_the_rows_with_the_smallest_hashes_in_their_order(folder, monkeypatch):
    numbered = [(f"a {i}", f"b {i}", "c") for i in range(50)]
    write_pairs("cleaned.parquet", "en-pt", [*numbered[:20], TEXT[0], *numbered[20:]])
    write_json("cleaned.json", {**of_corpus(51, 51), "corpora": {"c": {**of_corpus(51, 51), "examples": {}}}})
    kept = {}
    for limit, seed in ((10, 1), (20, 1), (10, 2)):
        kept[limit, seed], report = run(monkeypatch, limit=limit, seed=seed)
        best = sorted(numbered, key=lambda row, seed=seed: rank("\t".join(row[:2]), seed))[:limit]
        assert kept[limit, seed] == sorted(best, key=numbered.index)
        dropped = {"in_a_test_or_dev_set": 1, "over_the_limit": 50 - limit}
        assert report["dropped"] == report["corpora"]["c"]["dropped"] == dropped
        assert report["lines_out"] == limit
    # A larger limit adds rows and drops none, as a language that gains text does.
    assert set(kept[10, 1]) < set(kept[20, 1])
    assert kept[10, 1] != kept[10, 2]
    rows, report = run(monkeypatch, limit=50)
    assert rows == numbered and report["dropped"] == {"in_a_test_or_dev_set": 1}


OVERLAPPING = [
    ("The committee met on the 2nd of May in Vigo.", "a", "c"),  # equal
    ("We heard that the committee met on the 2nd of May in Vigo and left.", "b", "c"),  # inside a longer line
    ("The committee met on the 3rd of May in Vigo.", "c", "c"),  # one word is another: 3 of 8 n-grams
    ("The committee met on Monday.", "d", "c"),
    ("x", "委员会于五月二日在维戈开会了", "c"),
    ("Thank you.", "Grazas", "c"),
]


def overlapping(tmp_path):
    write_lines(
        tmp_path / "testsets" / "test" / "en.txt", ["The committee met on the 2nd of May in Vigo", "Thank you!"]
    )
    write_lines(tmp_path / "testsets" / "dev" / "gl.txt", ["委员会于五月二日在维戈开会", "Gardar todo"])
    write_pairs("cleaned.parquet", "en-pt", OVERLAPPING)
    write_json("cleaned.json", {**of_corpus(6, 6), "corpora": {"c": {**of_corpus(6, 6), "examples": {}}}})


@pytest.mark.parametrize(
    ("asked", "kept", "dropped", "overlapping_segments"),
    [
        ({}, "bcdx", {}, None),
        ({"min_words": 3}, "bcdxt", {}, None),
        ({"ngrams": 3, "share": None}, "bcdx", {}, 4),
        ({"ngrams": 3}, "cd", {"overlaps_a_test_or_dev_set": 2}, 4),
        ({"ngrams": 3, "share": 0.3}, "d", {"overlaps_a_test_or_dev_set": 3}, 4),
        ({"ngrams": 12, "min_words": 3}, "bcdt", {"overlaps_a_test_or_dev_set": 1}, 1),
        ({"ngrams": 2, "min_words": 3, "share": 1}, "cdt", {"overlaps_a_test_or_dev_set": 2}, 4),
    ],
)
def test_overlaps_are_counted_and_dropped_on_request(folder, monkeypatch, asked, kept, dropped, overlapping_segments):
    overlapping(folder)
    rows, report = run(monkeypatch, **asked)
    letters = dict(zip("abcdxt", OVERLAPPING, strict=True))
    assert rows == [letters[letter] for letter in kept]
    equal = 1 if asked.get("min_words") else 2
    assert report["dropped"] == {"in_a_test_or_dev_set": equal, **dropped}
    assert report["corpora"]["c"]["dropped"] == report["dropped"]
    found = None if overlapping_segments is None else {"ngrams": asked["ngrams"], "segments": overlapping_segments}
    assert report.get("overlapping") == found


def test_a_limit_counts_what_overlaps_leave(folder, monkeypatch):
    overlapping(folder)
    rows, report = run(monkeypatch, ngrams=3, share=0.3, limit=1)
    assert rows == [OVERLAPPING[3]] and "over_the_limit" not in report["dropped"]


def test_ranks_are_in_the_order_of_the_hashes():
    keys = [f"key {i}" for i in range(100)]
    assert np.argsort(ranks(keys, 3)).tolist() == sorted(range(100), key=lambda i: rank(keys[i], 3))


def test_several_processes_judge_as_one_does(folder, monkeypatch):
    write_pairs("cleaned.parquet", "en-pt", TEXT * 3)
    write_json("cleaned.json", {**of_corpus(12, 12), "corpora": {}})
    small = lambda path, columns=None: (b for whole in read_batches(path) for b in (whole[:5], whole[5:]))  # noqa: E731
    monkeypatch.setattr(decontaminate, "read_batches", small)
    monkeypatch.setattr("workflow_scripts.parallel.in_order.__defaults__", (0,))
    rows, report = run(monkeypatch, "--threads", "2")
    assert rows == [TEXT[3]] * 3 and report["lines_out"] == 3
