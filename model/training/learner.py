"""A model with its loss: from a batch to a summed loss."""

import math
import sys
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from model.batches.collate import Batch
from model.command import UserError
from model.config.run import IntraDistillation, passes_of
from model.machine.devices import check_compiler
from model.network.attention import Segments
from model.network.dropout import of_pass
from model.network.transformer import Transformer
from model.objectives import STACKS, Stack
from model.training.losses import Loss, loss_and_gradients, over_vocabulary

States = dict[Stack, list[Tensor]]  # at the positions to predict, [N, D] for each pass


def alpha_at(update: int, updates: int, settings: IntraDistillation) -> float:
    """The weight of the X-divergence at an update; updates: the number of all updates.

    Adaptive: alpha * (p * update / updates)^g until update = updates / p, and alpha afterwards. g is such that the
    weight is 1 at updates / q (Xu et al. 2022, "The importance of being parameters: an intra-distillation method for
    serious gains").
    """
    done = settings.p * update / updates
    if settings.schedule == "constant" or done >= 1:
        return settings.alpha
    return settings.alpha * done ** (math.log(1 / settings.alpha) / math.log(settings.p / settings.q))


class Learner(nn.Module):
    """Model and loss as one module."""

    alpha: Tensor  # weight of the X-divergence; a tensor, because a new number would make torch.compile compile again

    def __init__(self, model: Transformer, smoothing: float, distillation: IntraDistillation | None = None):
        super().__init__()
        self.model, self.smoothing, self.distillation = model, smoothing, distillation
        alpha = torch.tensor(distillation.alpha if distillation else 0.0, device=next(model.parameters()).device)
        self.register_buffer("alpha", alpha, persistent=False)
        self.loss, self.compiled = loss_and_gradients, False

    def compile(self, **options: Any) -> None:  # type: ignore[override]
        """Compile what computes states from tensors, in one graph for each form of batches, and on a GPU the loss.

        Around these, the loss computes gradients in its forward pass, and checkpoints compute states again for theirs:
        the compiler cannot follow either. On a processor, compiling the loss makes it no faster.
        """
        self.compiled = True
        self._passes_in_one_batch = torch.compile(self._passes_in_one_batch, **options)  # type: ignore[method-assign]
        self._pass = torch.compile(self._pass, **options)  # type: ignore[method-assign]
        if self.alpha.is_cuda:
            self.loss = torch.compile(loss_and_gradients, **options)

    def set_alpha(self, update: int, updates: int) -> None:
        """Set the weight of the X-divergence for an update; updates: the number of all updates."""
        if self.distillation:
            self.alpha.fill_(alpha_at(update, updates, self.distillation))

    def forward(self, batch: Batch, draws: Tensor | None = None) -> Tensor:
        """The summed loss of a batch in nats: equation 1 of mRASP for translation, equation 8 of Xu et al. 2023.

        draws: what dropout draws on a processor (model/network/dropout.py); without them torch draws. Only positions to
        predict are projected on the vocabulary, because this is the most expensive step of a small model.
        """
        # In evaluation there is one pass.
        passes = passes_of(self.distillation, batch.objective) if self.training else 1
        settings = self.distillation if passes > 1 else None
        states, criterion = self._states(batch, settings, draws), self._criterion(batch, settings)
        loss = torch.zeros((), device=batch.source.device)
        for stack, answers in batch.answers.items():
            rows, bias = self.model.projection(stack), self.model.bias(stack)
            loss = loss + over_vocabulary(criterion, answers.ids, rows, *states[stack], bias=bias)
        return loss

    def _criterion(self, batch: Batch, settings: IntraDistillation | None) -> Loss:
        """The loss of a stack from the logits of its passes; settings: None for one pass."""
        alpha = self.alpha
        if settings and batch.objective != "translation":
            alpha = alpha * settings.weight_on_denoising
        return partial(self.loss, smoothing=self.smoothing, alpha=alpha)

    def _states(self, batch: Batch, settings: IntraDistillation | None, draws: Tensor | None) -> States:
        """The states to predict from; settings: None for one pass."""
        of_encoder, of_decoder = (batch.answers[s].positions if s in batch.answers else None for s in STACKS)
        given = (batch.source, batch.inputs, *_segments(batch), of_encoder, of_decoder)
        if settings and not settings.together:
            found = self._passes_one_by_one(settings, draws, given)
        else:
            passes, repeated = (settings.passes, settings.encoder_repeated) if settings else (1, True)
            found = self._passes_in_one_batch(passes, repeated, draws, *given)
        return dict(zip(batch.answers, found, strict=True))

    def _passes_in_one_batch(
        self,
        passes: int,
        encoder_repeated: bool,
        draws: Tensor | None,
        source: Tensor,
        inputs: Tensor,
        of_source: Segments | None,
        of_inputs: Segments | None,
        of_encoder: Tensor | None,
        of_decoder: Tensor | None,
    ) -> list[list[Tensor]]:
        """All passes at once: the rows of the batch are repeated.

        of_encoder, of_decoder: the positions that they predict, if they do. Their states are returned for each pass.
        """
        model, rows, found = self.model, len(source), []
        encodings = passes if encoder_repeated or of_encoder is not None else 1
        encoded, mask = model.encode(source.repeat(encodings, 1), draws, of_source)
        if of_encoder is not None:
            found.append([_states_at(each, of_encoder) for each in encoded.chunk(passes)])
        if of_decoder is not None:
            if encoder_repeated:
                memory = model.memory(encoded, mask)
            else:
                memory = model.memory(encoded[:rows], model.mask(source, of_source)).repeat(passes)
            decoded = model.decode(inputs.repeat(passes, 1), memory, draws=draws, segments=of_inputs)
            found.append([_states_at(each, of_decoder) for each in decoded.chunk(passes)])
        return found

    def _passes_one_by_one(
        self, settings: IntraDistillation, draws: Tensor | None, given: tuple[Tensor | Segments | None, ...]
    ) -> list[list[Tensor]]:
        """One pass after the other. Only the states to predict from are kept; the rest is recomputed for gradients."""
        found: list[list[Tensor]] = []  # of each pass
        first_encoded: Tensor | None = None
        for number in range(settings.passes):
            own = None if draws is None else of_pass(draws, number)
            # Tensors as arguments: torch keeps the random state of their devices.
            encoded, *states = checkpoint(self._pass, *given, first_encoded, own, use_reentrant=False)
            if not settings.encoder_repeated and first_encoded is None:
                first_encoded = encoded
            found.append(states)
        return [list(of_stack) for of_stack in zip(*found, strict=True)]

    def _pass(
        self,
        source: Tensor,
        inputs: Tensor,
        of_source: Segments | None,
        of_inputs: Segments | None,
        of_encoder: Tensor | None,
        of_decoder: Tensor | None,
        first_encoded: Tensor | None,
        draws: Tensor | None,
    ) -> list[Tensor]:
        """The encoding, and the states at the positions that encoder and decoder predict, if they do.

        first_encoded: what the decoder reads instead of this encoding.
        """
        model, encoded = self.model, first_encoded
        if encoded is None or of_encoder is not None:
            encoded = model.encode(source, draws, of_source)[0]
        found = [encoded]
        if of_encoder is not None:
            found.append(_states_at(encoded, of_encoder))
        if of_decoder is not None:
            mask = model.mask(source, of_source)
            memory = model.memory(encoded if first_encoded is None else first_encoded, mask)
            found.append(_states_at(model.decode(inputs, memory, draws=draws, segments=of_inputs), of_decoder))
        return found


