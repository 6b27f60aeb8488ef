"""Figure `scores`: scores over a number that systems differ in, such as pairs of training text, a line a method.

Lin et al. 2020, figure 4; Xu et al. 2023, figure 11.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from model.command import parser, run
from workflow_scripts.evaluation.scores import collect
from workflow_scripts.plan.figures import scored_models
from workflow_scripts.plan.tables import score_files
from workflow_scripts.study.figures import Scores
from workflow_scripts.study.read import read_study
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `line`, `number`, `label`, `scale`, `metric`, `source`, `target`, `score`, `ci_low`, `ci_high`.

    A row a score; what is drawn is the mean over directions, with the confidence interval where there is one direction.
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
    axis.set_xscale(data["scale"].iloc[0])
    axis.set_xlabel(data["label"].iloc[0])
    axis.set_ylabel(data["metric"].iloc[0].replace("_", " ") + ("" if alone else ", mean over directions"))
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, fontsize="small")
    return figure


COLUMNS = [
    "line",
    "number",
    "label",
    "scale",
    "run",
    "source",
    "target",
    "test_set",
    "metric",
    "score",
    "ci_low",
    "ci_high",
]


def table(figure: Scores, files: Iterable[str | Path]) -> pd.DataFrame:
    """The rows of a figure, line by line and number by number."""
    scores = collect(files)
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
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--figure", required=True)
    options = arguments.parse_args()
    study = read_study(options.study)
    figure = study.figures[options.figure]
    assert isinstance(figure, Scores)
    write_table(table(figure, score_files(study, scored_models(study, options.figure))), options.output)


if __name__ == "__main__":
    run(main)
