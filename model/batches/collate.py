"""Make a batch of segments by an objective: the inputs of both stacks, and what each is to predict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from model.batches.placement import Placement
from model.objectives import OBJECTIVES, STACKS, Objective, Stack
from model.objectives.noise import Noised, Text
from model.shards.examples import Examples
from model.text.vocabulary import MASK_ID, PAD_ID
from model.text.words import Words


@dataclass(frozen=True)
class Answers:
    """What a stack is to predict."""

    positions: Tensor  # [N] indices into the flattened [B * length] states, in increasing order
    ids: Tensor  # [N], which to predict there


@dataclass(frozen=True)
class Batch:
    """Segments padded on the right, or laid end to end, and what each stack is to predict."""

    source: Tensor  # [B, S], what the encoder reads
    inputs: Tensor  # [B, T], what the decoder reads
    answers: Mapping[Stack, Answers]  # stacks that predict nothing are not in it
    source_lengths: np.ndarray  # [B], without padding
    target_lengths: np.ndarray  # [B]
    objective: str = "translation"
    first: int = 0  # number of the first of its rows in the batch that it was cut from
    # Without padding: the starts, positions and longest segment of what each stack reads (model/network/attention.py).
    segments: Mapping[Stack, tuple[Tensor, Tensor, int]] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """Positions that are predicted. Positions that both stacks predict count once."""
        answers = self.answers.get("decoder") or self.answers.get("encoder")
        return len(answers.ids) if answers else 0

    @property
    def source_tokens(self) -> int:
        """Tokens that the encoder reads."""
        return int(self.source_lengths.sum())

    @property
    def input_tokens(self) -> int:
        """Tokens that the decoder reads: none if it predicts nothing."""
        return int(self.target_lengths.sum()) if "decoder" in self.answers else 0

    def rows(self, first: int, last: int) -> "Batch":
        """The rows `first` to `last - 1`, padded as in the whole batch."""
        # Copies, because torch.compile makes another graph for a part of a tensor than for a whole one.
        source, inputs = self.source[first:last].clone(), self.inputs[first:last].clone()
        answers = {}
        for stack, whole in self.answers.items():
            length = (source if stack == "encoder" else inputs).size(1)
            start, end = torch.searchsorted(whole.positions, torch.tensor([first * length, last * length])).tolist()
            if start < end:
                answers[stack] = Answers(whole.positions[start:end] - first * length, whole.ids[start:end])
        lengths = self.source_lengths[first:last], self.target_lengths[first:last]
        return Batch(source, inputs, answers, *lengths, self.objective, first)

    def packed(self) -> "Batch":
        """The batch without padding: the segments of each side end to end in one row."""
        padded = (self.source, self.source_lengths), (self.inputs, self.target_lengths)
        rows, segments, answers = [], dict[Stack, tuple[Tensor, Tensor, int]](), dict[Stack, Answers]()
        for stack, (ids, lengths) in zip(STACKS, padded, strict=True):
            is_token = np.arange(ids.size(1)) < lengths[:, None]
            starts = np.concatenate([[0], lengths.cumsum()]).astype(np.int32)
            places = torch.from_numpy(np.flatnonzero(is_token))
            rows.append(ids.flatten()[places][None])
            segments[stack] = torch.from_numpy(starts), places % ids.size(1), int(lengths.max())
            if stack in self.answers:
                whole = self.answers[stack]
                answers[stack] = Answers(torch.searchsorted(places, whole.positions), whole.ids)
        return replace(self, source=rows[0], inputs=rows[1], answers=answers, segments=segments)

    def map(self, function: Callable[[Tensor], Tensor]) -> "Batch":
        """The batch with other tensors in the place of its own."""
        answers = {stack: Answers(function(a.positions), function(a.ids)) for stack, a in self.answers.items()}
        segments = {stack: (function(s[0]), function(s[1]), s[2]) for stack, s in self.segments.items()}
        source, inputs = function(self.source), function(self.inputs)
        return replace(self, source=source, inputs=inputs, answers=answers, segments=segments)

    def to(self, device: torch.device) -> "Batch":
        """The batch on a device. From pinned memory, a copy to a GPU does not make the processor wait."""
        return self if device.type == "cpu" else self.map(lambda tensor: tensor.to(device, non_blocking=True))


def collate(examples: Examples, rows: np.ndarray, placement: Placement) -> Batch:
    """The batch of translation of the segments `rows`."""
    examples = examples.take(rows)
    return _batch(examples, _unchanged(examples), "translation", OBJECTIVES["translation"], placement)


@dataclass(frozen=True)
class Collator:
    """Makes batches of one objective."""

    name: str
    objective: Objective
    placement: Placement
    words: Words
    mask_ratio: float = 0.3

    @cached_property
    def _drawn(self) -> np.ndarray:
        """The ids that random replacements are drawn from: pieces of text."""
        return np.flatnonzero(~self.words.control)

    def batch(self, examples: Examples, rows: np.ndarray, random: np.random.Generator) -> Batch:
        """The batch of the segments `rows`. If the noise selects nothing, there is nothing to predict in it."""
        examples = examples.take(rows)
        return _batch(examples, self._noised(examples, random), self.name, self.objective, self.placement)

    def _noised(self, examples: Examples, random: np.random.Generator) -> Noised:
        """The sources as the encoder reads them."""
        if not self.objective.noise:
            return _unchanged(examples)
        source = examples.source
        text = Text(source.segments, self.words.begins(source.segments, source.language))
        return self.objective.noise(text, self.mask_ratio, self._drawn, random)


def _unchanged(examples: Examples) -> Noised:
    """The sources without noise, and all ids of the targets selected."""
    return Noised(examples.source.segments, np.ones(len(examples.target.segments.values), bool))


def _batch(examples: Examples, noised: Noised, name: str, objective: Objective, placement: Placement) -> Batch:
    """noised: what the encoder reads, and which ids of the targets the noise has selected."""
    target, language = examples.target.segments, examples.target.language
    if objective.encoder and not np.array_equal(noised.segments.lengths(), target.lengths()):
        raise ValueError(f"{name}: its encoder predicts at its own positions, so its noise must keep the length")
    source = placement.source(noised.segments, examples.source.language, language)
    answer = placement.answer(target, language)
    inputs = placement.inputs(answer, language)
    is_token = answer != PAD_ID
    is_selected = np.zeros_like(is_token)
    is_selected[placement.is_answered(target, answer.shape[1])] = noised.selected
    if objective.hidden:
        inputs[_is_hidden(is_token, is_selected, placement)] = MASK_ID
    answers = {}
    for stack in STACKS:
        predicted = {"all": is_token, "selected": is_selected}.get(objective.predicted(stack) or "")
        if predicted is not None and predicted.any():
            answers[stack] = _answers(answer, predicted)
    return Batch(
        torch.from_numpy(source),
        torch.from_numpy(inputs),
        answers,
        (source != PAD_ID).sum(1),
        is_token.sum(1),
        name,
    )


def _is_hidden(is_token: np.ndarray, is_selected: np.ndarray, placement: Placement) -> np.ndarray:
    """Which inputs of the decoder become `<mask>` [B, T]: those of the segment that are not selected.

    An input is the answer of the position before it, so selected answers are known one position later.
    """
    follows_selected = np.pad(is_selected, ((0, 0), (1, 0)))[:, :-1]
    is_segment = is_token & (np.arange(is_token.shape[1]) > placement.before_answer)
    return is_segment & ~follows_selected


def _answers(answer: np.ndarray, predicted: np.ndarray) -> Answers:
    """Computed here, because a search on a GPU would make the processor wait for its result."""
    positions = np.flatnonzero(predicted)
    return Answers(torch.from_numpy(positions), torch.from_numpy(answer.ravel()[positions]))
