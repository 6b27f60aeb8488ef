"""How similar two objectives are in the sensitivity of parameters: bars, a group per language, a colour per run.

Xu et al. 2023, figure 7: translation and denoising, over all parameters.
"""

from typing import TYPE_CHECKING

from workflow_scripts.figures.panels import bars

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `language`, `part`, `objective`, `other`, `correlation`; any two objectives in both orders."""
    from matplotlib.figure import Figure

    first = data["objective"].iloc[0]
    some = data[(data["part"] == "all") & (data["objective"] == first) & (data["other"] != first)]
    table = some.pivot(index="language", columns="run", values="correlation")[some["run"].unique()]
    figure = Figure((1.6 + 0.5 * len(table), 3.4), layout="tight")
    axis = figure.subplots()
    bars(axis, table)
    axis.set_ylabel(f"correlation of sensitivity\nto {first} and to {some['other'].iloc[0]}")
    axis.legend(frameon=False, fontsize="small")
    return figure
