"""Tables of the figures `correlation` and `task_correlation`, and the drawing of `correlation`.

The figures show how sensitivities correlate between languages or between tasks (Xu et al. 2023, figures 2 and 6 to 8).
`correlation` has heat maps, with a row for each run and columns for all parameters, the most sensitive tenth, and the
rest. task_correlation.py draws the other figure.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from model.analysis.parameter_vector import CHUNK, ParameterVector, chunks, same_parameters
from model.command import parser, run
from workflow_scripts.figures.panels import heat_map, in_lines
from workflow_scripts.settings.figures import Measured, Sensitivities
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


PARTS = {"all": "all parameters", "high": "10% most sensitive", "low": "other 90%"}


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `part`, `language`, `other`, `correlation`; any two languages in both orders."""
    from matplotlib.figure import Figure

    runs, languages = list(data["run"].unique()), list(data["language"].unique())
    side = 1.2 + 0.36 * len(languages)
    figure = Figure((side * len(PARTS) + 0.8, side * len(runs)), layout="constrained")
    axes = figure.subplots(len(runs), len(PARTS), squeeze=False)
    least = min(data["correlation"].min(), 0.99)  # one scale for all panels
    for name, panels in zip(runs, axes, strict=True):
        for (part, label), axis in zip(PARTS.items(), panels, strict=True):
            some = data[(data["run"] == name) & (data["part"] == part)]
            matrix = some.pivot(index="language", columns="other", values="correlation")
            shades = heat_map(axis, matrix, least, 1, lambda value: f"{value:.2f}".removeprefix("0"))
            axis.set_title(in_lines(f"{name}: {label}", side), fontsize="medium")
    figure.colorbar(shades, ax=axes, label="Pearson correlation", shrink=0.8)
    return figure


HIGH = 0.1  # of all parameters
COMPARED = {"languages": "language", "objectives": "objective"}


def correlations(vectors: Sequence[ParameterVector], chunk: int = CHUNK) -> dict[str, np.ndarray]:
    """Part of the parameters → Pearson correlations [K, K] of K vectors.

    The vectors are read `chunk` numbers at a time, first for the means, then for the products of the deviations. Sums
    are in float64. In memory are one float32 vector, to find where the tenth begins, and later about 30 bytes for each
    number of a chunk of all vectors. Raises UserError for vectors of different models.
    """
    same_parameters(vectors)
    least, size = _least_of_high(vectors, chunk), len(vectors)
    counts, means = dict.fromkeys(PARTS, 0), {part: np.zeros((size, 1)) for part in PARTS}
    products = {part: np.zeros((size, size)) for part in PARTS}
    for part, some in _pieces(vectors, least, chunk):
        counts[part] += some.shape[1]
        means[part] += some.sum(1, keepdims=True)
    for part in PARTS:
        means[part] /= max(1, counts[part])
    for part, some in _pieces(vectors, least, chunk):
        some -= means[part]
        products[part] += some @ some.T
    with np.errstate(invalid="ignore"):  # a constant has no correlation
        return {part: p / np.sqrt(np.outer(p.diagonal(), p.diagonal())) for part, p in products.items()}


def _blocks(vectors: Sequence[ParameterVector], chunk: int) -> Iterator[np.ndarray]:
    """The vectors, [K, n] at a time."""
    return (np.stack([v.read(*piece) for v in vectors]) for piece in chunks(0, len(vectors[0]), chunk))


def _least_of_high(vectors: Sequence[ParameterVector], chunk: int) -> float:
    """The least mean sensitivity of the most sensitive tenth of the parameters."""
    means, done = np.empty(len(vectors[0]), np.float32), 0
    for block in _blocks(vectors, chunk):
        means[done : done + block.shape[1]] = _mean(block)
        done += block.shape[1]
    place = len(means) - round(HIGH * len(means))
    means.partition(place)
    return float(means[place])


def _mean(block: np.ndarray) -> np.ndarray:
    """The mean of vectors [K, n] → [n] float32. It does not depend on the size of the block."""
    return block.mean(0, dtype=np.float64).astype(np.float32)


def _pieces(vectors: Sequence[ParameterVector], least: float, chunk: int) -> Iterator[tuple[str, np.ndarray]]:
    """Each part of each block as a new float64 array [K, n]."""
    for block in _blocks(vectors, chunk):
        high = _mean(block) >= least
        yield "all", block.astype(np.float64)
        yield "high", block[:, high].astype(np.float64)
        yield "low", block[:, ~high].astype(np.float64)


def table(files: Iterable[Measured], compared: str) -> pd.DataFrame:
    """The correlations of all files of a group with each other, for each part of the parameters.

    compared: `language` or `objective`. Files with the same run and the same value of the other one are a group.
    """
    (held,) = {"language", "objective"} - {compared}
    groups: dict[tuple[str, str], list[Measured]] = {}
    for file in files:
        groups.setdefault((file.run, getattr(file, held)), []).append(file)
    rows = []
    for (name, value), group in groups.items():
        labels = [getattr(file, compared) for file in group]
        for part, matrix in correlations([ParameterVector(Path(file.file)) for file in group]).items():
            rows += [
                {"run": name, held: value, "part": part, compared: a, "other": b, "correlation": round(matrix[i, j], 6)}
                for i, a in enumerate(labels)
                for j, b in enumerate(labels)
            ]
    return pd.DataFrame(rows)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("compared", choices=COMPARED)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    files = read_settings(Sensitivities, options.settings).files
    write_table(table(files, COMPARED[options.compared]), options.output)


if __name__ == "__main__":
    run(main)
