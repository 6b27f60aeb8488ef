"""Correlate sensitivities: `python -m workflow_scripts.sensitivity_correlation languages OUTPUT.tsv --root DIR FILE …`.

Files are those of `python -m model.sensitivity`, named DIR/{run}/{objective}.{language}.npy. `languages` compares the
languages of each run and objective with each other (Xu et al. 2023, figures 2, 6 and 8), `objectives` the objectives of
each run and language (figure 7). Correlations are Pearson's: over all parameters, over the tenth that is most
sensitive, and over the rest. The paper does not say by whose sensitivity a parameter is in the tenth; here it is by the
mean of all that are compared, so that each two of them are compared over the same parameters.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from model.command import parser, run
from model.parameter_vector import CHUNK, ParameterVector, chunks, same_parameters
from workflow_scripts.analysis import Measured
from workflow_scripts.collect_scores import write_table

PARTS = ("all", "high", "low")
HIGH = 0.1  # of all parameters
COMPARED = {"languages": "language", "objectives": "objective"}


def correlations(vectors: Sequence[ParameterVector], chunk: int = CHUNK) -> dict[str, np.ndarray]:
    """Part of the parameters → Pearson correlations [K, K] of K vectors.

    The vectors are read `chunk` numbers at a time, for their means and then for the products of what differs from
    these; sums are in float64. In memory are one vector of float32, to find where the tenth begins, and later some 30
    bytes for each number of a chunk of all vectors. Raises UserError for vectors of different models.
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
    with np.errstate(invalid="ignore"):  # what does not vary has no correlation
        return {part: p / np.sqrt(np.outer(p.diagonal(), p.diagonal())) for part, p in products.items()}


def _blocks(vectors: Sequence[ParameterVector], chunk: int) -> Iterator[np.ndarray]:
    """The vectors, [K, n] at a time."""
    return (np.stack([v.read(*piece) for v in vectors]) for piece in chunks(0, len(vectors[0]), chunk))


def _least_of_high(vectors: Sequence[ParameterVector], chunk: int) -> float:
    """The mean sensitivity from which on a parameter is in the most sensitive tenth, as are all that are equal."""
    means, done = np.empty(len(vectors[0]), np.float32), 0
    for block in _blocks(vectors, chunk):
        means[done : done + block.shape[1]] = _mean(block)
        done += block.shape[1]
    place = len(means) - round(HIGH * len(means))
    means.partition(place)
    return float(means[place])


def _mean(block: np.ndarray) -> np.ndarray:
    """The mean of vectors [K, n] → [n] float32, of each number the same whatever else is in the block."""
    return block.mean(0, dtype=np.float64).astype(np.float32)


def _pieces(vectors: Sequence[ParameterVector], least: float, chunk: int) -> Iterator[tuple[str, np.ndarray]]:
    """Each part of each block in float64 [K, n], to be changed as one likes."""
    for block in _blocks(vectors, chunk):
        high = _mean(block) >= least
        yield "all", block.astype(np.float64)
        yield "high", block[:, high].astype(np.float64)
        yield "low", block[:, ~high].astype(np.float64)


def table(files: Iterable[Measured], compared: str) -> pd.DataFrame:
    """A row a group of files, part of the parameters, and two of the group.

    compared: `language` or `objective`; files that agree in the other and in the run are a group.
    """
    (held,) = {"language", "objective"} - {compared}
    groups: dict[tuple[str, str], list[Measured]] = {}
    for file in files:
        groups.setdefault((file.run, getattr(file, held)), []).append(file)
    rows = []
    for (name, value), group in groups.items():
        labels = [getattr(file, compared) for file in group]
        for part, matrix in correlations([ParameterVector(file.path) for file in group]).items():
            rows += [
                {"run": name, held: value, "part": part, compared: a, "other": b, "correlation": round(matrix[i, j], 6)}
                for i, a in enumerate(labels)
                for j, b in enumerate(labels)
            ]
    return pd.DataFrame(rows)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("compared", choices=COMPARED)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--root", type=Path, required=True, help="folder of the sensitivities of all runs")
    arguments.add_argument("files", type=Path, nargs="+")
    options = arguments.parse_args()
    files = [Measured.named(path, options.root) for path in options.files]
    write_table(table(files, COMPARED[options.compared]), options.output)


if __name__ == "__main__":
    run(main)
