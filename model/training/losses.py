"""Losses over subwords, each a sum over the positions given, so that the caller chooses the divisor."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

# Logits that exist at a time. On a processor they should stay near its caches; a GPU wants large products.
LOGITS = {"cpu": 2**23, "cuda": 2**27}
Loss = Callable[..., Tensor]  # (targets [N], logits [N, V], …) → sum


def label_smoothed_cross_entropy(targets: Tensor, logits: Tensor, smoothing: float) -> Tensor:
    """Sum of cross-entropies in nats; the target has weight 1 - smoothing, each other row smoothing / (V - 1).

    targets [N] without padding, logits [N, V]. torch spreads its own smoothing over all V rows, the target's
    among them; papers that follow fairseq spread it over the V - 1 others, which is torch's with a larger share.
    """
    rows = logits.size(-1)
    return F.cross_entropy(logits, targets, label_smoothing=smoothing * rows / (rows - 1), reduction="sum")


def x_divergence(*log_probabilities: Tensor) -> Tensor:
    """Sum over positions of how far K distributions over the vocabulary are from each other, in nats.

    log_probabilities: K of [N, V]. Per position 1/K sum_k sum_v (p_k - m)(ln p_k - ln m) with m the mean of the p_k:
    1/K of all KL(p_k || m) + KL(m || p_k) (Xu et al. 2023, equation 6). The gradient goes through the p_k and m.
    """
    probabilities = [each.exp() for each in log_probabilities]
    mean = torch.stack(probabilities).mean(0)
    # The terms of ln m cancel out, because the p_k - m sum to nothing.
    each = [((p - mean) * log).sum() for p, log in zip(probabilities, log_probabilities, strict=True)]
    return torch.stack(each).sum() / len(each)


def intra_distillation(targets: Tensor, *logits: Tensor, smoothing: float, alpha: Tensor | float) -> Tensor:
    """The mean cross-entropy of K passes and alpha times their X-divergence (Xu et al. 2023, equation 7), as a sum.

    targets [N], logits K of [N, V]. Labels are smoothed, what is compared is not.
    """
    losses = [label_smoothed_cross_entropy(targets, each, smoothing) for each in logits]
    return torch.stack(losses).mean() + alpha * x_divergence(*(each.log_softmax(-1) for each in logits))


@torch.compiler.disable  # it takes gradients on its way forward, which the compiler cannot follow
def over_vocabulary(loss: Loss, targets: Tensor, weight: Tensor, *states: Tensor) -> Tensor:
    """`loss` of the states' scores over the vocabulary, without ever holding the scores of all positions.

    targets [N], weight [V, D], states [N, D] each. The loss is given some of the targets and, of each of the states,
    the scores [n, V] in float32; what it answers is summed. Gradients are taken at once, chunk by chunk, and kept
    instead of scores: 16,384 positions with 64,808 rows would need 4 GB for each tensor of scores.
    """
    if not torch.is_grad_enabled():  # a parameter asks for its gradient all the same
        weight, states = weight.detach(), tuple(each.detach() for each in states)
    return _OverVocabulary.apply(loss, targets, weight, *states)  # type: ignore[no-any-return]


class _OverVocabulary(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loss: Loss, targets: Tensor, weight: Tensor, *states: Tensor) -> Tensor:
        wanted = any(ctx.needs_input_grad)
        device = weight.device.type
        dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else weight.dtype
        rows = weight.to(dtype)
        total = torch.zeros((), device=weight.device)
        of_weight = torch.zeros_like(weight) if wanted else weight
        of_states = [torch.empty_like(each) for each in states] if wanted else []
        count = max(1, LOGITS.get(device, LOGITS["cuda"]) // (len(weight) * len(states)))
        with torch.autocast(device, enabled=False):
            for start in range(0, len(targets), count):
                some = [each[start : start + count].to(dtype) for each in states]
                logits = [F.linear(each, rows).float().requires_grad_(wanted) for each in some]
                with torch.set_grad_enabled(wanted):
                    part = loss(targets[start : start + count], *logits)
                total += part.detach()
                for number, gradient in enumerate(torch.autograd.grad(part, logits) if wanted else ()):
                    gradient = gradient.to(dtype)
                    of_states[number][start : start + count] = gradient @ rows
                    if dtype == weight.dtype:  # else addmm_ refuses
                        of_weight.addmm_(gradient.T, some[number])
                    else:
                        of_weight += gradient.T @ some[number]
        ctx.save_for_backward(of_weight, *of_states)
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, *(gradient * outer[0] for gradient in ctx.saved_tensors)
