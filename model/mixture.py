"""The batches of a run: those of its tasks, mixed, an update at a time."""

import queue
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TypeVar

from model.batches import Batch
from model.config import RunConfig
from model.stream import POOL, Planned, Position, Stream
from model.turns import order_of_tasks
from model.words import Words

AHEAD = 64  # batches that are made before they are asked for

Item = TypeVar("Item")


@dataclass(frozen=True)
class Share:
    """This process's part of what one update learns from."""

    batches: list[Batch]
    numbers: list[int]  # of these batches among those of the update; the views of a segment have one number
    start: tuple[Position, ...]  # of each task, before the whole update
    end: tuple[Position, ...]  # and after it

    def __str__(self) -> str:
        return "; ".join(f"from {start} to {end}" for start, end in zip(self.start, self.end, strict=True))


class Mixture:
    """The batches of a run, in one order whatever the number of processes.

    `process` of `processes` is given those whose number in the update has this remainder. Mixed by shares, each update
    holds batches of all tasks; mixed naturally, the next batch is of the task that has done least of its epoch, so that
    all text is seen equally often.
    """

    def __init__(self, config: RunConfig, words: Words, process: int = 0, processes: int = 1, pool: int = POOL):
        self.streams = [Stream(config, task, words, number, pool) for number, task in enumerate(config.tasks)]
        self.per_update = config.training.batches_per_update
        self.order = order_of_tasks(config.tasks, self.per_update) if config.mixing == "shares" else None
        self.process, self.processes = process, processes
        self.positions = tuple(Position() for _ in self.streams)

    @property
    def epoch(self) -> int:
        """Passes over the text of the first task that are done."""
        return self.positions[0].epoch

    def state(self) -> list[dict[str, int]]:
        """The positions, as a checkpoint keeps them."""
        return [asdict(position) for position in self.positions]

    def restore(self, state: Sequence[dict[str, int]]) -> None:
        """Go to some positions; the next update is the one that followed them."""
        self.positions = tuple(Position(**position) for position in state)

    def __iter__(self) -> Generator[Share]:
        """Endless, and to be closed. The mixture stands after an update when that has been taken out."""
        with closing(ahead(self._shares(), max(2, AHEAD // self.per_update))) as shares:
            for share in shares:
                self.positions = share.end
                yield share

    def _shares(self) -> Iterator[Share]:
        made = [s.planned(p, warn=not self.process) for s, p in zip(self.streams, self.positions, strict=True)]
        coming: list[Planned | None] = [None] * len(made)
        positions = list(self.positions)

        def upcoming(task: int) -> Planned:
            coming[task] = found = coming[task] or next(made[task])
            return found

        def least_advanced() -> int:
            return min(range(len(made)), key=lambda task: upcoming(task).progress)

        while True:
            batches: list[Batch] = []
            numbers: list[int] = []
            start = tuple(positions)
            for number in range(self.per_update):
                task = self.order[number] if self.order else least_advanced()
                planned, coming[task] = upcoming(task), None
                if number % self.processes == self.process:
                    found = planned.batches()
                    batches += found
                    numbers += [number] * len(found)
                positions[task] = planned.end
            yield Share(batches, numbers, start, tuple(positions))


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
