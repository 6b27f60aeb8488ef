"""How often the nearest line of another language is the translation: a heat map for each model.

Rows are source languages, columns are target languages.
"""

from typing import TYPE_CHECKING

from workflow_scripts.figures.panels import heat_map, in_lines

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `model`, `source`, `target`, `accuracy`; a row for each model and direction."""
    from matplotlib.figure import Figure

    models = list(data["model"].unique())
    languages = sorted({*data["source"], *data["target"]})
    side = 1.2 + 0.36 * len(languages)
    figure = Figure((side * len(models) + 0.8, side), layout="constrained")
    axes = figure.subplots(1, len(models), squeeze=False)[0]
    for model, axis in zip(models, axes, strict=True):
        of_model = data[data["model"] == model].pivot(index="source", columns="target", values="accuracy")
        percent = 100 * of_model.reindex(index=languages, columns=languages)
        shades = heat_map(axis, percent, 0, 100, "{:.0f}".format)
        axis.set_title(in_lines(model, side), fontsize="medium")
        axis.set_xlabel("target")
    axes[0].set_ylabel("source")
    figure.colorbar(shades, ax=axes, label="retrieval accuracy (%)", shrink=0.8)
    return figure
