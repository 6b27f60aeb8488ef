"""Tests of significance, against numpy, and the command."""

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
    assert draws in signature and "seed:7" in signature, "0 would be no seed to sacreBLEU, so it is one more"


@pytest.fixture
def scored(monkeypatch, tmp_path):
    return scored_by_comet(monkeypatch, tmp_path)


def test_the_bootstrap_is_paired(scored, monkeypatch):
    monkeypatch.setenv("SACREBLEU_SEED", "7")
    found = compare("comet", "bootstrap", 500, SYSTEMS, ["r"] * 6, scored)
    means = 100 * np.array(SCORES)[:, np.random.default_rng(7).choice(6, (500, 6))].mean(2)
    differences = np.abs(means[1] - means[0])
    real = 100 * abs(np.mean(SCORES[1]) - np.mean(SCORES[0]))
    p = (np.sum(differences - differences.mean() > real) + 1) / 501
    assert found["difference"] == pytest.approx(real, abs=1e-4) and found["p"] == pytest.approx(p, abs=1e-6)
    assert 0 < p < 1 and "bs:500" in found["signature"] and "seed:7" in found["signature"]


def test_randomisation_swaps_segments_of_the_systems(scored):
    found = compare("comet", "randomisation", 4000, SYSTEMS, ["r"] * 6, scored)
    # All 64 ways to swap: a difference is larger in size than that of no swap in so many of them.
    signs = 1 - 2 * ((np.arange(64)[:, None] >> np.arange(6)) & 1)
    each = np.array(SCORES[1]) - np.array(SCORES[0])
    exact = np.mean(np.abs(signs @ each) > abs(each.sum()) + 1e-9)
    assert found["p"] == pytest.approx(exact, abs=0.03) and 0 < exact < 0.5


def test_a_system_does_not_differ_from_itself_and_differs_from_nonsense():
    lines = [f"the {word} house sees the old {word} ." for word in ("red", "blue", "big", "small", "tall") * 4]
    same = compare("sacrebleu", "bootstrap", 200, (lines, lines), lines, Scored("en"))
    assert (same["difference"], same["p"]) == (0, 1)
    worse = compare("chrf", "bootstrap", 200, (["zzz"] * 20, lines), lines, Scored("en"))
    assert worse["difference"] == 100 and worse["p"] < 0.05
