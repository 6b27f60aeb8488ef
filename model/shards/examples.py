"""Read shards: segments in memory. model/shards/files.py writes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.shards.files import lists_of, parts_of
from model.text.ragged import Ragged, starts_of
from model.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Side:
    """All segments of one side."""

    segments: Ragged  # ids, uint16 or int32
    language: np.ndarray  # [segments] int32: the id of the language token

    def take(self, rows: np.ndarray) -> "Side":
        """Some of the segments, in the order of `rows`."""
        return Side(self.segments.take(rows), self.language[rows])

    @classmethod
    def joined(cls, parts: Sequence["Side"]) -> "Side":
        """The segments of several sides, one after the other."""
        return cls(Ragged.joined(p.segments for p in parts), np.concatenate([p.language for p in parts]))

    def blocks(self, longest: int) -> "Side":
        """Consecutive segments of one language joined to blocks of at most `longest` ids, or of one longer segment."""
        firsts, room, before = [], 0, None
        for row, (size, language) in enumerate(zip(self.segments.lengths(), self.language, strict=True)):
            if language != before or size > room:
                firsts.append(row)
                room, before = longest, language
            room -= size
        starts = self.segments.starts[[*firsts, len(self.language)]]
        return Side(Ragged(self.segments.values, starts), self.language[firsts])


@dataclass(frozen=True)
class Examples:
    """Segments with their targets. A token takes 2 or 4 bytes, so 100 million tokens take 0.2 or 0.4 GB."""

    source: Side
    parallel: Side | None = None  # the other side of parallel text; None: each segment is its own target

    @property
    def target(self) -> Side:
        """The targets. In monolingual text they are the sources."""
        return self.source if self.parallel is None else self.parallel

    def __len__(self) -> int:
        return len(self.source.language)

    def take(self, rows: np.ndarray) -> "Examples":
        """Some of the rows, in the order given."""
        return Examples(self.source.take(rows), None if self.parallel is None else self.parallel.take(rows))

    def blocks(self, longest: int) -> "Examples":
        """Monolingual segments joined as in `Side.blocks`."""
        return Examples(self.source.blocks(longest))

    @classmethod
    def joined(cls, parts: Iterable["Examples"]) -> "Examples":
        """The rows of several examples, one after the other. `parts` must not be empty."""
        parts = list(parts)
        source = Side.joined([p.source for p in parts])
        monolingual = all(p.parallel is None for p in parts)
        return cls(source, None if monolingual else Side.joined([p.target for p in parts]))


class ShardFolder:
    """A folder of shards, of which one row group is read at a time.

    monolingual: read the sources only, which are their own targets.
    """

    def __init__(self, folder: str | Path, vocabulary: Vocabulary, monolingual: bool = False):
        """Raises UserError as `model.shards.files.parts_of` does."""
        self.vocabulary, self.monolingual = vocabulary, monolingual
        self.groups: list[tuple[Path, int]] = []
        counts: list[int] = []
        for path in parts_of(folder, vocabulary):
            about = pq.read_metadata(path)
            self.groups += [(path, group) for group in range(about.num_row_groups)]
            counts += [about.row_group(group).num_rows for group in range(about.num_row_groups)]
        self.counts = np.array(counts, dtype=np.int64)  # rows of each group

    def __len__(self) -> int:
        """The number of rows."""
        return int(self.counts.sum())

    def read(self, group: int) -> Examples:
        """The rows of one group."""
        path, number = self.groups[group]
        with pq.ParquetFile(path) as file:
            table = file.read_row_group(number, ["source", "source_lang"] if self.monolingual else None)
        source = _side(table, "source", self.vocabulary)
        return Examples(source, None if self.monolingual else _side(table, "target", self.vocabulary))


class Subset:
    """Random rows of a folder of shards, in memory, as one row group. A larger subset contains a smaller one."""

    def __init__(self, shards: ShardFolder, segments: int, seed: int):
        rows = np.sort(np.random.default_rng(seed).permutation(len(shards))[:segments])
        firsts = starts_of(shards.counts)
        parts = [
            shards.read(group).take(rows[(first <= rows) & (rows < end)] - first)
            for group, (first, end) in enumerate(pairwise(firsts))
            if ((first <= rows) & (rows < end)).any()
        ]
        self.groups, self.counts, self.rows = [0], np.array([len(rows)]), Examples.joined(parts)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def read(self, group: int) -> Examples:
        """The rows, which are one group."""
        return self.rows


def subset_of(shards: ShardFolder, segments: int | None, seed: int) -> ShardFolder | Subset:
    """A folder of shards, or a random subset of `segments` rows if it has more. See `Subset`."""
    return Subset(shards, segments, seed) if segments and segments < len(shards) else shards


def read_shards(folders: Sequence[str | Path], vocabulary: Vocabulary) -> Examples:
    """All rows of shard folders, in the order given. Raises UserError as `model.shards.files.parts_of` does."""
    shards = [ShardFolder(folder, vocabulary) for folder in folders]
    nothing = Side(Ragged.from_lists([], np.uint16), np.zeros(0, np.int32))
    groups = (shard.read(group) for shard in shards for group in range(len(shard.groups)))
    return Examples.joined([Examples(nothing, nothing), *groups])


def _side(table: pa.Table, name: str, vocabulary: Vocabulary) -> Side:
    languages = table[f"{name}_lang"].combine_chunks()
    tokens = np.array([vocabulary.language_id(code) for code in languages.dictionary.to_pylist()], dtype=np.int32)
    codes = languages.indices.to_numpy(zero_copy_only=False)
    return Side(lists_of(table[name].combine_chunks()), tokens[codes] if len(codes) else tokens[:0])
