"""A number for each parameter of a model: one float32 vector in a .npy file, and an index in a .json file.

The vector has all parameters one after the other, in the order of the model. A matrix that is used in several places is
in it once. The index has the same file name and lists the place of each parameter. Vectors are read in chunks: for
mRASP's 243 million parameters one has 0.97 GB, and a comparison of languages needs many.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from model.command import UserError
from model.records import Strict, write_json
from model.writing import whole_file

CHUNK = 2**20  # numbers of a vector in memory at a time


class Parameter(Strict):
    """A parameter tensor, and its place in the vector."""

    name: str
    shape: tuple[int, ...]
    offset: int  # of its first number
    prunable: bool  # a weight or bias of a linear layer or an embedding

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


class ParameterVector:
    """A vector on disk."""

    def __init__(self, path: str | Path):
        """Raises UserError if the vector or its index is missing, or if they do not belong together."""
        self.path = Path(path)
        index = self.path.with_suffix(".json")
        try:
            self.parameters = [Parameter.model_validate(row) for row in json.loads(index.read_text())["parameters"]]
            # The memory map is not kept, because pages read through it count as memory of the process.
            mapped = np.load(self.path, mmap_mode="r")
        except FileNotFoundError as error:
            raise UserError(
                f"{error.filename}: not found; let `python -m model.analysis.sensitivity` write it"
            ) from None
        except (ValueError, KeyError, TypeError, ValidationError):
            raise UserError(f"{self.path}: it or its index is damaged; delete both and make them again") from None
        if mapped.dtype != np.float32 or mapped.shape != (sum(p.size for p in self.parameters),):
            raise UserError(f"{self.path}: not the vector that {index.name} describes; delete both and make them again")
        self._length, self._start = len(mapped), mapped.offset

    def __len__(self) -> int:
        return self._length

    def read(self, start: int, stop: int) -> np.ndarray:
        """Numbers `start` to `stop - 1` [n] float32."""
        return np.fromfile(self.path, np.float32, stop - start, offset=self._start + 4 * start)


def write_vector(
    path: str | Path, parameters: Sequence[Parameter], values: Iterable[np.ndarray], about: Mapping[str, object]
) -> None:
    """Write a vector and its index. values: those of each parameter, in their order; about: kept in the index.

    Raises UserError where a value is not finite.
    """
    with whole_file(path) as part:
        with open(part, "wb") as file:
            shape = (sum(parameter.size for parameter in parameters),)
            np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
            for parameter, numbers in zip(parameters, values, strict=True):
                if not np.isfinite(numbers).all():
                    raise UserError(
                        f"{path}: {parameter.name} has values that are not finite; take a model that converged"
                    )
                numbers.astype("<f4").tofile(file)
        write_json(Path(path).with_suffix(".json"), {"parameters": [p.model_dump() for p in parameters], **about})


def same_parameters(vectors: Sequence[ParameterVector]) -> list[Parameter]:
    """The parameters of all the vectors. Raises UserError if the vectors are of different models."""
    first = vectors[0]
    for vector in vectors[1:]:
        if vector.parameters != first.parameters:
            raise UserError(f"{vector.path}: its parameters are not those of {first.path}; take vectors of one model")
    return first.parameters


def chunks(start: int, stop: int, size: int = CHUNK) -> Iterator[tuple[int, int]]:
    """Begin and end of chunks of `size` numbers, from `start` to `stop`."""
    return ((at, min(at + size, stop)) for at in range(start, stop, size))
