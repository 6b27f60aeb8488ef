"""Columns of scores beside the text of a table or a Parquet file."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workflow_scripts.drops import Drops

TEXT = ("first", "second")
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def with_scores(batch: pa.RecordBatch, drops: Drops) -> pa.RecordBatch:
    """The batch with its columns of scores as doubles, without rows with a score that is no finite number."""
    for position, name in enumerate(batch.schema.names):
        if name in TEXT:
            continue
        written = pc.utf8_trim_whitespace(batch.column(position).cast(pa.string()))
        is_number = pc.match_substring_regex(written, _NUMBER)
        scores = pc.if_else(is_number, written, "nan").cast(pa.float64())
        good = pc.fill_null(pc.is_finite(scores), False)
        for row in np.flatnonzero(~good.to_numpy(zero_copy_only=False)):
            drops.add("bad_score", *(str(column[row]) for column in batch.columns))
        batch = batch.set_column(position, name, scores).filter(good)
    return batch
