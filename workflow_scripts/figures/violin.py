"""Table and drawing of the figure `violin`: the distribution of sensitivity over parameters.

Xu et al. 2023, figure 10: for batches of all languages, without the most sensitive hundredth of the parameters.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from model.analysis.parameter_vector import ParameterVector, chunks
from model.command import parser, run
from workflow_scripts.figures.panels import in_lines
from workflow_scripts.settings.figures import Measured, Sensitivities
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


HALF = 0.4  # of the distance between two violins


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `measure`, `at`, `value`: the densities, quantiles and standard deviation of each run."""
    from matplotlib.figure import Figure

    runs = list(data["run"].unique())
    side = 1.6
    figure = Figure((1.4 + side * len(runs), 4), layout="tight")
    axis = figure.subplots()
    for place, name in enumerate(runs):
        of_run = dict(list(data[data["run"] == name].groupby("measure")))
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
    axis.set_xticks(range(len(runs)), [in_lines(name, side) for name in runs])
    axis.set_xlim(-0.5, len(runs) - 0.5)
    axis.margins(y=0.08)
    axis.set_ylabel("sensitivity")
    axis.grid(alpha=0.3, axis="y")
    return figure


LEFT_OUT = 0.01  # of all parameters, the most sensitive
BINS = 200
QUARTILES = (0.25, 0.5, 0.75)


def distribution(values: np.ndarray) -> list[dict[str, object]]:
    """Rows of `measure`, `at` and `value` for sensitivities [n]. Reorders `values` in place."""
    kept = values[: len(values) - round(LEFT_OUT * len(values))]
    values.partition(len(kept) - 1)
    places = [round(share * (len(kept) - 1)) for share in QUARTILES]
    kept.partition(places)
    densities, edges = np.histogram(kept, BINS, (0, max(kept.max(), np.finfo(np.float32).tiny)), density=True)
    middles = (edges[1:] + edges[:-1]) / 2
    rows: list[dict[str, object]] = [
        {"measure": "density", "at": at, "value": value} for at, value in zip(middles, densities, strict=True)
    ]
    rows += [{"measure": "quantile", "at": at, "value": kept[n]} for at, n in zip(QUARTILES, places, strict=True)]
    return [*rows, {"measure": "standard deviation", "value": _deviation(kept)}]


def _deviation(values: np.ndarray) -> float:
    """The standard deviation, in float64 piece by piece."""
    pieces = [values[start:stop] for start, stop in chunks(0, len(values))]
    mean = sum(piece.sum(dtype=np.float64) for piece in pieces) / len(values)
    return float(np.sqrt(sum(np.square(piece - np.float64(mean)).sum() for piece in pieces) / len(values)))


def table(files: list[Measured]) -> pd.DataFrame:
    """The rows of all files."""
    rows = []
    for file in files:
        vector = ParameterVector(Path(file.file))
        about = {"run": file.run, "objective": file.objective, "language": file.language}
        rows += [{**about, **row} for row in distribution(vector.read(0, len(vector)))]
    return pd.DataFrame(rows)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_table(table(read_settings(Sensitivities, options.settings).files), options.output)


if __name__ == "__main__":
    run(main)
