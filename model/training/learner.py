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
    """Model and loss as one module, so that torch.compile can take both."""

    alpha: Tensor  # weight of the X-divergence; a tensor, because a new number would make torch.compile compile again

    def __init__(self, model: Transformer, smoothing: float, distillation: IntraDistillation | None = None):
        super().__init__()
        self.model, self.smoothing, self.distillation = model, smoothing, distillation
        alpha = torch.tensor(distillation.alpha if distillation else 0.0, device=next(model.parameters()).device)
        self.register_buffer("alpha", alpha, persistent=False)
        self.loss = loss_and_gradients

    def compile(self, *arguments: Any, **options: Any) -> None:
        """Compile the model, and on a GPU the loss too. On a processor, compiling the loss makes it no faster."""
        super().compile(*arguments, **options)
        if self.alpha.is_cuda:
            self.loss = torch.compile(loss_and_gradients, *arguments, **options)

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
            loss = loss + over_vocabulary(criterion, answers.ids, self.model.projection(stack), *states[stack])
        return loss

    def _criterion(self, batch: Batch, settings: IntraDistillation | None) -> Loss:
        """The loss of a stack from the logits of its passes; settings: None for one pass."""
        alpha = self.alpha
        if settings and batch.objective != "translation":
            alpha = alpha * settings.weight_on_denoising
        return partial(self.loss, smoothing=self.smoothing, alpha=alpha)

    def _states(self, batch: Batch, settings: IntraDistillation | None, draws: Tensor | None) -> States:
        """The states to predict from; settings: None for one pass."""
        if settings is None:
            return self._passes_in_one_batch(batch, 1, True, draws)
        if settings.together:
            return self._passes_in_one_batch(batch, settings.passes, settings.encoder_repeated, draws)
        return self._passes_one_by_one(batch, settings.passes, settings.encoder_repeated, draws)

    def _passes_in_one_batch(self, batch: Batch, passes: int, encoder_repeated: bool, draws: Tensor | None) -> States:
        """All passes at once: the rows of the batch are repeated."""
        model, rows = self.model, len(batch.source)
        encodings = passes if encoder_repeated or "encoder" in batch.answers else 1
        of_source, of_inputs = _segments(batch)
        encoded, mask = model.encode(batch.source.repeat(encodings, 1), draws, of_source)
        states: States = {}
        if "encoder" in batch.answers:
            positions = batch.answers["encoder"].positions
            states["encoder"] = [_states_at(each, positions) for each in encoded.chunk(passes)]
        if "decoder" in batch.answers:
            if encoder_repeated:
                memory = model.memory(encoded, mask)
            else:
                memory = model.memory(encoded[:rows], model.mask(batch.source, of_source)).repeat(passes)
            decoded = model.decode(batch.inputs.repeat(passes, 1), memory, draws=draws, segments=of_inputs)
            positions = batch.answers["decoder"].positions
            states["decoder"] = [_states_at(each, positions) for each in decoded.chunk(passes)]
        return states

    @torch.compiler.disable  # torch 2.13 fails where it traces these checkpoints
    def _passes_one_by_one(self, batch: Batch, passes: int, encoder_repeated: bool, draws: Tensor | None) -> States:
        """One pass after the other. Only the states to predict from are kept; the rest is recomputed for gradients."""
        states: States = {stack: [] for stack in batch.answers}
        positions = [batch.answers[stack].positions if stack in batch.answers else None for stack in STACKS]
        first_encoded: Tensor | None = None
        for number in range(passes):
            own = None if draws is None else of_pass(draws, number)
            # Tensors as arguments: torch keeps the random state of their devices, and can compile this.
            given = (batch.source, batch.inputs, *_segments(batch), *positions, first_encoded, own)
            encoded, *found = checkpoint(self._pass, *given, use_reentrant=False)
            if not encoder_repeated and first_encoded is None:
                first_encoded = encoded
            for stack, each in zip(states, found, strict=True):
                states[stack].append(each)
        return states

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
        learner.compile(dynamic=True)
