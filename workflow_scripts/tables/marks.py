"""Tests of the differences in a table: of single models by segments, of runs with several seeds by seeds too.

A mean over directions is tested by the means of their sampled differences, which are of the same segments.
"""

from collections import Counter
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.evaluation.comparable import SCORED
from workflow_scripts.evaluation.runs_with_seeds import Tested, compare_runs
from workflow_scripts.evaluation.significance import half_interval, holm, p_of
from workflow_scripts.settings.tables import ScoreTabulation

KEY = ["metric", "test_set", "system", "column"]  # columns that identify a cell
# Columns that identify a test. A mean of one direction is the test of this direction, and a group of all directions is
# that of `mean`: the same numbers, which Holm's correction must not count twice.
TEST = ["metric", "test_set", "system", "score", "difference", "p"]
UNTESTED = Tested(nan, nan, nan)


def with_tests(
    cells: pd.DataFrame, table: ScoreTabulation, found: pd.DataFrame, members: pd.DataFrame, tests: pd.DataFrame
) -> pd.DataFrame:
    """The cells with `p` of their difference, and `p_corrected` for all tests of the table by the same metric.

    Also `difference_low` and `difference_high`, its 95% interval, and for several seeds `degrees`, the degrees of
    freedom of the test. cells: has KEY, `difference`, and the scores of the seeds: `seeds`, `base_seeds`. found: `run`,
    `system` and `seed` of each score. members: the directions of each column. tests: what `collect` returns of
    comparisons with the baseline.
    """
    compared = _compared(found, members, tests)
    asked = members.groupby(["test_set", "column"]).size()
    tested = [_tested(table, cell, compared, asked) for cell in cells.itertuples(index=False)]
    cells = cells.assign(**pd.DataFrame(tested, cells.index, Tested._fields, float))
    cells["difference_low"] = (cells["difference"] - cells["half"]).round(4)
    cells["difference_high"] = (cells["difference"] + cells["half"]).round(4)
    if table.correction == "none":
        return cells.assign(p_corrected=cells["p"])
    counted = _tests(cells).assign(p_corrected=lambda rows: rows.groupby("metric")["p"].transform(_corrected))
    return cells.merge(counted[[*TEST, "p_corrected"]], on=TEST, how="left")


def _tests(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["p"].notna()].drop_duplicates(TEST)


def _corrected(values: pd.Series) -> list[float]:
    return holm(values.tolist())


def _compared(found: pd.DataFrame, members: pd.DataFrame, tests: pd.DataFrame) -> dict[tuple[str, ...], pd.DataFrame]:
    """KEY → the comparisons of a cell, one for each of its directions and seeds, as far as they are there."""
    rows = tests.merge(found[["run", "system", "seed"]].drop_duplicates(), on="run")
    rows = rows.merge(members, on=["test_set", "source", "target"]).drop_duplicates([*SCORED, "metric", "column"])
    return {tuple(map(str, key)): part for key, part in rows.groupby(KEY, sort=False, observed=True)}


def _tested(
    table: ScoreTabulation, cell: Any, compared: dict[tuple[str, ...], pd.DataFrame], asked: pd.Series
) -> Tested:
    """The test of a cell; of one without a difference, or without all its comparisons, UNTESTED."""
    rows, test = compared.get((cell.metric, cell.test_set, cell.system, cell.column)), table.significance
    if rows is None or pd.isna(cell.difference):
        return UNTESTED
    if len(rows) != asked.loc[cell.test_set, cell.column] * len(cell.seeds):
        return UNTESTED
    sampled = _sampled(rows)
    if len(cell.seeds) + len(cell.base_seeds) > 2:
        partners = table.partners[cell.system]
        return compare_runs(cell.seeds, cell.base_seeds, partners, sampled, int(rows["differing"].max()))
    mean = float(rows["difference"].mean())
    p = float(rows["p"].iloc[0]) if len(rows) == 1 else p_of(test, mean, sampled[0], int(rows["differing"].sum()))
    return Tested(p, half_interval(sampled[0]) if test == "bootstrap" else nan, nan)


def _sampled(rows: pd.DataFrame) -> np.ndarray:
    """Sampled differences [seeds, samples] of a cell: of each seed, the means over its directions."""
    of_seeds = [texts for _, texts in rows.groupby("seed")["sampled"]]
    return np.stack([np.mean([np.array(text.split(), float) for text in texts], axis=0) for texts in of_seeds])


def tests_by_metric(cells: pd.DataFrame) -> dict[str, int]:
    """Metric → number of tests."""
    return dict(Counter(map(str, _tests(cells)["metric"])))
