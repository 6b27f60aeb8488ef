"""Tests of significance: known values, enumeration, and how often they mark systems that are equally good."""

import itertools

import numpy as np
import pytest

from workflow_scripts.evaluation.significance import exact_p, half_interval, holm, p_of, sampled_differences


class Score:
    def __init__(self, score):
        self.score = score


class Mean:
    """The mean of a number of each segment, as a metric."""

    def _compute_score_from_stats(self, stats):
        return Score(float(stats[0]) / float(stats[1]))


class Ratio:
    """A ratio of sums, which is no mean of segments, as BLEU and chrF are not."""

    def _compute_score_from_stats(self, stats):
        return Score(100 * float(stats[0]) / (float(stats[1]) + 1))


def statistics(rng, segments, metric):
    """Statistics of two systems that are equally good: a segment is as hard for both, and one wins by chance."""
    difficulty = rng.normal(size=segments)
    first, second = (20 * (difficulty + rng.normal(size=segments)) for _ in range(2))
    others = [np.ones(segments)] * 2 if metric is Mean else rng.integers(8, 15, size=(2, segments))
    return tuple(np.stack([some, other], axis=1) for some, other in zip((first, second), others, strict=True))


@pytest.mark.parametrize("metric", [Mean, Ratio])
@pytest.mark.parametrize("segments", [1, 2, 5, 9])
def test_the_exact_test_goes_through_all_swaps(metric, segments):
    first, second = statistics(np.random.default_rng(segments), segments, metric)
    score = lambda rows: metric()._compute_score_from_stats(np.sum(rows, axis=0)).score  # noqa: E731
    found = []
    for swapped in itertools.product([False, True], repeat=segments):
        mask = np.array(swapped)[:, None]
        found.append(abs(score(np.where(mask, first, second)) - score(np.where(mask, second, first))))
    by_hand = sum(value >= found[0] - 1e-9 for value in found) / len(found)
    assert exact_p(metric(), (first, second)) == pytest.approx(by_hand)


def test_draws_are_of_the_same_segments_in_all_directions_and_the_same_for_any_number_at_once(monkeypatch):
    both = statistics(np.random.default_rng(1), 30, Ratio)
    for test in ("bootstrap", "randomisation"):
        at_once = sampled_differences(test, Ratio(), both, 50, 4)
        doubled = tuple(np.stack([2 * some[:, 0], some[:, 1]], axis=1) for some in both)
        assert sampled_differences(test, Ratio(), doubled, 50, 4) == pytest.approx(2 * at_once)
        monkeypatch.setattr("workflow_scripts.evaluation.significance.DRAWN", 90)
        assert sampled_differences(test, Ratio(), both, 50, 4) == pytest.approx(at_once)


def test_p_by_hand():
    sampled = np.array([-3.0, -1.0, 1.0, 3.0])
    assert p_of("randomisation", 3, sampled, 99) == 3 / 5 and p_of("randomisation", -4, sampled, 99) == 1 / 5
    assert p_of("bootstrap", 3, sampled + 3, 99) == 3 / 5, "the mean of the samples is shifted to 0"
    assert p_of("bootstrap", 4, sampled, 3) == 0.25 and p_of("bootstrap", 4, sampled, 1) == 1
    assert p_of("bootstrap", 0, np.zeros(4), 0) == 1


def test_the_half_interval_of_the_bootstrap_holds_95_of_100_samples():
    assert half_interval(np.linspace(-10, 10, 2001) + 7) == pytest.approx(9.5, abs=0.01)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1] and holm([0.02]) == [0.02] and holm([]) == []


TRIES = 400


@pytest.mark.slow
@pytest.mark.parametrize("metric", [Mean, Ratio])
@pytest.mark.parametrize("test", ["bootstrap", "randomisation"])
def test_at_most_about_a_twentieth_of_equal_systems_are_marked(test, metric):
    rng = np.random.default_rng(5)
    marked = {"alone": 0, "mean": 0, "holm": 0}
    for _ in range(TRIES):
        directions = [statistics(rng, 100, metric) for _ in range(4)]
        sampled = [sampled_differences(test, metric(), both, 199, 3) for both in directions]
        score = lambda some: metric()._compute_score_from_stats(some.sum(axis=0)).score  # noqa: E731
        differences = [score(second) - score(first) for first, second in directions]
        each = [p_of(test, difference, some, 100) for difference, some in zip(differences, sampled, strict=True)]
        marked["alone"] += np.sum(np.array(each) < 0.05) / 4
        marked["mean"] += p_of(test, np.mean(differences), np.mean(sampled, axis=0), 400) < 0.05
        marked["holm"] += min(holm(each)) < 0.05
    # The standard deviation of a share of 5% of 400 is 1.1%.
    shares = {name: count / TRIES for name, count in marked.items()}
    assert all(share < 0.05 + 3 * 0.011 for share in shares.values()), shares
    assert shares["alone"] > 0.03 and shares["mean"] > 0.02, shares
