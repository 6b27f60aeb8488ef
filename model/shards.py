"""The shard contract: folders of Parquet files with token ids, written by the data steps, read by training.

Columns: source, target (lists of ids, without language tokens or </s>), source_lang, target_lang.
File metadata: `vocabulary` (sha256 of its rows), `seed`, `settings` (JSON), `rows`.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.command import UserError
from model.vocabulary import Vocabulary


def write_shards(
    folder: str | Path,
    rows: Sequence[tuple[list[int], list[int]]],
    direction: tuple[str, str],
    vocabulary: Vocabulary,
    seed: int,
    settings: dict[str, object],
    rows_a_part: int = 1_000_000,
) -> None:
    """Write (source, target) id lists of one direction as part-00000.parquet, … ; the folder appears when whole."""
    folder = Path(folder)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    ids = pa.list_(pa.uint16() if len(vocabulary) <= 2**16 else pa.int32())
    for number, start in enumerate(range(0, max(len(rows), 1), rows_a_part)):
        some = rows[start : start + rows_a_part]
        table = pa.table(
            {
                "source": pa.array([s for s, _ in some], ids),
                "target": pa.array([t for _, t in some], ids),
                "source_lang": pa.array([direction[0]] * len(some), pa.string()).dictionary_encode(),
                "target_lang": pa.array([direction[1]] * len(some), pa.string()).dictionary_encode(),
            }
        )
        about = {
            "vocabulary": vocabulary.sha256(),
            "seed": str(seed),
            "settings": json.dumps(settings),
            "rows": str(len(some)),
        }
        pq.write_table(table.replace_schema_metadata(about), part / f"part-{number:05d}.parquet", compression="zstd")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


@dataclass(frozen=True)
class Side:
    """All segments of one side, laid end to end. `ids[starts[i]:starts[i + 1]]` is segment i."""

    ids: np.ndarray  # [tokens] uint16 or int32
    starts: np.ndarray  # [segments + 1] int64
    language: np.ndarray  # [segments] int32: the id of the language token

    def lengths(self) -> np.ndarray:
        """Tokens of each segment, without controls."""
        return np.diff(self.starts)

    def segment(self, index: int) -> np.ndarray:
        """The ids of one segment."""
        return self.ids[self.starts[index] : self.starts[index + 1]]


@dataclass(frozen=True)
class Examples:
    """Parallel segments in memory: some tokens of 2 bytes each, so 100 million take 0.2 GB."""

    source: Side
    target: Side

    def __len__(self) -> int:
        return len(self.source.language)


def read_shards(folders: Sequence[str | Path], vocabulary: Vocabulary) -> Examples:
    """Read shard folders in the order given.

    A shard may have been made with a shorter vocabulary that this one extends, because old rows keep their ids.
    Raises UserError for a folder that is empty or was made with another vocabulary.
    """
    tables = []
    for path in (p for folder in folders for p in _parts(folder)):
        table = pq.read_table(path)
        stamp = (table.schema.metadata or {}).get(b"vocabulary", b"").decode()
        if not _made_with(stamp, vocabulary):
            raise UserError(f"{path}: made with another vocabulary; delete the folder and run the workflow again")
        tables.append(table.replace_schema_metadata(None))
    table = pa.concat_tables(tables, promote_options="permissive").unify_dictionaries().combine_chunks()
    return Examples(_side(table, "source", vocabulary), _side(table, "target", vocabulary))


def _parts(folder: str | Path) -> list[Path]:
    parts = sorted(Path(folder).glob("part-*.parquet"))
    if not parts:
        raise UserError(f"{folder}: holds no part-*.parquet; delete the folder and run the workflow again")
    return parts


def _made_with(stamp: str, vocabulary: Vocabulary) -> bool:
    if stamp == vocabulary.sha256():
        return True
    # An extension adds rows at the end: some prefix of this vocabulary must then be the shard's.
    return stamp in _prefix_hashes(tuple(vocabulary.pieces))


def _prefix_hashes(pieces: tuple[str, ...]) -> set[str]:
    running, seen = hashlib.sha256(), set()
    for number, piece in enumerate(pieces):
        running.update((b"\n" if number else b"") + piece.encode())
        seen.add(running.copy().hexdigest())
    return seen


def _side(table: pa.Table, name: str, vocabulary: Vocabulary) -> Side:
    lists, languages = table[name].combine_chunks(), table[f"{name}_lang"].combine_chunks()
    tokens = np.array([vocabulary.language_id(code) for code in languages.dictionary.to_pylist()], dtype=np.int32)
    codes = languages.indices.to_numpy(zero_copy_only=False)
    starts = lists.offsets.to_numpy().astype(np.int64)
    return Side(lists.flatten().to_numpy(), starts - starts[0], tokens[codes] if len(codes) else tokens[:0])
