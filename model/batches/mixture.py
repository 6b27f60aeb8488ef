"""The batches of a run: those of its tasks, mixed, an update at a time."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass

from model.batches.collate import Batch
from model.batches.prefetch import prefetch
from model.batches.stream import POOL, Planned, Position, Stream
from model.config.run import RunConfig
from model.config.turns import order_of_tasks
from model.text.words import Words

AHEAD = 64  # batches that are made before they are asked for


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

    `process` of `processes` is given neighbours in the update, so that all have batches of each task. Mixed by shares,
    each update holds batches of all tasks; mixed naturally, the next batch is of the task that has done least of its
    epoch, so that all text is seen equally often.
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
        with closing(prefetch(self._shares(), max(2, AHEAD // self.per_update))) as shares:
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
                if number * self.processes // self.per_update == self.process:
                    found = planned.batches()
                    batches += found
                    numbers += [number] * len(found)
                positions[task] = planned.end
            yield Share(batches, numbers, start, tuple(positions))
