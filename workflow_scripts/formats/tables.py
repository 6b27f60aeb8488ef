"""Tables in text files: tab-separated lines with plain fields, and CSV, whose fields may be quoted.

A column is named by its number, from 0. `first` and `second` are text, every other one is a score.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from model.command import UserError
from workflow_scripts.drops import Drops
from workflow_scripts.formats.csv_rows import csv_rows
from workflow_scripts.formats.line_files import KEPT, MISSING_COLUMN, REASONS, ROWS, Block, blocks, strings
from workflow_scripts.formats.scores import with_scores

CSV = (",", ";")  # the second is Excel's, where numbers have a decimal comma


def tsv(
    stream: BinaryIO, label: str, columns: Mapping[str, int | str], separator: str, header: bool, drops: Drops
) -> Iterator[pa.RecordBatch]:
    """The columns of a table, in the order of `columns`, as strings and (scores) doubles.

    separator: one ASCII character; for those of CSV the table is CSV. header: whether the first line holds names.
    """
    if len(separator) != 1 or not separator.isascii():
        raise UserError(f"{label}: separator {separator!r} is not one ASCII character; mend the dataset's entry")
    numbers = {name: column for name, column in columns.items() if isinstance(column, int)}
    if len(numbers) < len(columns):
        raise UserError(f"{label}: columns of a table are numbers, from 0; mend {', '.join(columns.keys() - numbers)}")
    rows = _csv_rows if separator in CSV else _plain_rows
    for batch in rows(blocks(stream, label), numbers, separator, header, drops):
        scored = with_scores(batch, drops)
        for start in range(0, len(scored), ROWS):
            yield scored.slice(start, ROWS)


def _plain_rows(
    lines: Iterable[Block], columns: Mapping[str, int], separator: str, header: bool, drops: Drops
) -> Iterator[pa.RecordBatch]:
    for number, block in enumerate(lines):
        yield _cut(block[1:] if header and number == 0 else block, columns, separator, drops)


def _cut(block: Block, columns: Mapping[str, int], separator: str, drops: Drops) -> pa.RecordBatch:
    """The fields of the lines of a block. One pass finds all separators; only the fields of `columns` are read."""
    found = np.flatnonzero(np.frombuffer(block.data, np.uint8) == ord(separator))
    before = np.searchsorted(found, block.starts)  # separators in the block before each line
    count = np.searchsorted(found, block.ends) - before
    missing = (block.reasons == KEPT) & (count < max(columns.values()))
    reasons = np.where(missing, MISSING_COLUMN, block.reasons)
    for row in np.flatnonzero(reasons != KEPT):
        drops.add(REASONS[reasons[row]], block.example(row))
    kept = reasons == KEPT
    starts, ends, before, count = (values[kept] for values in (block.starts, block.ends, before, count))
    found = np.append(found, len(block.data))  # so that the last field has an end, too
    fields = []
    for column in columns.values():
        start = found[before + column - 1] + 1 if column else starts
        fields.append(strings(block.data, start, np.where(count > column, found[before + column], ends)))
    return pa.record_batch(fields, names=list(columns))


def _csv_rows(
    lines: Iterable[Block], columns: Mapping[str, int], separator: str, header: bool, drops: Drops
) -> Iterator[pa.RecordBatch]:
    rows = islice(csv_rows(_text_lines(lines, drops), separator, drops), int(header), None)
    last = max(columns.values())
    while part := list(islice(rows, ROWS)):
        for row in part:
            if len(row) <= last:
                drops.add(REASONS[MISSING_COLUMN], separator.join(row))
        kept = [row for row in part if len(row) > last]
        fields = [pa.array([row[column] for row in kept], pa.string()) for column in columns.values()]
        yield pa.record_batch(fields, names=list(columns))


def _text_lines(blocks: Iterable[Block], drops: Drops) -> Iterator[tuple[int, str]]:
    """The lines that can be read, with their numbers in the file."""
    number = 0
    for block in blocks:
        for row, (start, end, reason) in enumerate(zip(block.starts, block.ends, block.reasons, strict=True)):
            number += 1
            if reason == KEPT:
                yield number, block.data[start:end].decode("utf-8")
            else:
                drops.add(REASONS[reason], block.example(row))
