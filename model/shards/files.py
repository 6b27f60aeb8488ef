"""The format of shards: folders of Parquet files with token ids. The data steps write them, training reads them.

Columns: source, target (lists of ids, without language tokens or </s>), source_lang, target_lang. Monolingual text has
its segments as sources, and empty targets in the same language.
File metadata: `vocabulary` (sha256 of its rows), `seed`, `settings` (JSON), `rows`, `tally` (counts, JSON).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.command import UserError
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from model.writing import whole_file

WINDOW = 2**16  # rows of text that are shuffled together
ROW_GROUP = 2**12  # rows of a part file that are read together; few, because a pool reads some of each folder
PART = 2**18  # rows of text in one part file
SIDES = ("source", "target")


def part_name(number: int) -> str:
    """The name of a part file, counted from 0."""
    return f"part-{number:05d}.parquet"


def write_part(
    path: str | Path,
    windows: Iterable[tuple[Ragged, Ragged]],
    languages: tuple[str, str],
    vocabulary: Vocabulary,
    seed: int,
    settings: Mapping[str, object],
    tally: Callable[[], Mapping[str, object]] = dict,
) -> int:
    """Write the (source, target) ids of windows in row groups, completely or not at all. Returns the number of rows.

    No row group has rows of two windows. tally: is called when all windows are written, and returns what was counted.
    """
    lists, language = pa.list_(id_type(vocabulary)), pa.dictionary(pa.int32(), pa.string())
    fields = [("source", lists), ("target", lists), ("source_lang", language), ("target_lang", language)]
    about = {"vocabulary": vocabulary.sha256(), "seed": str(seed), "settings": json.dumps(settings)}
    schema, rows = pa.schema(fields, metadata=about), 0
    with whole_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as file:
        for sides in windows:
            count = len(sides[0])
            ids = [_column(side, lists.value_type) for side in sides]
            codes = [pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([code])) for code in languages]
            if count:
                file.write_batch(pa.record_batch([*ids, *codes], schema=schema), row_group_size=ROW_GROUP)
            rows += count
        file.add_key_value_metadata({"rows": str(rows), "tally": json.dumps(tally())})
    return rows


def id_type(vocabulary: Vocabulary) -> pa.DataType:
    """The narrowest type for ids of a vocabulary."""
    return pa.uint16() if len(vocabulary) <= 2**16 else pa.int32()


def _column(lists: Ragged, ids: pa.DataType) -> pa.ListArray:
    values = lists.values.astype(ids.to_pandas_dtype(), copy=False)
    return pa.ListArray.from_arrays(pa.array(lists.starts, pa.int32()), pa.array(values))


def lists_of(column: pa.ListArray) -> Ragged:
    """The lists of a column of ids."""
    starts = column.offsets.to_numpy().astype(np.int64)
    return Ragged(column.flatten().to_numpy(), starts - starts[0])


def read_about(path: str | Path) -> dict[str, str]:
    """The metadata of a part file. (The metadata of the schema has no rows and no tally.)

    Raises UserError for a damaged file.
    """
    try:
        found = pq.read_metadata(path).metadata or {}
    except pa.ArrowInvalid:
        raise UserError(f"{path}: damaged; delete its folder and run the workflow again") from None
    return {key.decode(): value.decode() for key, value in found.items()}


def parts_of(folder: str | Path, vocabulary: Vocabulary) -> list[Path]:
    """The part files of a folder in their order.

    Files made with a shorter vocabulary that this one extends are valid, because old rows keep their ids. Raises
    UserError if the folder is empty or was made with another vocabulary.
    """
    parts = sorted(Path(folder).glob("part-*.parquet"))
    if not parts:
        raise UserError(f"{folder}: holds no part-*.parquet; delete the folder and run the workflow again")
    for path in parts:
        if not _made_with(read_about(path).get("vocabulary", ""), vocabulary):
            raise UserError(f"{path}: made with another vocabulary; delete the folder and run the workflow again")
    return parts


def _made_with(stamp: str, vocabulary: Vocabulary) -> bool:
    # An extension adds rows at the end, so the shard's vocabulary may be a prefix of this one.
    return stamp == vocabulary.sha256() or stamp in _prefix_hashes(tuple(vocabulary.pieces))


@cache
def _prefix_hashes(pieces: tuple[str, ...]) -> frozenset[str]:
    running, seen = hashlib.sha256(), set()
    for number, piece in enumerate(pieces):
        running.update((b"\n" if number else b"") + piece.encode())
        seen.add(running.copy().hexdigest())
    return frozenset(seen)


def measure(folders: Sequence[str | Path]) -> tuple[int, int]:
    """(segments, tokens of their longer sides) in folders of shards. Raises UserError for a folder without shards."""
    segments, tokens = 0, 0
    for folder in folders:
        parts = sorted(Path(folder).glob("part-*.parquet"))
        if not parts:
            raise UserError(f"{folder}: holds no part-*.parquet; delete the folder and run the workflow again")
        for part in parts:
            about = pq.read_metadata(part)
            groups = [about.row_group(number) for number in range(about.num_row_groups)]
            columns = [[group.column(number) for group in groups] for number in range(about.num_columns)]
            of_side = {column[0].path_in_schema.split(".")[0]: column for column in columns if column}
            segments += about.num_rows
            tokens += max((sum(chunk.num_values for chunk in of_side.get(side, [])) for side in SIDES), default=0)
    return segments, tokens
