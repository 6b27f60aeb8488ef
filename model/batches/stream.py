"""Shards of one objective as an endless stream of batches, whose memory does not grow with them.

Each folder is an endless sequence of rows: pass after pass over its row groups, each pass in an order of its own. An
epoch takes the next rows of all folders, and is cut into pools of some 2^18 rows; each pool holds rows of all folders
in the proportion of the epoch. The batches of a pool are planned together (model/batches/collate.py), so that lengths
fit and languages mix. Everything follows from the seed and a position of three numbers, which a checkpoint keeps.
"""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from model.batches.budget import plan_batches
from model.batches.collate import Batch, Collator
from model.batches.placement import placement_of
from model.command import UserError
from model.config.run import RunConfig, Task
from model.objectives import OBJECTIVES, STACKS, View
from model.shards.examples import Examples, Sample, ShardFolder, sampled
from model.text.words import Words

POOL = 2**18  # rows whose batches are planned together
NOISE = 1  # begins the seeds of noise, which are not to be those of an order


@dataclass(frozen=True)
class Position:
    """Where a stream stands: the next batch is number `given` of a pool."""

    epoch: int = 0
    pool: int = 0
    given: int = 0

    def __str__(self) -> str:
        return f"epoch {self.epoch}, pool {self.pool}, batch {self.given}"


@dataclass(frozen=True)
class Planned:
    """A batch that can be made: its rows in a pool, and where the stream stands before and after it."""

    stream: "Stream"
    pool: Examples
    rows: np.ndarray
    start: Position
    end: Position
    progress: float  # epochs done before it

    def batches(self) -> list[Batch]:
        """What the objective makes of it. Noise hangs on the seed and the position alone."""
        at = [NOISE, *self.stream.seed, *asdict(self.start).values()]
        return self.stream.collator.batches(self.pool, self.rows, np.random.default_rng(at))


def epoch_rows(rows: dict[str, int], temperature: float) -> dict[str, int]:
    """Rows an epoch takes of each direction: shares are proportional to n^(1/temperature), their sum stays.

    With temperature 1 each row is taken once. Sizes are rounded up (Xu et al. 2023, whose monolingual text has 10/7).
    """
    if temperature == 1:
        return rows
    weights = {name: count ** (1 / temperature) for name, count in rows.items()}
    total, whole = sum(weights.values()), sum(rows.values())
    return {name: math.ceil(whole * weight / total) for name, weight in weights.items()}


class Source:
    """One folder of shards as an endless sequence of rows."""

    def __init__(self, shards: ShardFolder | Sample, seed: Sequence[int]):
        self.shards, self.seed = shards, list(seed)

    def rows(self, first: int, last: int) -> Iterator[Examples]:
        """Rows `first` to `last - 1` of the sequence, in pieces."""
        size = len(self.shards)
        while first < last:
            turn, start = divmod(first, size)
            end = min(size, start + last - first)
            yield from self._rows_of_pass(turn, start, end)
            first += end - start

    def _rows_of_pass(self, turn: int, start: int, end: int) -> Iterator[Examples]:
        begin = 0
        for group in np.random.default_rng([*self.seed, turn]).permutation(len(self.shards.groups)):
            count = int(self.shards.counts[group])
            low, high = max(start - begin, 0), min(end - begin, count)
            if low < high:
                order = np.random.default_rng([*self.seed, turn, int(group)]).permutation(count)
                yield self.shards.read(group).take(order[low:high])
            begin += count


