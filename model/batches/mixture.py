"""The batches of a run: those of all its tasks, mixed, one update after the other."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass

from torch import Tensor

from model.batches.collate import Batch
from model.batches.prefetch import prefetch
from model.batches.stream import POOL_ROWS, PlannedBatch, Stream, StreamPosition
from model.config.run import RunConfig
from model.config.task_order import order_of_tasks
from model.text.words import Words

PREFETCHED = 64  # batches that are made in advance, about


@dataclass(frozen=True)
class Portion:
    """This process's part of the batches of one update."""

    batches: list[Batch]  # whole, or some rows of them
    numbers: list[int]  # of these batches in the update
    start: tuple[StreamPosition, ...]  # of each task, before the whole update
    end: tuple[StreamPosition, ...]  # and after it

    def __str__(self) -> str:
        return "; ".join(f"from {start} to {end}" for start, end in zip(self.start, self.end, strict=True))


class Mixture:
    """The batches of a run, in one order whatever the number of processes.

    Each process gets its part of the rows of an update: consecutive batches, and where batches cannot be divided
    equally, some rows of the first and the last. With `mixing: shares`, each update has batches of all tasks. With
    `natural`, the next batch is of the task that has done the smallest part of its epoch, so that all text is seen
    equally often. process: the number of this one of `processes`. packed: without padding. pinned: in memory that a GPU
    can copy from.
    """

    def __init__(
        self,
        config: RunConfig,
        words: Words,
        process: int = 0,
        processes: int = 1,
        pool_rows: int = POOL_ROWS,
        packed: bool = False,
        pinned: bool = False,
    ):
        self.streams = [Stream(config, task, words, number, pool_rows) for number, task in enumerate(config.tasks)]
        self.per_update = config.training.batches_per_update
        self.order = order_of_tasks(config.tasks, self.per_update) if config.mixing == "shares" else None
        self.process, self.processes, self.packed, self.pinned = process, processes, packed, pinned
        self.positions = tuple(StreamPosition() for _ in self.streams)

    @property
    def epoch(self) -> int:
        """Completed epochs of the first task."""
        return self.positions[0].epoch

    def state(self) -> list[dict[str, int]]:
        """The positions of the streams, for a checkpoint."""
        return [asdict(position) for position in self.positions]

    def restore(self, state: Sequence[dict[str, int]]) -> None:
        """Continue from the positions of a checkpoint."""
        # By their order: older checkpoints have another name for `batch`.
        self.positions = tuple(StreamPosition(*position.values()) for position in state)

    def __iter__(self) -> Generator[Portion]:
        """An endless generator, to be closed. `state()` is that after the last portion which it has given."""
        with closing(prefetch(self._portions(), max(2, PREFETCHED // self.per_update))) as portions:
            for portion in portions:
                self.positions = portion.end
                yield portion

    def _portions(self) -> Iterator[Portion]:
        planned = [s.planned(p, warn=self.process == 0) for s, p in zip(self.streams, self.positions, strict=True)]
        coming = [next(batches) for batches in planned]  # the next batch of each task
        positions = list(self.positions)
        while True:
            batches, numbers, start = [], [], tuple(positions)
            for number in range(self.per_update):
                task = self.order[number] if self.order else _least_advanced(coming)
                if batch := self._part(number, coming[task]):
                    batches.append(batch)
                    numbers.append(number)
                positions[task], coming[task] = coming[task].end, next(planned[task])
            yield Portion(batches, numbers, start, tuple(positions))

    def _part(self, number: int, planned: PlannedBatch) -> Batch | None:
        """The rows of a batch that are this process's, if any. number: of the batch in its update.

        Process p of P has the rows between p / P and (p + 1) / P of an update, in which each batch counts as much.
        """
        begin, end = (
            min(max(self.per_update * process - self.processes * number, 0), self.processes)
            for process in (self.process, self.process + 1)
        )
        first, last = (planned.rows * cut // self.processes for cut in (begin, end))
        if first == last:
            return None
        batch = planned.make()
        if last - first < planned.rows:
            batch = batch.rows(first, last)
        if self.packed:
            batch = batch.packed()
        return batch.map(Tensor.pin_memory) if self.pinned else batch


def _least_advanced(coming: Sequence[PlannedBatch]) -> int:
    """The task that has done the smallest part of its epoch."""
    return min(range(len(coming)), key=lambda task: coming[task].progress)
