"""Parquet files, with columns by name (`translation.en` for a nested one) or by number."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from model.command import UserError
from model.records import unknown
from workflow_scripts.drops import Drops
from workflow_scripts.formats.encodings import is_utf8
from workflow_scripts.formats.line_files import (
    KEPT,
    LONGEST,
    MISSING_COLUMN,
    NOT_UTF8,
    REASONS,
    ROWS,
    TOO_LONG,
)
from workflow_scripts.formats.scores import TEXT, with_scores


def parquet(stream: BinaryIO, label: str, columns: Mapping[str, int | str], drops: Drops) -> Iterator[pa.RecordBatch]:
    """The columns of a Parquet file, in the order of `columns`, as strings and (scores) doubles; nulls are dropped.

    A stream that cannot seek is copied to a temporary file first, because Parquet is read from its end.
    Raises UserError for a file that is no Parquet, is damaged, or lacks a column.
    """
    with _seekable(stream) as seekable:
        try:
            for batch in _batches(seekable, label, columns):
                yield with_scores(_with_texts(batch, drops), drops)
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())[:100]
            raise UserError(f"{label}: no Parquet file that can be read ({reason}); fetch it again") from None


def _batches(stream: BinaryIO, label: str, columns: Mapping[str, int | str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(stream, pre_buffer=False) as file:
        leaves = [file.schema.column(i) for i in range(len(file.schema))]
        chosen = {name: _leaf(column, leaves, label) for name, column in columns.items()}
        for batch in file.iter_batches(ROWS, columns=list(chosen.values())):
            table = pa.Table.from_batches([batch])
            while any(map(pa.types.is_struct, table.schema.types)):
                table = table.flatten()
            fields = [table[leaf].combine_chunks() for leaf in chosen.values()]
            yield pa.record_batch(fields, names=list(chosen))


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    if stream.seekable():
        yield stream
    else:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            yield cast(BinaryIO, copy)


def _leaf(column: int | str, leaves: Sequence[pq.ColumnSchema], label: str) -> str:
    """The path of a column with one value a row. Raises UserError for any other."""
    paths = [leaf.path for leaf in leaves]
    single = [leaf.path for leaf in leaves if not leaf.max_repetition_level]
    path = paths[column] if isinstance(column, int) and 0 <= column < len(paths) else str(column)
    if path not in single and any(one == path or one.startswith(f"{path}.") for one in paths):
        what = "has parts" if any(one.startswith(f"{path}.") for one in single) else "holds lists or maps"
        known = ", ".join(single) or "none"
        raise UserError(f"{label}: column {column!r} {what}; columns with one value a row are {known}")
    if path not in single:
        raise UserError(f"{label}: {unknown(column, single, 'column')}")
    if single.count(path) > 1:
        raise UserError(f"{label}: two columns are named {path!r}; rename one of them")
    return path


def _with_texts(batch: pa.RecordBatch, drops: Drops) -> pa.RecordBatch:
    """The batch with its texts as strings, without rows with a missing, too long or invalid text."""
    reasons = np.full(len(batch), KEPT)
    fields = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name in TEXT:
        if name in fields:
            column = fields[name]
            is_bytes = pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
            fields[name] = (column if is_bytes else column.cast(pa.string())).cast(pa.binary())
            reasons = np.where(reasons == KEPT, _reasons(fields[name]), reasons)
    texts = [field for name, field in fields.items() if name in TEXT]
    for row in np.flatnonzero(reasons != KEPT):
        drops.add(REASONS[reasons[row]], *((text[row].as_py() or b"").decode("utf-8", "replace") for text in texts))
    kept = pa.array(reasons == KEPT)
    fields = {
        n: field.filter(kept).cast(pa.string()) if n in TEXT else field.filter(kept) for n, field in fields.items()
    }
    return pa.record_batch(fields)


def _reasons(column: pa.Array) -> np.ndarray:
    lengths = pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False)
    reasons = np.select([lengths < 0, lengths > LONGEST], [MISSING_COLUMN, TOO_LONG], KEPT)
    try:
        column.cast(pa.string())
    except pa.ArrowInvalid:
        for row in np.flatnonzero(reasons == KEPT):
            if not is_utf8(column[row].as_py()):
                reasons[row] = NOT_UTF8
    return reasons
