"""Make a table of the number of segments of each text, by corpus.

`python -m workflow_scripts.tables.tabulate_corpora --settings … PREFIX`.

PREFIX.md, .tex and .html have a row for each text: its segments in each corpus, in all, and how many are left after
cleaning, limits and test sets. PREFIX.tsv has a row for each text and dataset, with its segments and those left.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from model.command import parser, run
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.tables import CorporaTabulation
from workflow_scripts.tables.forms import write_forms

SORTS = {True: "all pairs", False: "all of one language"}
TOTALS = ["in all", "left"]  # columns


def sizes(reports: Iterable[str | Path]) -> pd.DataFrame:
    """`text`, `dataset`, `segments_in`, `segments`: a row for each text and dataset, in the order of the reports."""
    rows = []
    for path in map(Path, reports):
        text, report = path.name.removesuffix(".report.json"), json.loads(path.read_text(encoding="utf-8"))
        rows += [(text, name, found["lines_in"], found["lines_out"]) for name, found in report["corpora"].items()]
    return pd.DataFrame(rows, columns=["text", "dataset", "segments_in", "segments"])


def wide(found: pd.DataFrame) -> pd.DataFrame:
    """The table as text. Versions of a corpus share a column. Pairs have a row of sums, and languages too."""
    of_corpus = found.assign(corpus=found["dataset"].str.partition("/")[0])
    counts = of_corpus.pivot_table("segments_in", "text", "corpus", aggfunc="sum", sort=False)
    sums = found.groupby("text", sort=False)[["segments_in", "segments"]].sum()
    counts[TOTALS] = sums.reindex(counts.index)
    pairs = counts.index.str.contains("-")
    for sort, name in SORTS.items():
        rows = counts[: len(pairs)][pairs == sort]
        if len(rows) > 1:
            counts.loc[name] = rows.sum(min_count=1)
    return counts.map(lambda count: "–" if pd.isna(count) else f"{count:,.0f}").rename_axis(columns=None).reset_index()


def main() -> None:
    """Write one table in four formats."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("prefix", type=Path)
    options = arguments.parse_args()
    found = sizes(read_settings(CorporaTabulation, options.settings).reports)
    write_forms(options.prefix, found, wide(found), [])


if __name__ == "__main__":
    run(main)
