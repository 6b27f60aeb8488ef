"""An endless stream of batches from the shards of one objective. Its memory does not grow with the shards.

Each folder is an endless sequence of rows: one pass over its row groups after another, each in a new random order. An
epoch takes the next rows of all folders. It is divided into pools of about 2^18 rows, and each pool has rows of all
folders in the proportion of the epoch. The batches of a pool are planned together (model/batches/budget.py), so that
lengths are similar and languages mix. The seed and a position of three numbers determine everything that follows; a
checkpoint keeps the position.
"""

import math
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np

from model.batches.budget import plan_batches
from model.batches.collate import Batch, Collator
from model.batches.placement import placement_of
from model.command import UserError
from model.config.run import RunConfig, Task
from model.objectives import OBJECTIVES, Objective
from model.shards.examples import Examples, ShardFolder, Subset, subset_of
from model.text.words import Words

POOL_ROWS = 2**18  # rows whose batches are planned together
NOISE = 1  # begins the seeds of noise, so that they differ from the seeds of orders


@dataclass(frozen=True)
class StreamPosition:
    """The position of a stream: the number of the next batch in a pool of an epoch."""

    epoch: int = 0
    pool: int = 0
    batch: int = 0

    def __str__(self) -> str:
        return f"epoch {self.epoch}, pool {self.pool}, batch {self.batch}"


@dataclass(frozen=True)
class Pool:
    """Rows whose batches are planned together."""

    start: StreamPosition  # before its first batch
    examples: Examples
    plan: list[np.ndarray]  # which of the rows go into which batch


@dataclass(frozen=True)
class PlannedBatch:
    """A batch that is planned but not made yet: its rows, and the position of the stream before and after it."""

    stream: "Stream"
    pool: Pool
    number: int  # in the pool

    @property
    def start(self) -> StreamPosition:
        """The position of the stream before it."""
        return replace(self.pool.start, batch=self.number)

    @property
    def end(self) -> StreamPosition:
        """The position of the stream after it."""
        return replace(self.pool.start, batch=self.number + 1)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.pool.plan[self.number])

    @property
    def progress(self) -> float:
        """How many epochs are done before it, a fraction included."""
        of_pool = self.number / len(self.pool.plan)
        return self.start.epoch + (self.start.pool + of_pool) / self.stream.pools_per_epoch

    def make(self) -> Batch:
        """Make the batch. Its noise depends only on the seed and the position."""
        random = np.random.default_rng([NOISE, *self.stream.seed, *astuple(self.start)])
        return self.stream.collator.batch(self.pool.examples, self.pool.plan[self.number], random)


def epoch_rows(rows: dict[str, int], temperature: float) -> dict[str, int]:
    """How many rows an epoch takes of each direction, proportional to n^(1/temperature). Their sum stays.

    With temperature 1 each row is taken once. Sizes are rounded up. (Xu et al. 2023 use 10/7 for monolingual text.)
    """
    if temperature == 1:
        return rows
    weights = {name: count ** (1 / temperature) for name, count in rows.items()}
    total, all_rows = sum(weights.values()), sum(rows.values())
    return {name: math.ceil(all_rows * weight / total) for name, weight in weights.items()}


class EndlessRows:
    """One folder of shards as an endless sequence of rows."""

    def __init__(self, shards: ShardFolder | Subset, seed: Sequence[int]):
        self.shards, self.seed = shards, list(seed)

    def rows(self, first: int, last: int) -> Iterator[Examples]:
        """Rows `first` to `last - 1` of the sequence, in several parts."""
        size = len(self.shards)
        while first < last:
            number, start = divmod(first, size)
            end = min(size, start + last - first)
            yield from self._rows_of_pass(number, start, end)
            first += end - start

    def _rows_of_pass(self, number: int, start: int, end: int) -> Iterator[Examples]:
        begin = 0
        for group in np.random.default_rng([*self.seed, number]).permutation(len(self.shards.groups)):
            count = int(self.shards.counts[group])
            low, high = max(start - begin, 0), min(end - begin, count)
            if low < high:
                order = np.random.default_rng([*self.seed, number, int(group)]).permutation(count)
                yield self.shards.read(group).take(order[low:high])
            begin += count


