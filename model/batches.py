"""Batches by token budget, of segments of similar length, and what an objective makes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from model.examples import Examples
from model.noise import Text
from model.objectives import STACKS, Stack, View
from model.placement import Placement
from model.ragged import Ragged
from model.vocabulary import MASK_ID, PAD_ID
from model.words import Words


@dataclass(frozen=True)
class Answers:
    """What a stack is to predict."""

    positions: Tensor  # [N] of the flattened [B * length] states
    ids: Tensor  # [N]

    def to(self, device: torch.device) -> "Answers":
        """The answers on a device."""
        return Answers(_moved(self.positions, device), _moved(self.ids, device))


@dataclass(frozen=True)
class Batch:
    """Segments side by side, padded on the right, and what each stack is to predict from them."""

    source: Tensor  # [B, S], what the encoder reads
    inputs: Tensor  # [B, T], what the decoder reads
    encoder: Answers | None
    decoder: Answers | None
    source_tokens: int  # that are no padding
    input_tokens: int  # of the decoder that are no padding; 0 where it predicts nothing
    objective: str = "translation"

    @property
    def tokens(self) -> int:
        """Positions that are predicted, those of both stacks once."""
        answers = self.decoder or self.encoder
        return len(answers.ids) if answers else 0

    def answers(self, stack: Stack) -> Answers | None:
        """What a stack is to predict."""
        return self.encoder if stack == "encoder" else self.decoder

    def to(self, device: torch.device) -> "Batch":
        """The batch on a device; on its way to a GPU it does not make the processor wait."""
        if device.type == "cpu":
            return self
        return replace(
            self,
            source=_moved(self.source, device),
            inputs=_moved(self.inputs, device),
            encoder=self.encoder and self.encoder.to(device),
            decoder=self.decoder and self.decoder.to(device),
        )


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)


def plan_batches(
    examples: Examples, batch_tokens: int, max_positions: int, random: np.random.Generator, controls: int
) -> list[np.ndarray]:
    """Which segments go into which batch: a list of index arrays, in an order that `random` decides.

    Segments of similar length stand together, so that a batch of B segments, the longest of L tokens on either side,
    keeps B * L <= batch_tokens. Segments longer than `max_positions` or than the budget are left out. controls: tokens
    that a side gains.
    """
    source, target = examples.source.segments.lengths() + controls, examples.target.segments.lengths() + controls
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


def by_length(rows: Iterable[int], lengths: Sequence[int] | np.ndarray, budget: int) -> list[list[int]]:
    """`rows` in batches of similar length: B of them, the longest of L, keep B * L <= budget, or B is 1.

    lengths: of all rows, by number.
    """
    batches: list[list[int]] = []
    for row in sorted(rows, key=lambda row: lengths[row]):
        if not batches or (len(batches[-1]) + 1) * lengths[row] > budget:
            batches.append([])
        batches[-1].append(row)
    return batches


def collate(examples: Examples, rows: np.ndarray, placement: Placement) -> Batch:
    """The batch of the segments named by `rows`, to be translated."""
    chosen = examples.take(rows)
    everything = np.ones(len(chosen.target.segments.values), bool)
    return _batch(chosen, chosen.source.segments, everything, View(), placement, "translation")


@dataclass(frozen=True)
class Collator:
    """How an objective makes batches of segments."""

    objective: str
    views: list[View]
    placement: Placement
    words: Words
    mask_ratio: float = 0.3

    @cached_property
    def _drawn(self) -> np.ndarray:
        """The ids that may stand in for others: pieces of text."""
        return np.flatnonzero(~self.words.control)

    def batches(self, examples: Examples, rows: np.ndarray, random: np.random.Generator) -> list[Batch]:
        """The batches of the segments named by `rows`, one a view; one may be without any answer."""
        found, chosen = [], examples.take(rows)
        segments = chosen.source.segments
        begins = np.zeros(0, bool)
        if any(view.noise for view in self.views):
            begins = self.words.begins(segments, chosen.source.language)
        for view in self.views:
            seen, selected = segments, np.ones(len(chosen.target.segments.values), bool)
            if view.noise:
                noised = view.noise(Text(segments, begins), self.mask_ratio, self._drawn, random)
                seen, selected = noised.segments, noised.selected
            found.append(_batch(chosen, seen, selected, view, self.placement, self.objective))
        return found


def _batch(
    examples: Examples, seen: Ragged, selected: np.ndarray, view: View, placement: Placement, objective: str
) -> Batch:
    """seen: the sources as the encoder reads them; selected: which ids of the targets the noise has selected."""
    own, language = examples.source.language, examples.target.language
    if view.encoder and not np.array_equal(seen.lengths(), examples.target.segments.lengths()):
        raise ValueError(f"{objective}: its encoder predicts at its own positions, so its noise must keep the length")
    source = placement.source(seen, own, language)
    answer = placement.answer(examples.target.segments, language)
    inputs = placement.inputs(answer, language)
    real = answer != PAD_ID
    chosen = np.zeros_like(real)
    columns = np.arange(answer.shape[1]) - placement.before
    chosen[(columns >= 0) & (columns < examples.target.segments.lengths()[:, None])] = selected
    if view.hidden:
        known = np.pad(chosen, ((0, 0), (1, 0)))[:, :-1]
        inputs[real & ~known & (np.arange(inputs.shape[1]) >= placement.controls)] = MASK_ID
    counted = {"all": real, "selected": chosen, None: None}
    # Found here, on the processor: a GPU that looks for them makes its processor wait.
    encoder, decoder = (_answers(answer, counted[view.positions(stack)]) for stack in STACKS)
    return Batch(
        torch.from_numpy(source),
        torch.from_numpy(inputs),
        encoder,
        decoder,
        int((source != PAD_ID).sum()),
        int(real.sum()) if decoder else 0,
        objective,
    )


def _answers(answer: np.ndarray, where: np.ndarray | None) -> Answers | None:
    """None where a stack predicts nothing."""
    if where is None or not where.any():
        return None
    positions = np.flatnonzero(where)
    return Answers(torch.from_numpy(positions), torch.from_numpy(answer.ravel()[positions]))
