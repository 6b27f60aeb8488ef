"""Distributions of sensitivities: `python -m workflow_scripts.sensitivity_distribution OUTPUT.tsv --root DIR FILE …`.

Files are those of `python -m model.sensitivity`, named DIR/{run}/{objective}.{language}.npy. Of each the highest
hundredth is left out (Xu et al. 2023, figure 10). Rows hold the density at the middle of each of 200 bins from zero to
the highest, the quartiles, and the standard deviation.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from model.command import parser, run
from model.parameter_vector import ParameterVector, chunks
from workflow_scripts.analysis import Measured
from workflow_scripts.collect_scores import write_table

LEFT_OUT = 0.01  # of all parameters, the most sensitive
BINS = 200
QUARTILES = (0.25, 0.5, 0.75)


def distribution(values: np.ndarray) -> list[dict[str, object]]:
    """Rows of `measure`, `at` and `value` of sensitivities [n], which are reordered in place."""
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
        vector = ParameterVector(file.path)
        about = {"run": file.run, "objective": file.objective, "language": file.language}
        rows += [{**about, **row} for row in distribution(vector.read(0, len(vector)))]
    return pd.DataFrame(rows)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--root", type=Path, required=True, help="folder of the sensitivities of all runs")
    arguments.add_argument("files", type=Path, nargs="+")
    options = arguments.parse_args()
    write_table(table([Measured.named(path, options.root) for path in options.files]), options.output)


if __name__ == "__main__":
    run(main)
