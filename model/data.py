"""Batches by token budget, in an order that the seed and the epoch alone decide."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from model.command import UserError
from model.shards import Examples, Side
from model.vocabulary import END_ID, PAD_ID

CONTROLS = 2  # a side gains its language token and </s>


@dataclass(frozen=True)
class Batch:
    """Segments side by side, padded on the right.

    The source is `<lang> x … </s>`; the decoder reads `</s> <lang> y …` and is to answer `<lang> y … </s>`, so that
    the language token is predicted in training and can be forced in decoding (mRASP, section 2.3).
    """

    source: Tensor  # [B, S]
    inputs: Tensor  # [B, T]
    targets: Tensor  # [B, T]

    def to(self, device: torch.device) -> "Batch":
        """The batch on a device."""
        return Batch(*(t.to(device, non_blocking=True) for t in (self.source, self.inputs, self.targets)))


def plan_epoch(examples: Examples, batch_tokens: int, max_positions: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Which segments go into which batch of one epoch: a list of index arrays.

    Segments of similar length stand together, so that a batch of B segments, the longest of L tokens on either side,
    keeps B * L <= batch_tokens. The order depends on (seed, epoch) alone. Segments longer than `max_positions` or
    than the budget are left out.
    """
    random = np.random.default_rng([seed, epoch])
    source, target = examples.source.lengths() + CONTROLS, examples.target.lengths() + CONTROLS
    longest = np.maximum(source, target)
    order = random.permutation(len(examples))
    order = order[longest[order] <= min(max_positions, batch_tokens)]
    # A stable sort of a random order: equal lengths stay shuffled.
    order = order[np.lexsort((source[order], target[order], longest[order]))]
    batches, start = [], 0
    while start < len(order):
        count = 1
        while start + count < len(order) and (count + 1) * longest[order[start + count]] <= batch_tokens:
            count += 1
        batches.append(order[start : start + count])
        start += count
    return [batches[i] for i in random.permutation(len(batches))]


def collate(examples: Examples, rows: np.ndarray) -> Batch:
    """The batch of the segments named by `rows`."""
    targets = _padded(examples.target, rows)
    inputs = torch.full_like(targets, END_ID)
    inputs[:, 1:] = targets[:, :-1]
    return Batch(_padded(examples.source, rows), inputs, targets)


def _padded(side: Side, rows: np.ndarray) -> Tensor:
    lengths = side.starts[rows + 1] - side.starts[rows]
    ids = np.full((len(rows), int(lengths.max()) + CONTROLS), PAD_ID, dtype=np.int64)
    ids[:, 0] = side.language[rows]
    for row, (index, length) in enumerate(zip(rows, lengths, strict=True)):
        ids[row, 1 : length + 1] = side.segment(index)
        ids[row, length + 1] = END_ID
    return torch.from_numpy(ids)


class BatchStream:
    """An endless stream of batches that can be set to any position: (epoch, batches already given of it)."""

    def __init__(self, examples: Examples, batch_tokens: int, max_positions: int, seed: int):
        self.examples, self._plan_args = examples, (batch_tokens, max_positions, seed)
        self.epoch, self.given = 0, 0

    def state(self) -> dict[str, int]:
        """The position, as a checkpoint keeps it."""
        return {"epoch": self.epoch, "given": self.given}

    def restore(self, state: dict[str, int]) -> None:
        """Go to a position; the next batch is the one that followed it."""
        self.epoch, self.given = state["epoch"], state["given"]

    def __iter__(self) -> Iterator[Batch]:
        while True:
            plan = plan_epoch(self.examples, *self._plan_args, epoch=self.epoch)
            if not plan:
                raise UserError("no training segment fits; raise model.max_positions and training.batch_tokens")
            while self.given < len(plan):
                self.given += 1
                yield collate(self.examples, plan[self.given - 1])
            self.epoch, self.given = self.epoch + 1, 0
