"""How sensitivity is distributed over parameters: a violin a run, with its quartiles and its standard deviation.

Xu et al. 2023, figure 10: of batches of all languages, without the most sensitive hundredth of the parameters.
"""

from typing import TYPE_CHECKING, Literal

from workflow_scripts.figures.panels import in_lines
from workflow_scripts.figures.settings import SensitivitySettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

HALF = 0.4  # of the distance between two violins


class Settings(SensitivitySettings):
    """What a study says of it."""

    kind: Literal["violin"] = "violin"


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `measure`, `at`, `value`: densities, quantiles and the standard deviation of each run."""
    from matplotlib.figure import Figure

    runs = list(data["run"].unique())
    side = 1.6
    figure = Figure((1.4 + side * len(runs), 4), layout="tight")
    axis = figure.subplots()
    for place, run in enumerate(runs):
        of_run = dict(list(data[data["run"] == run].groupby("measure")))
        density = of_run["density"]
        half = HALF * density["value"] / density["value"].max()
        axis.fill_betweenx(density["at"], place - half, place + half, color=f"C{place}", alpha=0.6, linewidth=0.8)
        low, middle, high = of_run["quantile"].sort_values("at")["value"]
        axis.vlines(place, low, high, "black", linewidth=4)
        axis.plot(place, middle, "o", color="white", markersize=3)
        axis.annotate(
            f"std {of_run['standard deviation']['value'].item():.2g}",
            (place, density["at"].max()),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize="small",
        )
    axis.set_xticks(range(len(runs)), [in_lines(run, side) for run in runs])
    axis.set_xlim(-0.5, len(runs) - 0.5)
    axis.margins(y=0.08)
    axis.set_ylabel("sensitivity")
    axis.grid(alpha=0.3, axis="y")
    return figure
