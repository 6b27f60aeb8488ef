"""Table and drawing of the figure `scores`: scores over a number that differs between runs.

Lin et al. 2020, figure 4; Xu et al. 2023, figure 11.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from model.command import parser, run
from workflow_scripts.evaluation.scores import collect
from workflow_scripts.figures.style import logarithmic
from workflow_scripts.metrics import METRICS
from workflow_scripts.settings.figures import ScoreCurves
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `line`, `number`, `label`, `scale`, `metric`, `source`, `target`, `score`, `ci_low`, `ci_high`.

    A row for each score. The figure shows the mean over directions; for a single direction, its confidence interval.
    """
    from matplotlib.figure import Figure

    figure = Figure((4.6, 3.4), layout="tight")
    axis = figure.subplots()
    alone = len(data[["source", "target"]].drop_duplicates()) == 1
    for line, rows in data.groupby("line", sort=False):
        means = rows.groupby("number")[["score", "ci_low", "ci_high"]].mean()
        (drawn,) = axis.plot(means.index, means["score"], "o-", markersize=4, label=line)
        if alone:
            axis.fill_between(means.index, means["ci_low"], means["ci_high"], alpha=0.15, color=drawn.get_color())
    if data["scale"].iloc[0] == "log":
        logarithmic(axis, "x")
    axis.set_xlabel(data["label"].iloc[0])
    axis.set_ylabel(METRICS[data["metric"].iloc[0]].label + ("" if alone else ", mean over directions"))
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, fontsize="small")
    return figure


COLUMNS = [
    "line", "number", "label", "scale", "run", "source", "target", "test_set", "metric", "score", "ci_low", "ci_high",
]  # fmt: skip


def table(figure: ScoreCurves) -> pd.DataFrame:
    """The scores of a figure, by line and number."""
    scores = collect(figure.files)
    scores = scores[scores.metric == figure.metric]
    parts = [
        scores[scores.system == system].assign(line=line, number=number, label=figure.number, scale=figure.scale)
        for line, of_line in figure.lines.items()
        for number, system in sorted(of_line.items())
    ]
    return pd.concat(parts)[COLUMNS]


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_table(table(read_settings(ScoreCurves, options.settings)), options.output)


if __name__ == "__main__":
    run(main)
