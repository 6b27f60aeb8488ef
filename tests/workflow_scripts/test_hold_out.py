import json
import sys
from pathlib import Path

import pytest

from model.command import UserError
from model.config import write_json
from model.lines import write_lines
from workflow_scripts import decontaminate
from workflow_scripts.hold_out import hold_out, rank
from workflow_scripts.study import parse_study
from workflow_scripts.text import matching_key, read_pairs, write_pairs


def study(test=3, dev=2, min_words=2, seed=1):
    return parse_study(
        {
            "study": "s",
            "seed": seed,
            "corpora": {"c": {"source": "gettext", "package": "p", "version": "1"}},
            "pairs": {"all": ["en-gl", "en-pt"]},
            "testsets": {
                "test": {"source": "held_out", "segments": test, "min_words": min_words},
                "dev": {"source": "held_out", "segments": dev, "min_words": min_words},
            },
            "runs": {"r": {"train_on": "all"}},
        },
        "s.yaml",
    )


def texts(gl=range(8), pt=range(4, 20)):
    return {
        "en-gl": [(f"open file {i}", f"abrir ficheiro {i}") for i in gl],
        "en-pt": [(f"open file {i}", f"abrir arquivo {i}") for i in pt],
    }


def test_each_pair_gets_the_segments_with_the_smallest_hashes():
    found = hold_out(texts(), study())
    ranked = {
        pair: sorted((s for s, _ in rows), key=lambda s: rank(matching_key(s), 1)) for pair, rows in texts().items()
    }
    expected = set(ranked["en-gl"][:3]) | set(ranked["en-pt"][:3])
    assert set(found["test"]["en"]) == expected
    assert all(set(found["test"]["en"]) >= set(some[:3]) for some in ranked.values())


def test_lines_of_all_languages_stand_beside_each_other_with_holes():
    found = hold_out(texts(), study())["test"]
    assert {len(lines) for lines in found.values()} == {len(found["en"])}
    for english, galician, portuguese in zip(found["en"], found["gl"], found["pt"], strict=True):
        number = int(english.split()[-1])
        assert galician == (f"abrir ficheiro {number}" if number < 8 else "")
        assert portuguese == (f"abrir arquivo {number}" if number >= 4 else "")


def test_dev_and_test_sets_share_no_segment_even_across_pairs():
    found = hold_out(texts(), study())
    assert not set(found["test"]["en"]) & set(found["dev"]["en"])


def test_the_order_of_the_text_does_not_matter_and_the_seed_does():
    backwards = {pair: rows[::-1] for pair, rows in texts().items()}
    assert hold_out(texts(), study()) == hold_out(backwards, study())
    assert hold_out(texts(), study()) != hold_out(texts(), study(seed=2))


def test_variants_of_one_segment_count_once():
    rows = {"en-gl": [("Open it!", "Ábreo!"), ("open it", "ábreo"), ("OPEN IT.", "ÁBREO.")], "en-pt": texts()["en-pt"]}
    with pytest.raises(UserError, match="en-gl has 1 segments"):
        hold_out(rows, study())


def test_too_few_segments_are_an_error_that_says_what_to_do():
    with pytest.raises(UserError, match="testsets.test: en-gl has 2 segments.*3 are wanted; lower segments"):
        hold_out(texts(gl=range(2)), study())
    with pytest.raises(UserError, match="has 0 segments of at least 9 words"):
        hold_out(texts(), study(min_words=9))


def test_decontamination_matches_either_side_in_any_language(tmp_path, monkeypatch):
    write_lines(tmp_path / "testsets" / "test" / "en.txt", ["Open the file", ""])
    write_lines(tmp_path / "testsets" / "dev" / "gl.txt", ["Gardar todo"])
    keys = decontaminate.held_out_keys(tmp_path / "testsets")
    assert keys == {"openthefile", "gardartodo"}
    rows = [("Open the file!", "x", "c"), ("y", "gardar TODO", "c"), ("Gardar todo.", "z", "c"), ("Open", "Abrir", "c")]
    write_pairs(tmp_path / "cleaned.parquet", "en-pt", rows)
    write_json(tmp_path / "cleaned.json", {"lines_in": 9, "lines_out": 4, "dropped": {"empty": 5}})
    arguments = [
        "--testsets",
        "testsets",
        "--cleaned",
        "cleaned.parquet",
        "--report",
        "cleaned.json",
        "t.parquet",
        "t.json",
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["decontaminate", *arguments])
    decontaminate.main()
    assert read_pairs("t.parquet", "en-pt") == [("Open", "Abrir")]
    report = json.loads(Path("t.json").read_text())
    assert report == {"lines_in": 9, "lines_out": 1, "dropped": {"empty": 5, "in_a_test_or_dev_set": 3}}


def test_a_limit_keeps_so_many_rows_in_order_by_seed():
    rows = [(f"a {i}", f"b {i}", "c") for i in range(50)]
    kept = decontaminate.within_limit(rows, 10, seed=1)
    assert len(kept) == 10 and kept == [row for row in rows if row in kept]
    assert kept != decontaminate.within_limit(rows, 10, seed=2)
    assert kept != rows[:10]
    # A larger limit adds rows and drops none, as a language that gains text does.
    assert set(kept) < set(decontaminate.within_limit(rows, 20, seed=1))
