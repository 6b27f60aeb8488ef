"""Gains by resource class: the means of a table's groups, a bar a system (groups as in Lin et al. 2020, table 1)."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from workflow_scripts.figures.settings import FigureSettings
from workflow_scripts.table_schema import MetricName

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Settings(FigureSettings):
    """What a study says of it; its runs are systems of the table."""

    kind: Literal["gains"] = "gains"
    table: str = Field(description="whose groups are shown")
    test_set: str = "test"
    metric: MetricName = "sacrebleu"


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `group`, `metric`, `score`, `difference`; a row a bar, the difference above it."""
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
    axis.set_ylabel(data["metric"].iloc[0].replace("_", " "))
    axis.margins(y=0.25)  # for the numbers, and the legend above them
    axis.legend(frameon=False, fontsize="small")
    return figure
