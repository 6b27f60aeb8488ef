"""Make a table of the claims of papers: what a paper reports, what the study has, and whether that shows the claim.

`python -m workflow_scripts.tables.tabulate_claims --settings … PREFIX`.

A claim is about a difference of two runs. It is `shown` if the difference has the expected sign significantly, and `the
opposite` if it has the other sign significantly; else it is `not shown`. A claim that a difference is small is shown if
the 95% interval holds no larger one. Differences in tables of scores have the intervals and corrected p of these
tables. Those in figures have intervals by Student's t over seeds; with one seed nothing is shown. The p of the latter,
and of differences of two differences, are corrected together (Holm 1979).
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

import pandas as pd

from model.command import UserError, parser, run
from workflow_scripts.evaluation import quantities
from workflow_scripts.evaluation.significance import LEVEL, holm
from workflow_scripts.evaluation.students_t import beyond, quantile
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.tables import ClaimTabulation
from workflow_scripts.study.claims import Claim, Difference, Within
from workflow_scripts.tables.forms import write_forms
from workflow_scripts.tsv import read_table

SHOWN, NOT_SHOWN, OPPOSITE = "shown", "not shown", "the opposite"
COLUMNS = ["claim", "source", "paper", "expected", "difference", "low", "high", "p", "seeds", "verdict"]


class Found(NamedTuple):
    """A difference of the study; NaN for what it lacks."""

    difference: float
    low: float  # of the 95% interval
    high: float
    p: float


def in_table(asked: Difference, cells: pd.DataFrame) -> Found:
    """A difference in the cells of a table of scores. Raises UserError if the table has no such cell."""
    column = asked.column.replace("-", "→") if asked.column.replace("-", "→") in set(cells["column"]) else asked.column
    metric, test_set = asked.metric or cells["metric"].iloc[0], asked.test_set or cells["test_set"].iloc[0]
    wanted = {"system": asked.run, "column": column, "metric": metric, "test_set": test_set}
    rows = cells[(cells[list(wanted)] == pd.Series(wanted)).all(axis=1) & cells["difference"].notna()]
    if rows.empty:
        raise UserError(f"{asked.table}: no difference of {asked.run} in {asked.column} ({metric}, {test_set})")
    row = rows.iloc[0]
    return Found(row["difference"], row["difference_low"], row["difference_high"], row["p_corrected"])


def in_figure(asked: Difference, values: pd.DataFrame) -> Found:
    """A difference of two runs in a quantity of a figure. values: quantities.COLUMNS, a row for each model.

    With several seeds of both it is the mean of the differences between models of the same seed, with the interval of
    Student's t. Raises UserError if the figure has no two such models.
    """
    named = asked.quantity or values["quantity"].iloc[0]
    own, base = (_by_seed(values[values["quantity"] == named], run) for run in (asked.run, str(asked.baseline)))
    pairs = [own[seed] - base[seed] for seed in own if seed in base]
    if not pairs:
        raise UserError(f"{asked.figure}: {asked.run} and {asked.baseline} have no seed in common in {named}")
    mean, degrees = fmean(pairs), len(pairs) - 1
    if not degrees:
        return Found(mean, math.nan, math.nan, math.nan)
    error = stdev(pairs) / math.sqrt(len(pairs))
    half = quantile(degrees) * error
    return Found(mean, mean - half, mean + half, beyond(mean / error, degrees) if error else float(mean == 0))


def _by_seed(values: pd.DataFrame, run: str) -> dict[str, float]:
    """Seed → value, of the models `mrasp` and `mrasp/seed2` of a run."""
    names = values["run"].str.partition("/")
    rows = values.assign(seed=names[2])[names[0] == run]
    return dict(zip(rows["seed"], rows["value"], strict=True))


def less(first: Found, second: Found) -> Found:
    """The first difference less the second, as if their errors were independent and their sum normally distributed."""
    mean = first.difference - second.difference
    half = math.hypot(first.high - first.difference, second.high - second.difference)
    usual = NormalDist()
    errors = abs(mean) / half * usual.inv_cdf(1 - LEVEL / 2) if half else math.inf
    return Found(mean, mean - half, mean + half, 2 * usual.cdf(-errors))


def verdict(expected: str | Within, found: Found) -> str:
    """`shown`, `not shown` or `the opposite`."""
    if isinstance(expected, Within):
        if max(abs(found.low), abs(found.high)) <= expected.within:
            return SHOWN
        return OPPOSITE if found.low > expected.within or found.high < -expected.within else NOT_SHOWN
    significant = found.low > 0 or found.high < 0
    if not significant or found.p >= LEVEL:
        return NOT_SHOWN
    return SHOWN if (found.difference > 0) == (expected == "higher") else OPPOSITE


def compared(settings: ClaimTabulation) -> pd.DataFrame:
    """COLUMNS: a row for each claim."""
    tables = {name: read_table(Path(path)) for name, path in settings.tables.items()}
    figures = {name: quantities.KINDS[f.kind](read_table(Path(f.file))) for name, f in settings.figures.items()}
    every = corrected(settings.claims, [_found(claim, tables, figures) for claim in settings.claims])
    rows = []
    for claim, found, seeds in zip(settings.claims, every, settings.seeds, strict=True):
        expected = f"within {claim.expected.within:g}" if isinstance(claim.expected, Within) else claim.expected
        about = (claim.claim, claim.source, claim.paper, expected)
        rows.append((*about, *found, seeds, verdict(claim.expected, found)))
    return pd.DataFrame(rows, columns=COLUMNS)


def corrected(claims: Sequence[Claim], found: Sequence[Found]) -> list[Found]:
    """The differences, with the p corrected together that no table of scores has corrected already.

    Claims of no difference are decided by their interval, so they are no tests.
    """
    tests = [
        place
        for place, (claim, one) in enumerate(zip(claims, found, strict=True))
        if (claim.figure or claim.less) and not isinstance(claim.expected, Within) and not math.isnan(one.p)
    ]
    of_place = dict(zip(tests, holm([found[place].p for place in tests]), strict=True))
    return [one._replace(p=of_place.get(place, one.p)) for place, one in enumerate(found)]


def _found(claim: Claim, tables: Mapping[str, pd.DataFrame], figures: Mapping[str, pd.DataFrame]) -> Found:
    differences = [
        in_table(asked, tables[asked.table]) if asked.table else in_figure(asked, figures[str(asked.figure)])
        for asked in claim.differences
    ]
    return less(*differences) if len(differences) == 2 else differences[0]


def wide(rows: pd.DataFrame) -> pd.DataFrame:
    """The table as text."""
    shown = pd.DataFrame({"claim": rows["claim"], "source": rows["source"], "paper": rows["paper"]})
    shown["here"] = [_text(*row) for row in rows[["difference", "low", "high"]].itertuples(index=False)]
    return shown.assign(seeds=rows["seeds"].astype(str), verdict=rows["verdict"])


def _text(difference: float, low: float, high: float) -> str:
    """`+1.2 (+0.3 to +2.1)`, with more digits if it is small; without the interval if there is none."""
    digits = 1 if max(abs(difference), abs(low), abs(high)) >= 1 else 3
    digits = max(digits, 1 - math.floor(math.log10(abs(difference)))) if 0 < abs(difference) < 0.01 else digits
    numbers = [f"{value:+.{digits}f}" for value in (difference, low, high)]
    return numbers[0] if math.isnan(low) else f"{numbers[0]} ({numbers[1]} to {numbers[2]})"


def main() -> None:
    """Write one table in four formats."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("prefix", type=Path)
    options = arguments.parse_args()
    settings = read_settings(ClaimTabulation, options.settings)
    found = compared(settings)
    below = [
        "here: the difference in this study, with its 95% interval over segments and seeds; in figures over seeds",
        f"shown: the interval has the expected sign, and p < {LEVEL}, corrected for all tests of the table of scores;"
        " claims about figures or about two differences are corrected together",
        *([settings.regime] if settings.regime else []),
    ]
    write_forms(options.prefix, found, wide(found), below)


if __name__ == "__main__":
    run(main)
