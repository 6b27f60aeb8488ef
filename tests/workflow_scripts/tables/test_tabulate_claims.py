"""Verdicts on claims, from tables of scores and of figures that are worked out by hand."""

import math

import pandas as pd
import pytest

from model.command import UserError
from workflow_scripts.evaluation import quantities
from workflow_scripts.settings.tables import ClaimTabulation
from workflow_scripts.study.claims import Claim, Difference, Within
from workflow_scripts.tables.tabulate_claims import Found, compared, corrected, in_figure, in_table, less, verdict, wide
from workflow_scripts.tsv import write_table

NAN = math.nan
CELLS = pd.DataFrame(
    [
        ("id", "gl→en", "sacrebleu", "test", 2.0, 0.5, 3.5, 0.02),
        ("id", "mean", "sacrebleu", "test", 1.0, 0.2, 1.8, 0.06),  # the correction takes its star
        ("id", "mean", "chrf", "test", -3.0, -4.0, -2.0, 0.001),
        ("cd", "mean", "sacrebleu", "test", 0.25, -0.25, 0.75, 0.4),
        ("mmt", "mean", "sacrebleu", "test", NAN, NAN, NAN, NAN),
    ],
    columns=[
        "system",
        "column",
        "metric",
        "test_set",
        "difference",
        "difference_low",
        "difference_high",
        "p_corrected",
    ],
)


def asked(**keys):
    return Difference(table="main", **keys)


def test_a_cell_by_direction_metric_and_run():
    assert in_table(asked(run="id", column="gl-en"), CELLS) == (2.0, 0.5, 3.5, 0.02)
    assert in_table(asked(run="id"), CELLS) == (1.0, 0.2, 1.8, 0.06)
    assert in_table(asked(run="id", metric="chrf"), CELLS) == (-3.0, -4.0, -2.0, 0.001)
    for keys in ({"run": "mmt"}, {"run": "id", "column": "eu-en"}, {"run": "id", "test_set": "dev"}):
        with pytest.raises(UserError, match="main: no difference of"):
            in_table(asked(**keys), CELLS)


def values(**runs):
    rows = [(name, "low", value) for name, value in runs.items()]
    return pd.DataFrame(rows, columns=quantities.COLUMNS)


def test_a_quantity_is_compared_seed_by_seed():
    some = values(mmt=0.70, id=0.75, **{"mmt/seed2": 0.60, "id/seed2": 0.66, "mmt/seed3": 0.50, "id/seed3": 0.57})
    found = in_figure(Difference(figure="f", run="id", baseline="mmt"), some)
    # Differences .05, .06, .07: mean .06, standard deviation .01; t of 2 degrees of freedom at 95% is 4.302653.
    assert found.difference == pytest.approx(0.06)
    assert found.high - found.difference == pytest.approx(4.302653 * 0.01 / math.sqrt(3), rel=1e-6)
    # With two degrees, p is 1 - t / sqrt(t^2 + 2) (Student 1908).
    t = 0.06 / (0.01 / math.sqrt(3))
    assert found.p == pytest.approx(1 - t / math.sqrt(t * t + 2))
    assert verdict("higher", found) == "shown"
    assert verdict("lower", found) == "the opposite"


def test_p_of_figures_and_of_two_differences_are_corrected_together():
    figure = {"figure": "f", "run": "id", "baseline": "mmt", "claim": "c", "source": "s", "paper": "p"}
    table = {"table": "main", "run": "id", "claim": "c", "source": "s", "paper": "p"}
    claims = [
        Claim(**figure),
        Claim(**table),
        Claim(**table, less=asked(run="cd")),
        Claim(**figure, expected={"within": 1}),
        Claim(**figure),
    ]
    found = corrected(claims, [Found(1, 0, 2, p) for p in (0.02, 0.03, 0.03, 0.001, NAN)])
    assert [one.p for one in found[:4]] == [0.04, 0.03, 0.04, 0.001]
    assert math.isnan(found[4].p)