class Stream:
    """The batches of one task of a run, planned one after the other.

    The temperature decides how many rows each direction gets, or each language for monolingual objectives. Directions
    and languages are the names of the folders. Monolingual objectives take only the sources of parallel text. number:
    the position of the task in the run.
    """

    def __init__(self, config: RunConfig, task: Task, words: Words, number: int = 0, pool_rows: int = POOL_ROWS):
        objective, settings = OBJECTIVES[task.objective], config.training
        self.monolingual = objective.data == "monolingual"
        self.seed = [config.seed, number] if number else [config.seed]
        vocabulary = words.tokenizer.vocabulary
        folders = {Path(folder): ShardFolder(folder, vocabulary, self.monolingual) for folder in task.shards}
        shards = {path: subset_of(folder, task.segments, config.seed) for path, folder in folders.items()}
        self.sources = [EndlessRows(shard, [*self.seed, n]) for n, shard in enumerate(shards.values()) if len(shard)]
        if not self.sources:
            raise UserError(
                f"{task.shards[0]}: no row in this or other shards of {task.objective}; see the reports of cleaning and"
                " the logs of encode and substitute"
            )
        temperature = task.temperature or objective.temperature or settings.temperature
        self.rows_per_epoch = self._rows_per_epoch(shards, temperature, set(map(Path, task.copies)), task.copy_share)
        self.pools_per_epoch = max(1, math.ceil(sum(self.rows_per_epoch) / pool_rows))
        placement, predicted = placement_of(config.model), _of_stacks(objective, task)
        if predicted.encoder and placement.before_source != placement.before_answer:
            raise UserError(
                f"runs.{config.run}: objectives.{task.objective}: its encoder predicts the words at its positions, and"
                f" language_tokens: {config.model.language_tokens} moves these; write stacks: [decoder]"
            )
        self.collator = Collator(task.objective, predicted, placement, words, task.mask_ratio)
        self.limits = (settings.batch_tokens, config.model.max_positions)
        self.block = min(self.limits) - placement.controls if task.unit == "block" else 0

    def _rows_per_epoch(
        self,
        shards: Mapping[Path, ShardFolder | Subset],
        temperature: float,
        copies: Collection[Path],
        copy_share: float | None,
    ) -> list[int]:
        """How many rows an epoch takes of each folder. Empty folders are left out.

        copies: folders of which a direction that has some takes `copy_share` of its rows; the other folders decide how
        many rows it has.
        """
        kinds = {f: (f.name.split("-")[0] if self.monolingual else f.name, f in copies) for f in shards}
        there: Counter[tuple[str, bool]] = Counter()  # (direction, whether copies) → rows
        for folder, shard in shards.items():
            there[kinds[folder]] += len(shard)
        of_epoch = epoch_rows({name: n for (name, copied), n in there.items() if n and not copied}, temperature)
        taken: Counter[tuple[str, bool]] = Counter()
        for name, rows in of_epoch.items():
            taken[name, True] = round(rows * copy_share) if copy_share and there[name, True] else 0
            taken[name, False] = rows - taken[name, True]
        # Several folders of one kind and direction share its rows of an epoch in proportion to their own.
        return [len(s) * taken[kinds[f]] // there[kinds[f]] for f, s in shards.items() if len(s)]

    def planned(self, position: StreamPosition = StreamPosition(), warn: bool = False) -> Iterator[PlannedBatch]:
        """Each batch from a position on, endlessly. Raises UserError if no segment of an epoch fits into a batch."""
        some_fit = position.batch > 0
        for pool in self.pools(position):
            resumed = pool.start == replace(position, batch=0)
            if resumed and warn:
                self._warn_of_long_segments(pool)
            if pool.start.epoch > position.epoch and not some_fit:
                raise UserError(
                    f"no training segment fits in {min(self.limits)} subwords;"
                    " raise model.max_positions and training.batch_tokens"
                )
            for number in range(position.batch if resumed else 0, len(pool.plan)):
                yield PlannedBatch(self, pool, number)
            some_fit = some_fit or bool(pool.plan)

    def _warn_of_long_segments(self, pool: Pool) -> None:
        rows = len(pool.examples)
        left = rows - sum(map(len, pool.plan))
        if left and pool.plan:
            print(
                f"warning: {left:,} of the first {rows:,} segments are longer than {min(self.limits)} subwords and"
                " are left out; raise model.max_positions or training.batch_tokens to learn from them",
                file=sys.stderr,
            )

    def pools(self, position: StreamPosition = StreamPosition()) -> Iterator[Pool]:
        """Each pool, beginning with that of the position, endlessly."""
        epoch, number = position.epoch, position.pool
        while True:
            rows, random = self._rows_of_pool(epoch, number), np.random.default_rng([*self.seed, epoch, number])
            plan = plan_batches(rows, *self.limits, random, self.collator.placement.controls)
            yield Pool(StreamPosition(epoch, number), rows, plan)
            epoch, number = (epoch, number + 1) if number + 1 < self.pools_per_epoch else (epoch + 1, 0)

    def _rows_of_pool(self, epoch: int, number: int) -> Examples:
        pools = self.pools_per_epoch
        parts = [
            rows.blocks(self.block) if self.block else rows
            for source, count in zip(self.sources, self.rows_per_epoch, strict=True)
            for rows in source.rows(
                epoch * count + count * number // pools, epoch * count + count * (number + 1) // pools
            )
        ]
        return Examples.joined(parts)


def _of_stacks(objective: Objective, task: Task) -> Objective:
    """The objective with only the stacks that the task names."""
    unwanted = {stack: None for stack in objective.stacks if stack not in (task.stacks or objective.stacks)}
    return replace(objective, **unwanted)  # type: ignore[arg-type]
