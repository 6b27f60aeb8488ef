"""Table and drawing of the figure `learning_curves`: dev loss and dev BLEU over updates.

The first row shows the dev loss, the second the dev BLEU of the models that have it. `PREFIX.crossings.tsv` says where
curves cross that of their baseline, and how much the dev loss still changes at the end.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from model.command import parser, run
from workflow_scripts.figures.crossings import QUANTITIES, Quantity, crossing, crossings, of_models, over_seeds
from workflow_scripts.settings.figures import Curve, Curves
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

GREY = "0.6"  # of the baseline beside another run


def draw(data: "DataFrame") -> "Figure":
    """data: `model`, `seed`, `baseline`, `update`, `dev_loss`, `dev_bleu`; a row an evaluation.

    Also `system`, and `direction` (empty for a model of all). A line is the mean over seeds, a band their range.
    """
    from matplotlib.figure import Figure

    systems = list(data["system"].unique())
    shown = [quantity for quantity in QUANTITIES if data[quantity.name].notna().any()]
    figure = Figure((4.2 * len(systems), 3.4 * len(shown)), layout="tight")
    axes = figure.subplots(len(shown), len(systems), sharex="col", sharey="row", squeeze=False)
    for panels, quantity in zip(axes, shown, strict=True):
        means = {model: over_seeds(rows, quantity.name)["mean"] for model, _, rows in of_models(data)}
        for axis, system in zip(panels, systems, strict=True):
            _panel(axis, data[data["system"] == system], quantity, means)
        panels[0].set_ylabel(quantity.label)
    for axis, system in zip(axes[0], systems, strict=True):
        axis.set_title(system)
    for axis in axes[-1]:
        axis.set_xlabel("updates")
    return figure


def _panel(axis: "Axes", curves: "DataFrame", quantity: Quantity, means: dict[str, "Series[float]"]) -> None:
    """The curves of a system. means: the mean curve of each model, also of the baselines."""
    for _, baseline, rows in of_models(curves):
        points = over_seeds(rows, quantity.name)
        if not len(points):
            continue
        label = rows["direction"].iloc[0] or rows["system"].iloc[0]
        (line,) = axis.plot(points.index, points["mean"], label=label)
        best = quantity.best(points["mean"])
        axis.plot(points.index[best], points["mean"].iloc[best], "o", color=line.get_color(), markersize=5)
        if rows["seed"].nunique() > 1:
            axis.fill_between(points.index, points["low"], points["high"], alpha=0.15, color=line.get_color())
        if baseline and len(means[baseline]):
            axis.plot(means[baseline].index, means[baseline], "--", color=GREY, linewidth=1, label=baseline)
            if (update := crossing(points["mean"], means[baseline], quantity.sign)) is not None:
                axis.axvline(update, color=line.get_color(), linestyle=":", linewidth=1)
    axis.grid(alpha=0.3)
    if axis.lines:
        axis.legend(frameon=False, fontsize="small")


COLUMNS = ["model", "seed", "baseline", "update", "train_loss", "dev_loss", "dev_bleu"]


def table(curves: Sequence[Curve]) -> pd.DataFrame:
    """The rows of `metrics.jsonl` of each model and seed. Cells are empty if a model has no dev BLEU or no baseline."""
    found = [
        {"model": curve.model, "seed": curve.seed, "baseline": curve.baseline, **json.loads(line)}
        for curve in curves
        for line in Path(curve.file).read_text().splitlines()
    ]
    return pd.DataFrame(found, columns=COLUMNS)


def main() -> None:
    """Write both tables."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("output", type=Path, help="evaluations of all models, .tsv")
    arguments.add_argument("crossings", type=Path, help="crossings and ends of their curves, .tsv")
    options = arguments.parse_args()
    data = table(read_settings(Curves, options.settings).curves)
    write_table(data, options.output)
    write_table(crossings(data), options.crossings)


if __name__ == "__main__":
    run(main)
