"""Comparisons of two systems, against numpy, and the command."""

import json
import sys

import numpy as np
import pytest

from model.text.lines import write_lines
from tests.workflow_scripts.metrics.stand_in import SCORES, SYSTEMS, scored_by_comet
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.evaluation.compare import compare, main
from workflow_scripts.metrics import Scored

STUDY = {
    "study": "s",
    "seed": 6,
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl"]},
    "runs": {name: {"train_on": "all"} for name in ("direct", "mrasp")},
    "significance": {"bootstrap": 100, "randomisation": 200},
    "tables": {
        "first": {"runs": ["direct", "mrasp"], "baseline": "direct", "metrics": ["chrf"]},
        "other": {"runs": ["direct", "mrasp"], "baseline": "direct", "metrics": ["sacrebleu"],
                  "significance": "randomisation"},
    },
}  # fmt: skip


LINES = ["unha casa branca na aldea", "o mar azul e o ceo gris"]


@pytest.mark.parametrize(
    ("test", "metric", "draws"), [("bootstrap", "chrf", "bs:100"), ("randomisation", "sacrebleu", "ar:200")]
)
def test_the_command_compares_by_what_the_tables_of_the_study_ask_for(test, metric, draws, tmp_path, monkeypatch):
    settings = settings_file(STUDY, "compare", "direct", test, folder=tmp_path)
    for code in ("en", "gl"):
        write_lines(tmp_path / "test" / f"{code}.txt", LINES)
    write_lines(tmp_path / "system.txt", LINES)
    write_lines(tmp_path / "baseline.txt", ["unha casa moi branca", LINES[1]])
    monkeypatch.chdir(tmp_path)
    flags = ["--settings", str(settings), "--run", "mrasp", "--baseline", "direct", "--test", test, "--testset", "test"]
    monkeypatch.setattr(sys, "argv", ["compare", *flags, "en-gl", "system.txt", "baseline.txt", "o.json"])
    main()
    made = json.loads((tmp_path / "o.json").read_text())
    assert (made["run"], made["baseline"], made["test"], made["segments"]) == ("mrasp", "direct", test, 2)
    assert list(made["scores"]) == [metric] and made["scores"][metric]["difference"] > 0
    signature = made["scores"][metric]["signature"].split("|")
    assert draws in signature and "seed:6" in signature
    row = made["scores"][metric]
    assert row["differing"] == 1 and row["p"] == 1, "one segment of two differs, by chance for the better"
    assert len(row["sampled"].split()) == 100 + 100 * (test == "randomisation")


@pytest.fixture
def scored(monkeypatch, tmp_path):
    return scored_by_comet(monkeypatch, tmp_path)


def test_the_bootstrap_is_paired(scored):
    found = compare("comet", "bootstrap", 500, SYSTEMS, ["r"] * 6, scored, seed=7)
    draws = np.random.default_rng(7).integers(6, size=(500, 6))
    each = 100 * (np.array(SCORES[1]) - np.array(SCORES[0]))
    differences = each[draws].mean(axis=1)
    p = (np.sum(np.abs(differences - differences.mean()) >= abs(each.mean()) - 1e-9) + 1) / 501
    assert found["difference"] == pytest.approx(each.mean(), abs=1e-4) and p < 2 / 2**5
    assert found["p"] == 2 / 2**5, "the least that the exact test could give, as five segments differ"
    assert (
        list(map(float, found["sampled"].split())) == pytest.approx(differences, abs=1e-4) and found["differing"] == 5
    )
    assert "bs:500" in found["signature"] and "seed:7" in found["signature"]


def test_randomisation_swaps_segments_of_the_systems(scored):
    # All 64 ways to swap: a difference is as large as that of no swap in so many of them.
    signs = 1 - 2 * ((np.arange(64)[:, None] >> np.arange(6)) & 1)
    each = np.array(SCORES[1]) - np.array(SCORES[0])
    exact = np.mean(np.abs(signs @ each) > abs(each.sum()) - 1e-9)
    found = compare("comet", "randomisation", 4000, SYSTEMS, ["r"] * 6, scored, seed=1)
    assert found["p"] == pytest.approx(exact, abs=1e-6) and 0 < exact < 0.5
    drawn = compare("comet", "randomisation", 31, SYSTEMS, ["r"] * 6, scored, seed=1)  # fewer than 2^5
    ways = [100 * (np.where(np.random.default_rng(1).integers(2, size=(31, 6)), 1, -1) @ each) / 6]
    assert list(map(float, drawn["sampled"].split())) == pytest.approx(ways[0], abs=1e-4)
    seen = np.sum(np.abs(ways[0]) > 100 * abs(each.mean()) - 1e-4)
    assert drawn["p"] == pytest.approx((1 + seen) / 32, abs=1e-6)


WORDS = ("red", "blue", "big", "small", "tall")
LONG = [f"the {word} house number {n} sees the old {word} tree by the sea" for n, word in enumerate(WORDS * 20)]


@pytest.mark.parametrize("metric", ["sacrebleu", "chrf", "chrf++", "tokenised_bleu"])
@pytest.mark.parametrize("differing", [0, 1, 2, 3, 5, 8])
def test_p_of_randomisation_is_exact_where_few_lines_differ_for_the_better(metric, differing):
    worse = [line.replace("house", "hut") if n < differing else line for n, line in enumerate(LONG)]
    for systems in ((worse, LONG), (LONG, worse)):
        found = compare(metric, "randomisation", 10_000, systems, LONG, Scored("en"), seed=3)
        assert found["differing"] == differing and found["p"] == pytest.approx(min(1, 2 / 2**differing), abs=1e-6)


@pytest.mark.parametrize("metric", ["sacrebleu", "chrf"])
def test_the_bootstrap_marks_no_system_that_differs_in_a_line_or_two(metric):
    for differing in range(5):
        worse = [line.replace("house", "hut") if n < differing else line for n, line in enumerate(LONG)]
        found = compare(metric, "bootstrap", 1000, (worse, LONG), LONG, Scored("en"), seed=3)
        assert found["p"] >= min(1, 2 / 2**differing) > 0.05


def test_drawn_and_counted_p_agree():
    worse = [line.replace("house", "hut") if n < 9 else line for n, line in enumerate(LONG)]
    better = [line.replace("tree", "oak") if n == 9 else line for n, line in enumerate(LONG)]
    drawn, counted = (
        compare("sacrebleu", "randomisation", samples, (worse, better), LONG, Scored("en"), seed=3)["p"]
        for samples in (1000, 2000)  # 2^10 ways
    )
    assert counted == pytest.approx(drawn, abs=0.02) and 0.001 < counted < 0.1


@pytest.mark.parametrize("test", ["bootstrap", "randomisation"])
def test_a_system_does_not_differ_from_itself_and_differs_from_nonsense(test):
    same = compare("sacrebleu", test, 200, (LONG, LONG), LONG, Scored("en"), seed=1)
    assert (same["difference"], same["p"], same["differing"]) == (0, 1, 0)
    worse = compare("chrf", test, 200, (["zzz"] * 100, LONG), LONG, Scored("en"), seed=1)
    assert worse["difference"] == 100 and worse["p"] == pytest.approx(1 / 201, abs=1e-6)
    alone = compare("chrf", test, 200, (["zzz"], ["a house"]), ["a house"], Scored("en"), seed=1)
    assert alone["p"] == 1, "of one segment"
