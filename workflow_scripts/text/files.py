"""The files of segments that the data steps share: Parquet files of text, and folders of test sets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from model.shards.files import WINDOW
from model.text.lines import read_lines, write_lines
from model.writing import whole_file, whole_folder

ROWS = 4096  # of a batch, so that the counts of its characters stay in the cache of a core
ROW_GROUP = 100_000  # rows


def lines_of(column: pa.Array) -> list[str]:
    """A column of text as Python strings. Several times as fast as `to_pylist`."""
    return column.to_numpy(zero_copy_only=False).tolist()


def write_batches(path: str | Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write batches as Parquet, whole or not at all, in row groups of 100,000 to 200,000 rows."""
    waiting: list[pa.RecordBatch] = []
    with whole_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as file:
        for batch in batches:
            waiting.append(batch)
            if sum(b.num_rows for b in waiting) >= ROW_GROUP:
                file.write_table(pa.Table.from_batches(waiting, schema), row_group_size=2 * ROW_GROUP)
                waiting = []
        if waiting:
            file.write_table(pa.Table.from_batches(waiting, schema))


def read_batches(path: str | Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Read a Parquet file in batches of at most ROWS rows. columns: which, in this order; by default all."""
    with pq.ParquetFile(path, pre_buffer=False) as file:  # pre-buffering would hold the whole compressed file
        for batch in file.iter_batches(ROWS, columns=columns):
            yield batch.select(columns) if columns else batch


def read_windows(
    path: str | Path, columns: Sequence[str], first: int, last: int, size: int = WINDOW
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Read the rows from `first` to before `last` of a Parquet file in windows of `size`.

    Yields (number of the first row, window). The last window may be shorter. Row groups without any of these rows are
    not read.
    """
    waiting, start = [], first
    for batch in _rows_between(path, columns, first, last):
        waiting.append(batch)
        while sum(b.num_rows for b in waiting) >= size:
            table = pa.concat_batches(waiting)
            yield start, table.slice(0, size)
            waiting, start = [table.slice(size)], start + size
    if sum(b.num_rows for b in waiting):
        yield start, pa.concat_batches(waiting)


def _rows_between(path: str | Path, columns: Sequence[str], first: int, last: int) -> Iterator[pa.RecordBatch]:
    row = 0
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for group in range(file.num_row_groups):
            end = row + file.metadata.row_group(group).num_rows
            for batch in file.iter_batches(ROWS, [group], columns) if row < last and end > first else ():
                skipped = min(max(first - row, 0), batch.num_rows)
                yield batch[skipped : max(last - row, 0)]
                row += batch.num_rows
            row = end


@dataclass(frozen=True)
class Pairs:
    """(source, target) of each row of a Parquet file. Each iteration reads the file again; the rows are not kept."""

    path: str | Path
    direction: str

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for batch in read_batches(self.path, self.direction.split("-")):
            yield from zip(*map(lines_of, batch.columns), strict=True)


def read_testset(folder: str | Path, direction: str) -> list[tuple[str, str]]:
    """(source, reference) of the lines of a test set that both languages of a direction have, in order."""
    sides = (read_lines(Path(folder) / f"{code}.txt") for code in direction.split("-"))
    return [(source, target) for source, target in zip(*sides, strict=True) if source and target]


def write_testset(folder: str | Path, lines: Mapping[str, Sequence[str]]) -> None:
    """Write a test set, whole or not at all, and print the segments of each language. lines: language → lines."""
    with whole_folder(folder) as made:
        for language, some in lines.items():
            write_lines(made / f"{language}.txt", some)
            print(f"{Path(folder).name}: {language}: {sum(map(bool, some)):,} segments")


def files_of_testsets(folders: Iterable[str | Path]) -> list[Path]:
    """The files of some test sets, one for each language."""
    return [path for folder in folders for path in sorted(Path(folder).glob("*.txt"))]
