"""How alike languages are in what parameters are sensitive to: heat maps, a row a run, a column a part of these.

Xu et al. 2023, figures 2, 6 and 8.
"""

from typing import TYPE_CHECKING, Literal

from workflow_scripts.figures.panels import heat_map, in_lines
from workflow_scripts.figures.settings import SensitivitySettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

PARTS = {"all": "all parameters", "high": "10% most sensitive", "low": "other 90%"}


class Settings(SensitivitySettings):
    """What a study says of it."""

    kind: Literal["correlation"] = "correlation"


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `part`, `language`, `other`, `correlation`; both orders of each two languages."""
    from matplotlib.figure import Figure

    runs, languages = list(data["run"].unique()), list(data["language"].unique())
    side = 1.2 + 0.36 * len(languages)
    figure = Figure((side * len(PARTS) + 0.8, side * len(runs)), layout="constrained")
    axes = figure.subplots(len(runs), len(PARTS), squeeze=False)
    least = min(data["correlation"].min(), 0.99)  # one scale for all panels
    for run, panels in zip(runs, axes, strict=True):
        for (part, label), axis in zip(PARTS.items(), panels, strict=True):
            some = data[(data["run"] == run) & (data["part"] == part)]
            matrix = some.pivot(index="language", columns="other", values="correlation")
            shades = heat_map(axis, matrix, least, 1, lambda value: f"{value:.2f}".removeprefix("0"))
            axis.set_title(in_lines(f"{run}: {label}", side), fontsize="medium")
    figure.colorbar(shades, ax=axes, label="Pearson correlation", shrink=0.8)
    return figure
