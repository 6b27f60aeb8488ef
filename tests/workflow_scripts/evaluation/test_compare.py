"""Tests of significance, against numpy."""

import numpy as np
import pytest

from tests.workflow_scripts.metrics.stand_in import SCORES, SYSTEMS, scored_by_comet
from workflow_scripts.evaluation.compare import compare
from workflow_scripts.metrics import Scored


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
