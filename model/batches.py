"""Batches by token budget, of segments of similar length."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from model.examples import Examples, Side
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
    real: Tensor  # [tokens]: which of the B * T targets are no padding
    source_tokens: int  # that are no padding

    @property
    def tokens(self) -> int:
        """Targets that are no padding."""
        return len(self.real)

    def to(self, device: torch.device) -> "Batch":
        """The batch on a device; on its way to a GPU it does not make the processor wait."""
        if device.type == "cpu":
            return self
        source, inputs, targets, real = (
            tensor.pin_memory().to(device, non_blocking=True)
            for tensor in (self.source, self.inputs, self.targets, self.real)
        )
        return Batch(source, inputs, targets, real, self.source_tokens)


def plan_batches(
    examples: Examples, batch_tokens: int, max_positions: int, random: np.random.Generator
) -> list[np.ndarray]:
    """Which segments go into which batch: a list of index arrays, in an order that `random` decides.

    Segments of similar length stand together, so that a batch of B segments, the longest of L tokens on either side,
    keeps B * L <= batch_tokens. Segments longer than `max_positions` or than the budget are left out.
    """
    source, target = examples.source.segments.lengths() + CONTROLS, examples.target.segments.lengths() + CONTROLS
    longest = np.maximum(source, target)
    order = random.permutation(len(examples))
    order = order[longest[order] <= min(max_positions, batch_tokens)]
    # By the longer side, and there by how much the target is the longer one, to and fro, so that neighbours are alike
    # on both sides also where the longer side grows by one. The sort is stable: equal lengths stay shuffled.
    difference = np.where(longest % 2, source - target, target - source)
    order = order[np.lexsort((difference[order], longest[order]))]
    sizes, batches, start = longest[order], [], 0
    while start < len(order):
        some = sizes[start : start + batch_tokens // sizes[start]]
        count = int(np.searchsorted(some * np.arange(1, len(some) + 1), batch_tokens, side="right"))
        batches.append(order[start : start + count])
        start += count
    return [batches[i] for i in random.permutation(len(batches))]


def collate(examples: Examples, rows: np.ndarray) -> Batch:
    """The batch of the segments named by `rows`."""
    targets = _padded(examples.target, rows)
    inputs = torch.full_like(targets, END_ID)
    inputs[:, 1:] = targets[:, :-1]
    source = _padded(examples.source, rows)
    # Found here, on the processor: a GPU that looks for them makes its processor wait.
    real = (targets != PAD_ID).flatten().nonzero()[:, 0]
    return Batch(source, inputs, targets, real, int((source != PAD_ID).sum()))


def _padded(side: Side, rows: np.ndarray) -> Tensor:
    some = side.segments.take(rows)
    lengths = some.lengths()
    ids = np.full((len(rows), int(lengths.max()) + CONTROLS), PAD_ID, dtype=np.int64)
    ids[:, 0] = side.language[rows]
    columns = np.arange(ids.shape[1])
    ids[(columns > 0) & (columns <= lengths[:, None])] = some.values
    ids[np.arange(len(rows)), lengths + 1] = END_ID
    return torch.from_numpy(ids)
