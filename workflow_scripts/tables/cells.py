"""The cells of a table of scores, with a row for each cell. tabulate.py writes and shows them.

The columns of a table are directions, groups of directions, and the mean of all directions (`mean`). A system has a
mean only if it has all directions of the mean. For a run with several seeds, a score is the mean over the seeds, with
their standard deviation, and the interval of a direction is for other segments and other seeds.
"""

from pathlib import Path

import pandas as pd

from workflow_scripts.directions import pair_of
from workflow_scripts.evaluation.comparable import SCORED, check_signatures, outdated
from workflow_scripts.evaluation.runs_with_seeds import mean_interval
from workflow_scripts.settings.tables import ScoreTabulation
from workflow_scripts.study.fields import MEAN
from workflow_scripts.study.tables import Group
from workflow_scripts.tables.marks import with_tests

BLOCK = ["metric", "test_set", "system"]  # columns that identify a row of the table
CELL = [*BLOCK, "column"]
INTERVAL = ["ci_low", "ci_high"]
MIXED = " + "  # between the signatures of scores that were computed in different ways
COLUMNS = [
    "system", "source", "target", "test_set", "metric", "column", "score", "spread", "ci_low", "ci_high", "difference",
    "difference_low", "difference_high", "degrees", "p", "p_corrected", "signature", "published",
]  # fmt: skip


def table_cells(
    table: ScoreTabulation, scores: pd.DataFrame, tests: pd.DataFrame, testsets: Path
) -> tuple[pd.DataFrame, list[str]]:
    """The cells of a table, with COLUMNS, in its order; and a line for each missing score that says why.

    scores: what `collect` returns of score files. tests: what it returns of comparisons, with OF_TEST. testsets: folder
    of all test sets. A cell with missing scores has the score NaN. Raises UserError for scores that cannot be compared.
    """
    expected = _expected(table)
    own = _of_test_sets_now(scores, testsets).merge(expected[["run"]].drop_duplicates(), on="run")
    own = own.drop_duplicates([*SCORED, "metric"])  # of files that are listed twice
    own = own[own["metric"].isin(table.metrics) & own["test_set"].isin(table.test_sets)]
    check_signatures(own[own["why"] == ""])
    wanted = expected.merge(pd.Series(table.metrics, name="metric"), how="cross")
    found = wanted.merge(own.drop(columns="system"), on=[*SCORED, "metric"], how="left")
    found["score"] = found["score"].astype(float).where(found["why"] == "")
    members = _members(table, expected, found)
    cells = _means(found, members).merge(_intervals(found), on=CELL, how="left")
    cells = _with_differences(cells, table.baseline)
    now = _of_test_sets_now(tests, testsets)
    usable = now[(now["why"] == "") & (now["baseline"] == table.baseline) & now["metric"].isin(table.metrics)]
    usable = usable[usable["sampled"].notna()]  # comparisons of version 0.1.0 have none
    cells = with_tests(cells, table, found, members, usable)
    published = _published(table, members)
    cells = pd.concat([cells.assign(published=""), published])
    return _in_order(cells, table, members), _missing(found)


def _expected(table: ScoreTabulation) -> pd.DataFrame:
    """SCORED, `system`, `column` and `seed` (its position among those of the run) of each score of a table."""
    rows = [(score.run, score.test_set, *score.direction.split("-"), score.system) for score in table.scores]
    frame = pd.DataFrame(rows, columns=[*SCORED, "system"], dtype=str)
    seed = frame.groupby(["system", "test_set", "source", "target"], sort=False).cumcount()
    return frame.assign(column=frame["source"] + "→" + frame["target"], seed=seed)


def _of_test_sets_now(scores: pd.DataFrame, testsets: Path) -> pd.DataFrame:
    """The scores with the column `why`: why a score cannot be used, or empty."""
    return scores.assign(why=outdated(scores, testsets))