class Stream:
    """The batches of one task of a run, planned one after the other.

    Rows are shared out by temperature among the directions, or for monolingual objectives among the languages, which
    the names of the folders tell: of parallel text these take the source. number: of the task among the run's.
    """

    def __init__(self, config: RunConfig, task: Task, words: Words, number: int = 0, pool: int = POOL):
        row, settings = OBJECTIVES[task.objective], config.training
        self.monolingual, self.seed = row.data == "monolingual", [config.seed, number] if number else [config.seed]
        vocabulary = words.tokenizer.vocabulary
        whole = {Path(folder): ShardFolder(folder, vocabulary, self.monolingual) for folder in task.shards}
        shards = {folder: sampled(shard, task.segments, config.seed) for folder, shard in whole.items()}
        self.sources = [Source(shard, [*self.seed, n]) for n, shard in enumerate(shards.values()) if len(shard)]
        if not self.sources:
            raise UserError(
                f"{task.shards[0]}: no row in this or other shards of {task.objective}; see the reports of cleaning and"
                " the logs of encode and substitute"
            )
        usual = row.temperature if self.monolingual else settings.temperature
        self.taken = self._taken(shards, task.temperature or usual)
        self.pools = max(1, math.ceil(sum(self.taken) / pool))
        placement, views = placement_of(config.model), [_predicting(view, task) for view in row.views]
        self.collator = Collator(task.objective, views, placement, words, task.mask_ratio)
        # Each view of a segment is a batch of its own; together they are to take as long as those of other objectives.
        self.limits = (settings.batch_tokens // len(views), config.model.max_positions)
        self.block = min(self.limits) - placement.controls if task.unit == "block" else 0

    def _taken(self, shards: Mapping[Path, ShardFolder | Sample], temperature: float) -> list[int]:
        """Rows that an epoch takes of each folder that has some."""
        names = {folder: folder.name.split("-")[0] if self.monolingual else folder.name for folder in shards}
        rows: dict[str, int] = {}
        for folder, shard in shards.items():
            rows[names[folder]] = rows.get(names[folder], 0) + len(shard)
        taken = epoch_rows({name: count for name, count in rows.items() if count}, temperature)
        # Folders of one direction share what is taken of it in proportion to their rows.
        return [len(s) * taken[names[f]] // rows[names[f]] for f, s in shards.items() if len(s)]

    def planned(self, position: Position = Position(), warn: bool = False) -> Iterator[Planned]:
        """Each batch from a position on, endlessly. Raises UserError where no segment fits into an epoch's batches."""
        first, fits = position.given, bool(position.given)
        for start, pool, plan in self.plans(position):
            if warn and start == replace(position, given=0):
                self._tell_what_is_too_long(pool, plan)
            if start.epoch > position.epoch and start.pool == 0 and not fits:
                raise UserError(
                    f"no training segment fits in {min(self.limits)} subwords;"
                    " raise model.max_positions and training.batch_tokens"
                )
            for given in range(first, len(plan)):
                done = start.epoch + (start.pool + given / len(plan)) / self.pools
                before, after = replace(start, given=given), replace(start, given=given + 1)
                yield Planned(self, pool, plan[given], before, after, done)
            first, fits = 0, fits or bool(plan)

    def _tell_what_is_too_long(self, pool: Examples, plan: list[np.ndarray]) -> None:
        left = len(pool) - sum(map(len, plan))
        if left and plan:
            print(
                f"warning: {left:,} of the first {len(pool):,} segments are longer than {min(self.limits)} subwords and"
                " are left out; raise model.max_positions or training.batch_tokens to learn from them",
                file=sys.stderr,
            )

    def plans(self, position: Position = Position()) -> Iterator[tuple[Position, Examples, list[np.ndarray]]]:
        """Each pool from that of a position on: where it begins, its segments, and which go into which batch."""
        epoch, number = position.epoch, position.pool
        while True:
            pool, random = self._pool(epoch, number), np.random.default_rng([*self.seed, epoch, number])
            plan = plan_batches(pool, *self.limits, random, self.collator.placement.controls)
            yield Position(epoch, number), pool, plan
            epoch, number = (epoch, number + 1) if number + 1 < self.pools else (epoch + 1, 0)

    def _pool(self, epoch: int, number: int) -> Examples:
        parts = [
            rows.blocks(self.block) if self.block else rows
            for source, taken in zip(self.sources, self.taken, strict=True)
            for rows in source.rows(
                epoch * taken + taken * number // self.pools, epoch * taken + taken * (number + 1) // self.pools
            )
        ]
        return Examples.joined(parts)


def _predicting(view: View, task: Task) -> View:
    """A view with those stacks alone that a task wants to predict."""
    if task.stacks is None:
        return view
    encoder, decoder = (view.positions(stack) if stack in task.stacks else None for stack in STACKS)
    return replace(view, encoder=encoder, decoder=decoder)
