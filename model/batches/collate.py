"""Batches by token budget, of segments of similar length, and what an objective makes of them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from model.batches.placement import Placement
from model.objectives import STACKS, Stack, View
from model.objectives.noise import Text
from model.shards.examples import Examples
from model.text.ragged import Ragged
from model.text.vocabulary import MASK_ID, PAD_ID
from model.text.words import Words


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
