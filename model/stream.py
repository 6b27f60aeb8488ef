"""Shards as an endless stream of batches, whose memory does not grow with them.

Each folder is an endless sequence of rows: pass after pass over its row groups, each pass in an order of its own. An
epoch takes the next rows of all folders, and is cut into pools of some 2^18 rows; each pool holds rows of all folders
in the proportion of the epoch. The batches of a pool are planned together (model/batches.py), so that lengths fit and
languages mix. Everything follows from the seed and a position of three numbers, which a checkpoint keeps.
"""

import math
import queue
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from model.batches import Batch, collate, plan_batches
from model.command import UserError
from model.examples import Examples, ShardFolder
from model.vocabulary import Vocabulary

POOL = 2**18  # rows whose batches are planned together
AHEAD = 64  # batches that are made before they are asked for

Item = TypeVar("Item")


@dataclass(frozen=True)
class Position:
    """Where a stream stands: the next batch is number `given` of a pool."""

    epoch: int = 0
    pool: int = 0
    given: int = 0

    def __str__(self) -> str:
        return f"epoch {self.epoch}, pool {self.pool}, batch {self.given}"


@dataclass(frozen=True)
class Share:
    """This process's part of what one update learns from."""

    batches: list[Batch]
    numbers: list[int]  # of these batches among those of the update
    start: Position  # of the first batch of the whole update
    end: Position  # after the last


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

    def __init__(self, shards: ShardFolder, seed: Sequence[int]):
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
    """The batches of a run.

    temperature: over directions, which are the names of the folders. per_update: batches of an update over all
    processes; `process` of `processes` is given those whose number has this remainder, so that whatever the number of
    processes is, updates learn from the same.
    """

    def __init__(
        self,
        folders: Sequence[str | Path],
        vocabulary: Vocabulary,
        batch_tokens: int,
        max_positions: int,
        seed: int,
        temperature: float = 1.0,
        per_update: int = 1,
        process: int = 0,
        processes: int = 1,
        pool: int = POOL,
    ):
        shards = {Path(folder): ShardFolder(folder, vocabulary) for folder in folders}
        self.sources = [Source(shard, [seed, n]) for n, shard in enumerate(shards.values()) if len(shard)]
        if not self.sources:
            raise UserError(
                f"{folders[0]}: no row in this or other shards of the run; see the reports of cleaning and the logs of"
                " substitute"
            )
        of_direction: dict[str, int] = {}
        for folder, shard in shards.items():
            of_direction[folder.name] = of_direction.get(folder.name, 0) + len(shard)
        taken = epoch_rows({name: rows for name, rows in of_direction.items() if rows}, temperature)
        # Folders of one direction share what is taken of it in proportion to their rows.
        self.taken = [len(s) * taken[f.name] // of_direction[f.name] for f, s in shards.items() if len(s)]
        self.pools = max(1, math.ceil(sum(self.taken) / pool))
        self.limits, self.seed = (batch_tokens, max_positions), seed
        self.per_update, self.process, self.processes = per_update, process, processes
        self.position = Position()

    def state(self) -> dict[str, int]:
        """The position, as a checkpoint keeps it."""
        return asdict(self.position)

    def restore(self, state: dict[str, int]) -> None:
        """Go to a position; the next update is the one that followed it."""
        self.position = Position(**state)

    def __iter__(self) -> Generator[Share]:
        """Endless, and to be closed. The stream stands after an update when that has been taken out."""
        with closing(ahead(self._shares(self.position), max(2, AHEAD // self.per_update))) as shares:
            for share in shares:
                self.position = share.end
                yield share

    def _shares(self, position: Position) -> Iterator[Share]:
        batches: list[Batch] = []
        numbers: list[int] = []
        start, number = position, 0
        for pool, rows, end in self._planned(position):
            if number % self.processes == self.process:
                batches.append(collate(pool, rows))
                numbers.append(number)
            number += 1
            if number == self.per_update:
                yield Share(batches, numbers, start, end)
                batches, numbers, start, number = [], [], end, 0

    def _planned(self, position: Position) -> Iterator[tuple[Examples, np.ndarray, Position]]:
        """Each batch from a position on: its pool, its rows there, and the position after it."""
        given, fits = position.given, bool(position.given)
        for start, pool, plan in self.plans(position):
            if start == replace(position, given=0) and not self.process:
                self._tell_what_is_too_long(pool, plan)
            if start.epoch > position.epoch and start.pool == 0 and not fits:
                raise UserError(
                    f"no training segment fits in {min(self.limits)} subwords;"
                    " raise model.max_positions and training.batch_tokens"
                )
            for index in range(given, len(plan)):
                yield pool, plan[index], replace(start, given=index + 1)
            given, fits = 0, fits or bool(plan)

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
            pool, random = self._pool(epoch, number), np.random.default_rng([self.seed, epoch, number])
            yield Position(epoch, number), pool, plan_batches(pool, *self.limits, random)
            epoch, number = (epoch, number + 1) if number + 1 < self.pools else (epoch + 1, 0)

    def _pool(self, epoch: int, number: int) -> Examples:
        parts = [
            rows
            for source, taken in zip(self.sources, self.taken, strict=True)
            for rows in source.rows(
                epoch * taken + taken * number // self.pools, epoch * taken + taken * (number + 1) // self.pools
            )
        ]
        return Examples.joined(parts)


def ahead(items: Iterator[Item], count: int) -> Generator[Item]:
    """The same items, up to `count` of them made by a thread before they are asked for; its errors are raised here."""
    ready: queue.Queue[tuple[bool, object]] = queue.Queue(count)
    gone = threading.Event()

    def offer(*what: object) -> bool:
        while not gone.is_set():
            try:
                ready.put(what, timeout=0.1)  # type: ignore[arg-type]
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not offer(True, item):
                    return
            offer(False, None)
        except BaseException as error:
            offer(False, error)

    thread = threading.Thread(target=work, daemon=True, name="batches")
    thread.start()
    try:
        while True:
            more, item = ready.get()
            if not more:
                if isinstance(item, BaseException):
                    raise item
                return
            yield item  # type: ignore[misc]
    finally:
        gone.set()
        thread.join()  # a thread that is inside a library when Python ends can take the process down
