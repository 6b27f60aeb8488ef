"""Scores over a number that systems differ in, such as the size of the data: a line a method.

Lin et al. 2020, figure 4; Xu et al. 2023, figure 11.
"""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from model.config import wrong
from workflow_scripts.figures.settings import FigureSettings
from workflow_scripts.table_schema import MetricName

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Settings(FigureSettings):
    """What a study says of it."""

    kind: Literal["scores"] = "scores"
    lines: dict[str, dict[float, str]] = Field(min_length=1, description="method → number → run")
    number: str = Field(description="what the number is, for the foot of the figure")
    scale: Literal["linear", "log"] = "linear"
    directions: list[str] | None = Field(None, min_length=1, description="by default all that all its runs have")
    test_set: str = "test"
    metric: MetricName = "sacrebleu"

    @model_validator(mode="before")
    @classmethod
    def _runs_of_lines(cls, settings: Any) -> Any:
        """The runs are those of the lines; a study need not list them."""
        lines = settings.get("lines")
        if not isinstance(lines, dict) or not all(isinstance(line, dict) and line for line in lines.values()):
            message = "lines: write method → number → run, as {mRASP: {1000: mrasp_1k}}"
            raise wrong(message)
        named = list(dict.fromkeys(run for line in lines.values() for run in line.values()))
        if settings.get("runs", named) != named:
            message = "runs: lines name the runs; leave this out"
            raise wrong(message)
        return {**settings, "runs": named}


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
