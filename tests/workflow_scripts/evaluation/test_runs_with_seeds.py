"""Runs with several seeds: numbers by hand, and how often equal runs are marked."""

import math
from statistics import fmean, variance

import numpy as np
import pytest

from tests.workflow_scripts.evaluation.test_significance import Mean
from workflow_scripts.evaluation.runs_with_seeds import compare_runs, mean_interval
from workflow_scripts.evaluation.significance import sampled_differences
from workflow_scripts.evaluation.students_t import beyond

COMMON = np.array([1.0, -1.0, 1.0, -1.0])  # what segments do to all seeds
SAMPLED = np.stack([COMMON + [0.6, 0.6, -0.6, -0.6], COMMON, COMMON]) + [[5.0], [6.0], [7.0]]
OWN, BASE = [21.0, 22.0, 24.0], [20.0, 20.0, 21.0]


def test_three_seeds_of_both_by_hand():
    # Of segments 1 + 0.2^2 = 1.04. Of seeds 7/9 and 1/9, with 2 degrees each. The samples vary by 1.36, 1 and 1, so
    # 3 * (1.12 - 1.04) = 0.24 is not common, by 4 models: 0.06 each, and 0.06 * (1/3 + 1/3) of the mean difference.
    # 1.04 + 8/9 - 0.04 = 1.88889, t = 2 / 1.37437, and the degrees are 1.88889^2 / (1.04^2/100 + 49/162 + 1/162). p and
    # the half were integrated from the density of t.
    found = compare_runs(OWN, BASE, [0, 1, 2], SAMPLED, 101)
    assert found.degrees == pytest.approx(11.168609) and found.p == pytest.approx(0.1731346, abs=1e-7)
    assert found.half == pytest.approx(3.0194024, abs=1e-6)
    assert compare_runs(BASE, OWN, [0, 1, 2], -SAMPLED, 101) == pytest.approx(found)


def test_a_baseline_with_one_seed_by_hand():
    # Its seed is taken to vary as the others: 7/3 * (1/3 + 1) with 2 degrees. Of 0.24, all three comparisons share the
    # one of the baseline, so each of 2 models has 0.12, and the mean difference 0.12 * (1/3 + 1) = 0.16.
    found = compare_runs(OWN, [20.0], [0, 0, 0], SAMPLED, 101)
    assert found.degrees == pytest.approx(3.2841051) and found.p == pytest.approx(0.3205659, abs=1e-7)
    assert found.half == pytest.approx(6.0577118, abs=1e-6)


def test_seeds_that_do_not_vary_leave_the_test_to_the_segments():
    same = np.stack([COMMON, COMMON])
    found = compare_runs([21.0, 21.0], [19.0, 19.0], [0, 1], same, 31)
    assert found.degrees == pytest.approx(30) and found.p == pytest.approx(beyond(2, 30))
    assert found.half == pytest.approx(2.0423, abs=1e-4), "t of 5% with 30 degrees"
    few = compare_runs([21.0, 21.0], [19.0, 19.0], [0, 1], same, 1)
    assert few.degrees == pytest.approx(1), "one segment alone differs"


def test_segments_that_do_not_vary_leave_the_test_to_the_seeds():
    found = compare_runs(OWN, BASE, [0, 1, 2], np.zeros((3, 4)), 101)
    welch = (8 / 9) ** 2 / (49 / 162 + 1 / 162)
    assert found.degrees == pytest.approx(welch) and found.p == pytest.approx(beyond(2 / math.sqrt(8 / 9), welch))


def test_nothing_that_varies_is_not_tested():
    found = compare_runs([21.0, 21.0], [0.3, 0.1 + 0.2], [0, 1], np.full((2, 4), 0.7), 1)
    assert all(map(math.isnan, found))


def test_no_part_alone_is_larger_than_the_whole():
    # Opposite samples: the mean does not vary, and all that varies is what a seed does to segments.
    opposite = np.stack([COMMON, -COMMON])
    found = compare_runs([1.0, 3.0], [0.0, 0.0], [0, 1], opposite, 101)
    assert found.half == pytest.approx(12.7062, abs=1e-4), "the seeds have the variance 2/2 with 1 degree"


def test_the_interval_of_a_mean_score_by_hand():
    # The models' half is 1.96, so the variance of segments is 1; of seeds 7/9 with 2 degrees. 1.77778 has 512/49
    # degrees, whose t of 5% is 2.2154 by integration of the density.
    low, high = mean_interval(OWN, [19.04, 20.04, 22.04], [22.96, 23.96, 25.96])
    assert (low + high) / 2 == pytest.approx(67 / 3) and (high - low) / 2 == pytest.approx(2.9538, abs=3e-4)
    assert mean_interval([3.0, 3.0], [2.0, 2.0], [4.0, 4.0]) == pytest.approx((2, 4)), "no noise of seeds"


def tables(rng, seeds, of_baseline, of_seed, of_segment, of_both, segments=100, samples=100):
    """Endless differences of equal runs: own and base scores, partners, and sampled differences.

    of_seed, of_segment, of_both: variance of the difference of two models by their seeds, by segments that are alike
    for all seeds, and by what a seed does to single segments.
    """
    while True:
        hard = rng.normal(0, math.sqrt(of_segment * segments), segments)
        runs = []
        for count in (seeds, of_baseline):
            level = rng.normal(0, math.sqrt(of_seed / 2), (count, 1))
            runs.append(level + rng.normal(0, math.sqrt(of_both / 2 * segments), (count, segments)))
        own, base = runs[0] + hard, runs[1]
        partners = [n if n < of_baseline else 0 for n in range(seeds)]
        stats = [[np.stack([row, np.ones(segments)], axis=1) for row in run] for run in (own, base)]
        pairs = [(stats[1][partner], row) for row, partner in zip(stats[0], partners, strict=True)]
        sampled = np.stack([sampled_differences("bootstrap", Mean(), pair, samples, 3) for pair in pairs])
        yield list(own.mean(axis=1)), list(base.mean(axis=1)), partners, sampled


TABLES = 400  # the standard deviation of a share of 5% of them is 1.1%


@pytest.mark.parametrize(
    ("seeds", "of_baseline", "noise"),
    [(3, 3, (3, 1, 0.5)), (3, 3, (0.1, 0.5, 2)), (5, 1, (1, 1, 0.5)), (4, 2, (1, 0.5, 1))],
)
def test_about_a_twentieth_of_equal_runs_are_marked(seeds, of_baseline, noise):
    made = tables(np.random.default_rng(8), seeds, of_baseline, *noise)
    ours = [compare_runs(*next(made), 100).p < 0.05 for _ in range(TABLES)]
    assert 0.005 < np.mean(ours) < 0.05 + 2.5 * 0.011, np.mean(ours)


def test_segments_alone_and_seeds_alone_mark_far_more():
    made, marked = tables(np.random.default_rng(8), 3, 3, 3, 1, 0.5), {"both": 0, "segments": 0, "seeds": 0}
    for _ in range(TABLES):
        own, base, partners, sampled = next(made)
        difference = fmean(own) - fmean(base)
        of_seeds, of_segments = (variance(own) + variance(base)) / 3, sampled.mean(axis=0).var()
        marked["both"] += compare_runs(own, base, partners, sampled, 100).p < 0.05
        marked["seeds"] += beyond(difference / math.sqrt(of_seeds), 4) < 0.05
        marked["segments"] += beyond(difference / math.sqrt(of_segments), 99) < 0.05
    shares = {name: count / TABLES for name, count in marked.items()}
    assert shares["both"] < 0.075 and shares["segments"] > 0.12 and shares["seeds"] > 0.085, shares