def _segments(batch: Batch) -> tuple[Segments | None, Segments | None]:
    """Where the segments of source and inputs lie, if they are not padded."""
    if not batch.segments:
        return None, None
    return Segments(*batch.segments["encoder"]), Segments(*batch.segments["decoder"])


def _states_at(states: Tensor, positions: Tensor) -> Tensor:
    """The states [N, D] at positions [N] of the flattened states [B, length, D]."""
    return states.flatten(0, 1).index_select(0, positions)


def compile_learner(learner: Learner, setting: str, device: torch.device, warn: bool) -> None:
    """Compile it where the setting `compile` asks for it. warn: whether to say that there is no compiler.

    Raises UserError for `yes` without a compiler.
    """
    if setting == "no" or (setting == "auto" and device.type == "cpu"):
        return
    lacking = check_compiler(device)
    if lacking and setting == "yes":
        raise UserError(f"compile: {lacking}; install it, or set training.compile: auto")
    if lacking and warn:
        print(f"warning: {lacking}, so this training is not compiled, and slower", file=sys.stderr, flush=True)
    if not lacking:
        from torch.fx.experimental import _config

        # Else a batch of one row, or with one position to predict, would be compiled again, and so would one whose
        # sizes differ if the first one had two equal sizes.
        _config.backed_size_oblivious = True
        _config.use_duck_shape = False
        learner.compile(dynamic=True)
