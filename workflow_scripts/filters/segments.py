"""A batch of segments in normal form, with one side or two: the input of filters."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.text.languages import canonical
from model.text.lines import normalised
from workflow_scripts.text.characters import Characters, Mask

SIDES = ("first", "second")


def in_normal_form(texts: pa.Array) -> Characters:
    """A column with each row `normalised`. Only rows that may change are passed to that slow function."""
    raw = Characters(texts)
    doubtful = raw.may_change()
    if not doubtful.any():
        return raw
    lines = [normalised(line) for line in raw.texts.filter(pa.array(doubtful)).to_pylist()]
    return Characters(pc.replace_with_mask(raw.texts, pa.array(doubtful), pa.array(lines, pa.string())))


class Segments:
    """Segments with their characters.

    sides: a column of text for each language; languages: their canonical codes; scores: column → float64 [rows]; left:
    the rows that no filter has dropped yet. Slow filters look only at these.
    """

    def __init__(self, batch: pa.RecordBatch, languages: Sequence[str]) -> None:
        """From raw text: a batch with the columns `first`, for pairs `second`, and any scores."""
        self.languages = [canonical(code) for code in languages]
        self.sides = [in_normal_form(batch.column(name)) for name in SIDES[: len(languages)]]
        names = [name for name in batch.schema.names if name not in SIDES]
        self.scores = {n: batch.column(n).to_numpy(zero_copy_only=False).astype(np.float64) for n in names}
        self.left: Mask = np.ones(len(self), bool)

    def __len__(self) -> int:
        return len(self.sides[0])

    def any(self, test: Callable[[Characters], Mask]) -> Mask:
        """Whether some side of each row passes a test."""
        found = test(self.sides[0])
        return found | test(self.sides[1]) if len(self.sides) == 2 else found

    def rows(self, mask: Mask) -> list[list[str]]:
        """The sides of some rows, as text."""
        columns = [side.texts.filter(pa.array(mask)).to_pylist() for side in self.sides]
        return [list(row) for row in zip(*columns, strict=True)]
