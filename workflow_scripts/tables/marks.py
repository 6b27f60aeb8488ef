"""p of the cells of a table: of single models by their test sets, of means over directions, and of several seeds."""

from collections import Counter

import numpy as np
import pandas as pd

from workflow_scripts.evaluation.comparable import SCORED
from workflow_scripts.evaluation.significance import holm, p_of, p_of_seeds
from workflow_scripts.settings.tables import ScoreTabulation

KEY = ["metric", "test_set", "system", "column"]  # columns that identify a cell
# Columns that identify a test. A mean of one direction is the test of this direction, and a group of all directions is
# that of `mean`: the same numbers, which Holm's correction must not count twice.
TEST = ["metric", "test_set", "system", "score", "difference", "p"]


def with_p(
    cells: pd.DataFrame, table: ScoreTabulation, found: pd.DataFrame, members: pd.DataFrame, tests: pd.DataFrame
) -> pd.DataFrame:
    """The cells with `p` of their difference, and `p_corrected` for all tests of the table by the same metric.

    cells: has KEY, `difference`, and the scores of the seeds: `seeds`, `base_seeds`. found: `run` and `system` of each
    score. members: the directions of each column. tests: what `collect` returns of comparisons with the baseline.
    """
    if table.significance == "none":
        return cells.assign(p=np.nan, p_corrected=np.nan)
    by_segments = _of_segments(table.significance, found, members, tests)
    compared = cells["difference"].notna()  # a comparison may be there where a score is missing
    cells = cells.assign(p=pd.Series(_looked_up(by_segments, cells), cells.index).where(compared))
    seeded = compared & (cells[["seeds", "base_seeds"]].map(_count).max(axis=1) > 1)
    pairs = zip(cells.loc[seeded, "base_seeds"], cells.loc[seeded, "seeds"], strict=True)
    cells.loc[seeded, "p"] = [p_of_seeds(base, own) for base, own in pairs]
    if table.correction == "none":
        return cells.assign(p_corrected=cells["p"])
    counted = _tests(cells).assign(p_corrected=lambda rows: rows.groupby("metric")["p"].transform(_corrected))
    return cells.merge(counted[[*TEST, "p_corrected"]], on=TEST, how="left")


def _tests(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["p"].notna()].drop_duplicates(TEST)


def _corrected(values: pd.Series) -> list[float]:
    return holm(values.tolist())


def _count(seeds: object) -> int:
    return len(seeds) if isinstance(seeds, list) else 0


def _looked_up(known: dict[tuple[str, ...], float], cells: pd.DataFrame) -> list[float]:
    return [known.get(key, np.nan) for key in cells[KEY].itertuples(index=False, name=None)]


def _of_segments(
    test: str, found: pd.DataFrame, members: pd.DataFrame, tests: pd.DataFrame
) -> dict[tuple[str, ...], float]:
    """KEY → p, of each cell all of whose directions are tested. A cell of one direction has the p of its comparison."""
    tested = tests.merge(found[["run", "system"]].drop_duplicates(), on="run")
    tested = tested.merge(members, on=["test_set", "source", "target"]).drop_duplicates([*SCORED, "metric", "column"])
    asked = members.groupby(["test_set", "column"]).size()
    known: dict[tuple[str, ...], float] = {}
    for of, rows in tested.groupby(KEY, sort=False, observed=True):
        metric, test_set, system, column = map(str, of)
        if len(rows) == asked.loc[test_set, column]:
            p = float(rows["p"].iloc[0]) if len(rows) == 1 else _of_mean(test, rows)
            known[metric, test_set, system, column] = p
    return known


def _of_mean(test: str, rows: pd.DataFrame) -> float:
    """p of the mean difference of several directions, from the means of their sampled differences."""
    sampled = np.mean([np.array(text.split(), np.float32) for text in rows["sampled"]], axis=0)
    return p_of(test, float(rows["difference"].mean()), sampled, int(rows["differing"].sum()))


def tests_by_metric(cells: pd.DataFrame) -> dict[str, int]:
    """Metric → number of tests."""
    return dict(Counter(map(str, _tests(cells)["metric"])))
