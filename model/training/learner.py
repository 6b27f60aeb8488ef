"""A model with its loss: from a batch to a summed loss."""

import math
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from model.batches.collate import Answers, Batch
from model.config.run import IntraDistillation, passes_of
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
    """Model and loss as one module, so that DistributedDataParallel and torch.compile can wrap both.

    gradients_for_all: give each parameter a gradient in each call, if only zero. DistributedDataParallel waits for all.
    """

    alpha: Tensor  # weight of the X-divergence; a tensor, because a new number would make torch.compile compile again

    def __init__(
        self,
        model: Transformer,
        smoothing: float,
        distillation: IntraDistillation | None = None,
        gradients_for_all: bool = False,
    ):
        super().__init__()
        self.model, self.smoothing, self.distillation = model, smoothing, distillation
        self.gradients_for_all = gradients_for_all
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

    def forward(self, batch: Batch) -> Tensor:
        """The summed loss of a batch in nats: equation 1 of mRASP for translation, equation 8 of Xu et al. 2023.

        Only positions to predict are projected on the vocabulary, because this is the most expensive step of a small
        model.
        """
        # In evaluation there is one pass.
        passes = passes_of(self.distillation, batch.objective) if self.training else 1
        settings = self.distillation if passes > 1 else None
        states, criterion = self._states(batch, settings), self._criterion(batch, settings)
        loss = torch.zeros((), device=batch.source.device)
        for stack, answers in batch.answers.items():
            loss = loss + over_vocabulary(criterion, answers.ids, self.model.projection(stack), *states[stack])
        if self.gradients_for_all or not batch.tokens:
            loss = loss + 0.0 * torch.stack([parameter.flatten()[0] for parameter in self.model.parameters()]).sum()
        return loss

    def _criterion(self, batch: Batch, settings: IntraDistillation | None) -> Loss:
        """The loss of a stack from the logits of its passes; settings: None for one pass."""
        alpha = self.alpha
        if settings and batch.objective != "translation":
            alpha = alpha * settings.weight_on_denoising
        return partial(self.loss, smoothing=self.smoothing, alpha=alpha)

    def _states(self, batch: Batch, settings: IntraDistillation | None) -> States:
        """The states to predict from; settings: None for one pass."""
        if settings is None:
            return self._passes_in_one_batch(batch, 1, encoder_repeated=True)
        if settings.together:
            return self._passes_in_one_batch(batch, settings.passes, settings.encoder_repeated)
        return self._passes_one_by_one(batch, settings.passes, settings.encoder_repeated)

    def _passes_in_one_batch(self, batch: Batch, passes: int, encoder_repeated: bool) -> States:
        """All passes at once: the rows of the batch are repeated."""
        model, rows = self.model, len(batch.source)
        encodings = passes if encoder_repeated or "encoder" in batch.answers else 1
        encoded, mask = model.encode(batch.source.repeat(encodings, 1))
        states: States = {}
        if "encoder" in batch.answers:
            states["encoder"] = [_states_at(each, batch.answers["encoder"]) for each in encoded.chunk(passes)]
        if "decoder" in batch.answers:
            if encoder_repeated:
                memory = model.memory(encoded, mask)
            else:
                memory = model.memory(encoded[:rows], mask[:rows]).repeat(passes)
            decoded = model.decode(batch.inputs.repeat(passes, 1), memory)
            states["decoder"] = [_states_at(each, batch.answers["decoder"]) for each in decoded.chunk(passes)]
        return states

    def _passes_one_by_one(self, batch: Batch, passes: int, encoder_repeated: bool) -> States:
        """One pass after the other. Only the states to predict from are kept; the rest is recomputed for gradients."""
        states: States = {stack: [] for stack in STACKS}
        first_encoded: Tensor | None = None
        for _ in range(passes):
            of_pass, encoded = checkpoint(self._pass, batch, first_encoded, use_reentrant=False)
            if not encoder_repeated and first_encoded is None:
                first_encoded = encoded
            for stack, each in of_pass.items():
                states[stack].append(each)
        return states

    def _pass(self, batch: Batch, first_encoded: Tensor | None) -> tuple[dict[Stack, Tensor], Tensor]:
        """The states to predict from, and the encoding; first_encoded: what the decoder reads instead of it."""
        model, states = self.model, dict[Stack, Tensor]()
        encoded = (
            model.encode(batch.source)[0] if first_encoded is None or "encoder" in batch.answers else first_encoded
        )
        if "encoder" in batch.answers:
            states["encoder"] = _states_at(encoded, batch.answers["encoder"])
        if "decoder" in batch.answers:
            memory = model.memory(encoded if first_encoded is None else first_encoded, model.mask(batch.source))
            decoded = model.decode(batch.inputs, memory)
            states["decoder"] = _states_at(decoded, batch.answers["decoder"])
        return states, encoded


def _states_at(states: Tensor, answers: Answers) -> Tensor:
    """The states [N, D] at the positions to predict, from states [B, length, D]."""
    return states.flatten(0, 1).index_select(0, answers.positions)
