"""Make a table of scores.

`python -m workflow_scripts.tables.tabulate --settings … --testsets DIR PREFIX`.

Writes PREFIX.md, .tex and .html. Rows are systems, columns are directions. Beside each score is the difference to the
baseline of the table, with a mark if it is significant, and for several seeds half of its 95% interval. Below the
table, a line for each missing score says why it is missing. PREFIX.tsv has a line for each cell, also with confidence
intervals, p and signatures.
"""

from collections.abc import Hashable, Mapping
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd

from model.command import parser, run
from workflow_scripts.evaluation.comparable import SCORED
from workflow_scripts.evaluation.scores import OF_TEST_SET, collect
from workflow_scripts.evaluation.significance import LEVEL
from workflow_scripts.metrics import METRICS
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.tables import ScoreTabulation
from workflow_scripts.tables.cells import MIXED, table_cells
from workflow_scripts.tables.forms import write_forms
from workflow_scripts.tables.marks import tests_by_metric

OF_TEST = ["baseline", "metric", "difference", "p", "differing", "sampled", *SCORED, *OF_TEST_SET]  # columns
TESTS = {"bootstrap": "paired bootstrap resampling", "randomisation": "approximate randomisation"}


def wide(cells: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The table as text: a row for each metric, test set and system; a column for each direction, group and the mean.

    labels: system → its name in the table.
    """
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for cell in cells.to_dict("records"):
        system, published = cell["system"], cell["published"]
        row = rows.setdefault((cell["metric"], cell["test_set"], system, published), {})
        if not row:
            label = f"{system} †" if published else labels[system]
            row |= {"metric": METRICS[cell["metric"]].label, "test set": cell["test_set"], "system": label}
        row[cell["column"]] = _text(cell)
    there = set(cells["column"])
    columns = [column for column in cells["column"].cat.categories if column in there]
    return pd.DataFrame(list(rows.values()), columns=["metric", "test set", "system", *columns]).fillna("–")


def _text(cell: dict[Hashable, Any]) -> str:
    """`31.7`, `31.7 (+17.2)` with a baseline, `31.7 (+17.2*)` if significant; `31.7 ± 0.4 (+17.2 ± 0.9*)` of seeds.

    `31.7‡` is a mean over scores that were computed in different ways.
    """
    if pd.isna(cell["score"]):
        return "–"
    spread = "" if pd.isna(cell["spread"]) else f" ± {cell['spread']:.1f}"
    significant = cell["p_corrected"] < LEVEL
    half = nan if pd.isna(cell["degrees"]) else (cell["difference_high"] - cell["difference_low"]) / 2
    difference = "" if pd.isna(cell["difference"]) else f" ({_difference(cell['difference'], significant, half)})"
    return f"{cell['score']:.1f}{'‡' * _is_mixed(cell['signature'])}{spread}{difference}"


def _is_mixed(signature: object) -> bool:
    return isinstance(signature, str) and MIXED in signature


def _difference(value: float, is_significant: bool, half: float = nan) -> str:
    """`+17.2`, `0.0`, or `+17.2*` if it is significant; with a second decimal if that is small, `-0.04*`.

    half: half of an interval to be shown, `+17.2 ± 0.9*`; NaN for none.
    """
    digits = 2 if is_significant and not round(value, 1) else 1
    shown = f"{value:+.{digits}f}" if round(value, digits) else f"{0:.{digits}f}"
    return shown + ("" if isnan(half) else f" ± {half:.{digits}f}") + "*" * is_significant


def notes(cells: pd.DataFrame, table: ScoreTabulation, missing: list[str]) -> list[str]:
    """The lines below a table: what its signs mean, and which scores are missing and why."""
    said = []
    if cells["p"].notna().any():
        said += _of_tests(cells, table)
    if cells["spread"].notna().any():
        said.append("±: standard deviation over the seeds of a run")
    if cells["degrees"].notna().any():
        said.append("± in parentheses: half of the 95% interval of a difference, for other seeds and other segments")
    for metric, rows in cells[cells["signature"].map(_is_mixed)].groupby("metric", observed=True):
        ways = MIXED.join(dict.fromkeys(way for row in rows["signature"] for way in row.split(MIXED)))
        said.append(f"‡: a mean over {METRICS[str(metric)].label} of different words or characters ({ways})")
    said += list(dict.fromkeys(f"† {row.label}: published, {row.source}" for row in table.published))
    return said + [f"missing: {line}" for line in missing]


def _of_tests(cells: pd.DataFrame, table: ScoreTabulation) -> list[str]:
    """What a star means, and whether the tests draw enough samples for one."""
    counts, seeds = tests_by_metric(cells), cells["degrees"].notna()
    method = f"{TESTS[table.significance]} with {table.samples:,} samples"
    if seeds.any():
        method += ", for several seeds with Student's t-test over segments and seeds"
    most = max(counts.values())
    number = f"{most} test{'s' * (most > 1)}" if len({*counts.values()}) == 1 else f"at most {most} tests"
    corrected = f"Holm's correction for the {number} of each metric"
    said = [f"*: p < {LEVEL}, {method}; {corrected if table.correction == 'holm' else 'not corrected'}"]
    needed = round(most / LEVEL)
    sampled = cells["p"].notna() & ~seeds  # their p is at least one of the number of samples
    if table.correction == "holm" and sampled.any() and (table.samples or 0) < needed:
        said.append(
            f"too few samples for a star among {most} tests: set significance.{table.significance} to {needed:,}"
        )
    return said


def main() -> None:
    """Write one table in four formats."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--testsets", type=Path, required=True, help="folder with a folder of each test set")
    arguments.add_argument("prefix", type=Path)
    options = arguments.parse_args()
    table = read_settings(ScoreTabulation, options.settings)
    scores, tests = collect(score.file for score in table.scores), collect(table.comparisons, OF_TEST)
    cells, missing = table_cells(table, scores, tests, options.testsets)
    write_forms(options.prefix, cells, wide(cells, table.labels), notes(cells, table, missing))


if __name__ == "__main__":
    run(main)
