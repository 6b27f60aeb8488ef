"""Table and drawing of the figure `gains`: the means of a table's groups, such as classes of resource, as bars."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from model.command import parser, run
from workflow_scripts.metrics import METRICS
from workflow_scripts.settings.figures import GroupGains
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import read_table, write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `group`, `metric`, `score`, `difference`; a row for each bar, with the difference above it."""
    from matplotlib.figure import Figure

    scores = data.pivot_table("score", "group", "run", sort=False, dropna=False)
    differences = data.pivot_table("difference", "group", "run", sort=False, dropna=False).reindex_like(scores)
    figure = Figure((1.6 + 0.5 * scores.size, 3.2), layout="tight")
    axis = figure.subplots()
    width = 0.8 / len(scores.columns)
    for number, label in enumerate(scores.columns):
        places = [place + (number - (len(scores.columns) - 1) / 2) * width for place in range(len(scores))]
        bars = axis.bar(places, scores[label], width, label=label)
        axis.bar_label(bars, ["" if gain != gain else f"{gain:+.1f}" for gain in differences[label]], fontsize="small")
    axis.set_xticks(range(len(scores)), scores.index)
    axis.set_ylabel(METRICS[data["metric"].iloc[0]].label)
    axis.margins(y=0.25)  # for the numbers, and the legend above them
    axis.legend(frameon=False, fontsize="small")
    return figure


def gains(figure: GroupGains, cells: pd.DataFrame) -> pd.DataFrame:
    """The data of `draw`, in the order of the study. cells: of a table, as tabulate.py writes them."""
    own = cells[cells["published"].isna() & (cells["metric"] == figure.metric) & (cells["test_set"] == figure.test_set)]
    own = own.set_index(["column", "system"])[["score", "difference"]]
    rows = [(group, system) for group in figure.groups for system in figure.runs if (group, system) in own.index]
    found = own.loc[rows].reset_index().rename(columns={"column": "group", "system": "run"})
    return found.assign(metric=figure.metric, test_set=figure.test_set)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("table", type=Path)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_table(gains(read_settings(GroupGains, options.settings), read_table(options.table)), options.output)


if __name__ == "__main__":
    run(main)
