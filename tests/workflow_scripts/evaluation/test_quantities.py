"""The numbers that figures come down to, worked out by hand."""

import pandas as pd
import pytest

from workflow_scripts.evaluation import quantities
from workflow_scripts.study.figures import KINDS, parse_figure

MORE = {"pruning": {"ratios": [0.3, 0.5]}, "task_correlation": {"objectives": ["translation", "cd"]}}


def found(kind, rows):
    values = quantities.KINDS[kind](pd.DataFrame(rows))
    known = parse_figure({"kind": kind, "runs": ["r"], **MORE.get(kind, {})}).quantities
    assert set(values["quantity"]) <= set(known)
    assert known[0] == values["quantity"].iloc[0], "a claim that names no quantity is about the first"
    assert list(values.columns) == quantities.COLUMNS
    return {(row.run, row.quantity): pytest.approx(row.value) for row in values.itertuples()}


def test_correlations_are_means_over_pairs_of_languages_once():
    pairs = {("ca", "eu"): 0.2, ("ca", "gl"): 0.4, ("eu", "gl"): 0.9}
    both = {**pairs, **{(b, a): value for (a, b), value in pairs.items()}, ("ca", "ca"): 1.0}
    rows = [
        {"run": "id", "part": part, "language": a, "other": b, "correlation": value + more}
        for (a, b), value in both.items()
        for part, more in (("all", 0), ("low", -0.1))
    ]
    assert found("correlation", rows) == {("id", "all"): 0.5, ("id", "low"): 0.4}


def test_correlations_of_tasks_are_means_over_languages():
    rows = [
        {"run": "cd", "part": "all", "language": code, "objective": a, "other": b, "correlation": value}
        for code, value in (("ca", 0.6), ("gl", 0.8))
        for a, b in (("translation", "cd"), ("cd", "translation"))
    ]
    assert found("task_correlation", rows) == {("cd", "all"): 0.7}


def test_the_spread_is_the_standard_deviation():
    rows = [
        {"run": "id", "measure": "density", "at": 0.1, "value": 5},
        {"run": "id", "measure": "quantile", "at": 0.5, "value": 3},
        {"run": "id", "measure": "standard deviation", "value": 2},
    ]
    assert found("violin", rows) == {("id", "0.5"): 3, ("id", "standard deviation"): 2}


def test_drops_are_means_over_directions_by_ratio():
    rows = [{"run": "id", "ratio": ratio, "drop": drop} for ratio, drop in ((0, 0), (0.3, 1), (0.3, 2), (0.5, 4))]
    assert found("pruning", rows) == {("id", "0.3"): 1.5, ("id", "0.5"): 4}


def test_words_are_nearer_than_at_random():
    rows = [
        {"model": "mrasp", "cosine": 0.5, "random_cosine": 0.1},
        {"model": "mrasp", "cosine": 0.3, "random_cosine": 0.2},
    ]
    assert found("similarity", rows) == {
        ("mrasp", "above"): 0.25, ("mrasp", "translations"): 0.4, ("mrasp", "random"): 0.15
    }  # fmt: skip
    assert quantities.KINDS["similarity"](pd.DataFrame(rows))["quantity"].iloc[0] == "above"


def test_retrieval_is_the_mean_accuracy():
    assert found("retrieval", [{"model": "m", "accuracy": a} for a in (0.2, 0.4)]) == {("m", "accuracy"): 0.3}


def test_each_kind_is_one_of_figures():
    assert set(quantities.KINDS) <= set(KINDS)
