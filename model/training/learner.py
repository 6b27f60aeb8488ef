"""A model with what it learns by: a batch becomes a summed loss."""

import math
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from model.batches.collate import Answers, Batch
from model.config.run import IntraDistillation, passes_of
from model.network.transformer import Transformer
from model.objectives import STACKS, Stack
from model.training.losses import intra_distillation, label_smoothed_cross_entropy, over_vocabulary

States = dict[Stack, list[Tensor]]  # of the positions to predict, [N, D] of each pass


def alpha_at(update: int, updates: int, settings: IntraDistillation) -> float:
    """The weight of the X-divergence at an update; updates: how many there will be.

    Adaptive: alpha * (p * update / updates)^g until updates / p, with g such that it is 1 at updates / q (Xu et al.
    2022, "The importance of being parameters: an intra-distillation method for serious gains").
    """
    done = settings.p * update / updates
    if settings.schedule == "constant" or done >= 1:
        return settings.alpha
    return settings.alpha * done ** (math.log(1 / settings.alpha) / math.log(settings.p / settings.q))


class Learner(nn.Module):
    """One call a batch, so that processes can agree on its gradients.

    whole: let each call give all parameters a gradient, be it zero, as processes need that wait for each of them.
    """

    def __init__(
        self,
        model: Transformer,
        smoothing: float,
        distillation: IntraDistillation | None = None,
        whole: bool = False,
    ):
        super().__init__()
        self.model, self.smoothing, self.distillation, self.whole = model, smoothing, distillation, whole

    def forward(self, batch: Batch, alpha: Tensor | float = 0.0) -> Tensor:
        """The summed loss of a batch in nats: mRASP's equation 1 for translation, equation 8 of Xu et al. 2023.

        alpha: of intra-distillation. Only positions that are to be predicted are projected on the vocabulary, which is
        the costliest step of a small model.
        """
        settings, criterion = self._distilling(batch), partial(label_smoothed_cross_entropy, smoothing=self.smoothing)
        if settings is None:
            states = self._together(batch, 1, repeated=True)
        else:
            states = self._passes(batch, settings)
            weight = alpha * (1.0 if batch.objective == "translation" else settings.weight_on_denoising)
            criterion = partial(intra_distillation, smoothing=self.smoothing, alpha=weight)
        loss = torch.zeros((), device=batch.source.device)
        for stack in STACKS:
            answers = batch.answers(stack)
            if answers:
                loss = loss + over_vocabulary(criterion, answers.ids, self.model.projection(stack), *states[stack])
        if self.whole or not batch.tokens:
            loss = loss + 0.0 * torch.stack([parameter.flatten()[0] for parameter in self.model.parameters()]).sum()
        return loss

    def _distilling(self, batch: Batch) -> IntraDistillation | None:
        """How the passes of a batch are made to agree; None where there is only one, as in evaluation."""
        several = self.training and passes_of(self.distillation, batch.objective) > 1
        return self.distillation if several else None

    def _passes(self, batch: Batch, settings: IntraDistillation) -> States:
        if settings.together:
            return self._together(batch, settings.passes, settings.encoder_repeated)
        return self._apart(batch, settings)

    def _together(self, batch: Batch, passes: int, repeated: bool) -> States:
        """All passes at once, as a batch of so many times the rows."""
        model, rows = self.model, len(batch.source)
        encoded, mask = model.encode(batch.source.repeat(passes if repeated or batch.encoder else 1, 1))
        found: States = {}
        if batch.encoder:
            found["encoder"] = [_at(states, batch.encoder) for states in encoded.chunk(passes)]
        if batch.decoder:
            memories = model.memories(encoded if repeated else encoded[:rows])
            if not repeated:
                memories = [(keys.repeat(passes, 1, 1, 1), values.repeat(passes, 1, 1, 1)) for keys, values in memories]
            decoded = model.decode(batch.inputs.repeat(passes, 1), memories, mask[:rows].repeat(passes, 1, 1, 1))
            found["decoder"] = [_at(states, batch.decoder) for states in decoded.chunk(passes)]
        return found

    def _apart(self, batch: Batch, settings: IntraDistillation) -> States:
        """One pass after the other. Of each only the states are kept; the rest is computed anew for gradients."""
        found: States = {stack: [] for stack in STACKS}
        first: Tensor | None = None
        for _ in range(settings.passes):
            states, encoded = checkpoint(self._pass, batch, first, use_reentrant=False)
            first = first if settings.encoder_repeated or first is not None else encoded
            for stack, of_pass in states.items():
                found[stack].append(of_pass)
        return found

    def _pass(self, batch: Batch, first: Tensor | None) -> tuple[dict[Stack, Tensor], Tensor]:
        """The states to predict from, and the encoding; first: what the decoder reads instead of this one."""
        model, found = self.model, dict[Stack, Tensor]()
        encoded = model.encode(batch.source)[0] if first is None or batch.encoder else first
        if batch.encoder:
            found["encoder"] = _at(encoded, batch.encoder)
        if batch.decoder:
            memories = model.memories(encoded if first is None else first)
            found["decoder"] = _at(model.decode(batch.inputs, memories, model.mask(batch.source)), batch.decoder)
        return found, encoded


def _at(states: Tensor, answers: Answers) -> Tensor:
    """The states [N, D] of the positions to predict, of [B, length, D]."""
    return states.flatten(0, 1).index_select(0, answers.positions)