def test_with_one_seed_nothing_is_shown():
    found = in_figure(Difference(figure="f", run="id", baseline="mmt"), values(mmt=0.1, id=0.9))
    assert found.difference == pytest.approx(0.8)
    assert math.isnan(found.low)
    assert verdict("higher", found) == verdict("lower", found) == verdict(Within(within=1), found) == "not shown"


def test_runs_without_a_common_seed():
    with pytest.raises(UserError, match="f: id and mmt have no seed in common in low"):
        in_figure(Difference(figure="f", run="id", baseline="mmt"), values(**{"mmt/seed2": 1, "id": 2}))


@pytest.mark.parametrize(
    ("expected", "low", "high", "p", "said"),
    [
        ("higher", 0.1, 0.9, 0.01, "shown"),
        ("higher", 0.1, 0.9, 0.05, "not shown"),
        ("higher", -0.1, 0.9, 0.01, "not shown"),
        ("higher", -0.9, -0.1, 0.01, "the opposite"),
        ("lower", -0.9, -0.1, 0.01, "shown"),
        ("lower", -0.9, -0.1, 0.2, "not shown"),
        ("lower", 0.1, 0.9, NAN, "the opposite"),
        (Within(within=0.5), -0.4, 0.5, 0.9, "shown"),
        (Within(within=0.5), 0.1, 0.4, 0.001, "shown"),
        (Within(within=0.5), -0.6, 0.4, 0.9, "not shown"),
        (Within(within=0.5), 0.4, 0.9, 0.001, "not shown"),
        (Within(within=0.5), 0.6, 0.9, 0.001, "the opposite"),
        (Within(within=0.5), -0.9, -0.6, 0.001, "the opposite"),
    ],
)
def test_verdicts(expected, low, high, p, said):
    assert verdict(expected, Found((low + high) / 2, low, high, p)) == said


def test_a_difference_of_differences_has_the_errors_of_both():
    found = less(Found(5.0, 2.0, 8.0, 0.01), Found(1.0, -3.0, 5.0, 0.5))
    assert found[:3] == (4.0, -1.0, 9.0)  # halves 3 and 4 give 5
    edge = less(Found(6.0, 3.0, 9.0, 0.01), Found(1.0, -3.0, 5.0, 0.5))
    assert found.p > edge.p == pytest.approx(0.05) and edge.low == 0


def test_a_table_of_claims_from_its_files(tmp_path):
    write_table(CELLS, tmp_path / "main.tsv")
    quartile, deviation = {"measure": "quantile", "at": 0.25}, {"measure": "standard deviation", "at": NAN}
    spread = [
        {"run": run, **measure, "value": value}
        for run, values in (("mmt", (1e-5, 3e-5)), ("id", (9e-5, 2e-5)))
        for measure, value in zip((quartile, deviation), values, strict=True)
    ]
    write_table(pd.DataFrame(spread), tmp_path / "spread.tsv")
    about = {"source": "a paper, table 1", "paper": "+1.2"}
    claims = [
        Claim(claim="ID helps Galician", table="main", run="id", column="gl-en", **about),
        Claim(claim="CD is as good", table="main", run="cd", expected=Within(within=1), **about),
        Claim(claim="ID is even", figure="spread", run="id", baseline="mmt", expected="lower", **about),
    ]
    figures = {"spread": {"kind": "violin", "file": str(tmp_path / "spread.tsv")}}
    settings = ClaimTabulation(
        claims=claims, seeds=[3, 3, 1], regime=None, tables={"main": str(tmp_path / "main.tsv")}, figures=figures
    )
    rows = compared(settings)
    assert rows["verdict"].tolist() == ["shown", "shown", "not shown"]
    shown = wide(rows)
    assert shown["here"].tolist() == ["+2.0 (+0.5 to +3.5)", "+0.250 (-0.250 to +0.750)", "-0.000010"]
    assert shown["seeds"].tolist() == ["3", "3", "1"]
    assert shown["claim"].tolist() == ["ID helps Galician", "CD is as good", "ID is even"]
