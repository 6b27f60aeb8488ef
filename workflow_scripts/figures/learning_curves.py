"""Table and drawing of the figure `learning_curves`: dev loss and dev BLEU over updates.

The first row shows the dev loss, the second the dev BLEU of the models that have it.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from model.command import parser, run
from workflow_scripts.settings.figures import Curves
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series


class Quantity(NamedTuple):
    """A column of the data, and how it is drawn."""

    name: str
    label: str
    best: Callable[["Series[float]"], int]  # the place of the best value


QUANTITIES = (
    Quantity("dev_loss", "dev loss (nats a subword)", lambda values: int(values.argmin())),
    Quantity("dev_bleu", "dev BLEU, greedy", lambda values: int(values.argmax())),
)


def draw(data: "DataFrame") -> "Figure":
    """data: `system`, `direction` (empty for a model of all), `update`, `dev_loss`, `dev_bleu`; a row an evaluation."""
    from matplotlib.figure import Figure

    systems = list(data["system"].unique())
    shown = [quantity for quantity in QUANTITIES if data[quantity.name].notna().any()]
    figure = Figure((4.2 * len(systems), 3.4 * len(shown)), layout="tight")
    axes = figure.subplots(len(shown), len(systems), sharex="col", sharey="row", squeeze=False)
    for panels, quantity in zip(axes, shown, strict=True):
        for axis, system in zip(panels, systems, strict=True):
            _panel(axis, data[data["system"] == system], quantity)
        panels[0].set_ylabel(quantity.label)
    for axis, system in zip(axes[0], systems, strict=True):
        axis.set_title(system)
    for axis in axes[-1]:
        axis.set_xlabel("updates")
    return figure


def _panel(axis: "Axes", curves: "DataFrame", quantity: Quantity) -> None:
    for direction, rows in curves.groupby("direction", sort=False):
        points = rows[rows[quantity.name].notna()]
        if not len(points):
            continue
        updates, values = points["update"], points[quantity.name]
        (line,) = axis.plot(updates, values, label=direction or rows["system"].iloc[0])
        best = quantity.best(values)
        axis.plot(updates.iloc[best], values.iloc[best], "o", color=line.get_color(), markersize=5)
    axis.grid(alpha=0.3)
    if axis.lines:
        axis.legend(frameon=False, fontsize="small")


COLUMNS = ["model", "update", "train_loss", "dev_loss", "dev_bleu"]


def curves(metrics: Mapping[str, str | Path]) -> pd.DataFrame:
    """The rows of `metrics.jsonl` of each model. Cells are empty if a model has no dev BLEU."""
    lines = ((model, line) for model, path in metrics.items() for line in Path(path).read_text().splitlines())
    return pd.DataFrame([{"model": model, **json.loads(line)} for model, line in lines], columns=COLUMNS)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_table(curves(read_settings(Curves, options.settings).metrics), options.output)


if __name__ == "__main__":
    run(main)