def _members(table: ScoreTabulation, expected: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """`test_set`, `source`, `target`, `column`: the directions of each column of a table."""
    directions = expected[["test_set", "source", "target", "column"]].drop_duplicates()
    sizes = found.groupby(["source", "target"])["train_pairs"].max()
    parts = [directions]
    for test_set in table.test_sets:
        rows = directions[directions["test_set"] == test_set]
        known = [f"{source}-{target}" for source, target in zip(rows["source"], rows["target"], strict=True)]
        amounts = sizes.reindex(pd.MultiIndex.from_frame(rows[["source", "target"]]))
        for column, group in table.groups.items():
            parts.append(rows[_in_group(group, known, amounts.to_list())].assign(column=column))
        parts.append(rows.assign(column=MEAN))
    return pd.concat(parts)


def _in_group(group: Group, directions: list[str], amounts: list[float]) -> list[bool]:
    """Whether each direction is in a group; none is if the table lacks a pair or direction of the group.

    amounts: number of training pairs of each direction, NaN if no score file has it.
    """
    if group.pairs is None and group.directions is None:
        most = float("inf") if group.at_most is None else group.at_most
        return [(group.more_than or 0) < amount <= most for amount in amounts]
    keys = directions if group.pairs is None else [pair_of(direction) for direction in directions]
    named = set(group.directions or group.pairs or [])
    return [named <= set(keys) and key in named for key in keys]


def _means(found: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """CELL, `score`, `spread` and `seeds`: the mean over directions for each seed, then the mean over seeds.

    `signature` is that of all scores of a cell; of several, the parts that differ, such as `tok:13a + tok:zh`.
    """
    joined = found.drop(columns="column").merge(members, on=["test_set", "source", "target"])
    by_seed = joined.groupby([*CELL, "seed"], sort=False)["score"].agg(["mean", "count", "size"]).reset_index()
    asked = members.groupby(["test_set", "column"]).size().rename("asked").reset_index()
    by_seed = by_seed.merge(asked, on=["test_set", "column"])
    whole = by_seed["count"] == by_seed["asked"]
    # A system that lacks a direction of a mean has no cell; one whose score is only missing has an empty cell.
    by_seed = by_seed.assign(score=by_seed["mean"].where(whole))[by_seed["size"] == by_seed["asked"]]
    cells = by_seed.groupby(CELL, sort=False)["score"].agg(["mean", "std", "count", "size", list]).reset_index()
    cells["score"] = cells["mean"].where(cells["count"] == cells["size"])
    cells["spread"] = cells["std"].where(cells["score"].notna())
    cells = cells.rename(columns={"list": "seeds"})
    signatures = joined[joined["score"].notna()].groupby(CELL, sort=False)["signature"].agg(_shared).reset_index()
    return cells[[*CELL, "score", "spread", "seeds"]].round(4).merge(signatures, on=CELL, how="left")


def _shared(signatures: pd.Series) -> str:
    """The one signature of some scores, or the parts that differ, joined by MIXED."""
    parts = [str(signature).split("|") for signature in signatures.unique()]
    if len(parts) == 1:
        return "|".join(parts[0])
    common = set.intersection(*map(set, parts))
    return MIXED.join("|".join(part for part in some if part not in common) for some in parts)


def _intervals(found: pd.DataFrame) -> pd.DataFrame:
    """CELL, languages, `ci_low` and `ci_high` of the cells of one direction."""
    rows = found.groupby([*CELL, "source", "target"], sort=False)[["score", *INTERVAL]].agg(list).reset_index()
    both = [_interval(*lists) for lists in zip(rows["score"], *(rows[end] for end in INTERVAL), strict=True)]
    return rows[[*CELL, "source", "target"]].join(pd.DataFrame(both, columns=INTERVAL).round(4))


def _interval(scores: list[float], lows: list[float], highs: list[float]) -> tuple[float, float]:
    if pd.isna(scores).any():
        return float("nan"), float("nan")
    return (lows[0], highs[0]) if len(scores) == 1 else mean_interval(scores, lows, highs)


def _with_differences(cells: pd.DataFrame, baseline: str | None) -> pd.DataFrame:
    """The cells with `difference` to the baseline in the same column, and `base_seeds`, its scores there."""
    base = cells.loc[cells["system"] == baseline, ["metric", "test_set", "column", "score", "seeds"]]
    base = base.rename(columns={"score": "base", "seeds": "base_seeds"})
    cells = cells.merge(base, on=["metric", "test_set", "column"], how="left")
    compared = cells["system"] != baseline
    return cells.assign(difference=(cells["score"] - cells["base"]).where(compared).round(4))


def _published(table: ScoreTabulation, members: pd.DataFrame) -> pd.DataFrame:
    """The cells of published rows. A mean that is not given is computed if the row has all its directions."""
    cells: list[dict[str, object]] = []
    for row in table.published:
        test_set = row.test_set or table.test_sets[0]
        about: dict[str, object] = {
            "metric": row.metric,
            "test_set": test_set,
            "system": row.label,
            "published": row.source,
        }
        of_set = members[members["test_set"] == test_set]
        values = pd.Series(row.values, name="score", dtype=float)
        values.index = values.index.str.replace("-", "→")
        scores = of_set.assign(score=(of_set["source"] + "→" + of_set["target"]).map(values))
        computed = scores.groupby("column")["score"].agg(lambda column: column.mean(skipna=False)).dropna()
        given = pd.concat([computed.drop(list(row.means), errors="ignore"), pd.Series(row.means, dtype=float)])
        cells += [{**about, "column": column, "score": score} for column, score in given.items()]
    return pd.DataFrame(cells, columns=None if cells else [*CELL, "score", "published"])


def _in_order(cells: pd.DataFrame, table: ScoreTabulation, members: pd.DataFrame) -> pd.DataFrame:
    """The cells sorted by metric, test set, system and column, in the study's order; published rows last."""
    columns = members["column"].drop_duplicates()
    directions = [column for column in columns if column not in {*table.groups, MEAN}]
    orders: dict[str, list[str]] = {
        "metric": [*table.metrics],
        "test_set": table.test_sets,
        "system": [*table.labels, *dict.fromkeys(row.label for row in table.published)],
        "column": [*directions, *table.groups, MEAN],
    }
    cells = cells.reindex(columns=COLUMNS)
    for key, order in orders.items():
        cells[key] = pd.Categorical(cells[key], list(dict.fromkeys(order)))
    return cells.sort_values(list(orders), kind="stable", ignore_index=True)


def _missing(found: pd.DataFrame) -> list[str]:
    """A line `mrasp_ft en→gl on test: why` for each score that a table lacks."""
    lacking = found[found["score"].isna()]
    scored = set(found.loc[found["why"].eq(""), SCORED].itertuples(index=False, name=None))
    lines = []
    for of, rows in lacking.groupby(SCORED, sort=False):
        run, test_set, source, target = map(str, of)
        reasons = [why for why in rows["why"].dropna() if why] or ["no score file"]
        if of in scored:
            reasons = [f"no {', '.join(rows['metric'])} in its score file; score it again"]
        name = run.replace(f"/{source}-{target}", "")
        lines.append(f"{name} {source}→{target} on {test_set}: {reasons[0]}")
    return lines
