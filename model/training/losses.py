"""Losses over subwords. Each is a sum over positions, so that the caller chooses the divisor."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

# Logits in memory at a time. On a processor they should fit in its caches; a GPU is faster with large products.
LOGITS = {"cpu": 2**23, "cuda": 2**27}
Loss = Callable[..., Tensor]  # (targets [N], logits [N, V], …) → sum


def label_smoothed_cross_entropy(targets: Tensor, logits: Tensor, smoothing: float) -> Tensor:
    """Sum of cross-entropies in nats. The target has the weight 1 - smoothing, each other row smoothing / (V - 1).

    targets [N] without padding, logits [N, V]. torch spreads its smoothing over all V rows, the target included. In
    fairseq, and so here, it is spread over the V - 1 others: this is torch's with smoothing * V / (V - 1).
    """
    rows = logits.size(-1)
    return F.cross_entropy(logits, targets, label_smoothing=smoothing * rows / (rows - 1), reduction="sum")


def x_divergence(*log_probabilities: Tensor) -> Tensor:
    """Sum over positions of the divergence of K distributions over the vocabulary, in nats.

    log_probabilities: K of [N, V]. At each position, it is the mean over k of KL(p_k || m) + KL(m || p_k) with m the
    mean of the p_k, which is 1/K sum_k sum_v (p_k - m)(ln p_k - ln m) (Xu et al. 2023, equation 6). The gradient goes
    through the p_k and m.
    """
    probabilities = [each.exp() for each in log_probabilities]
    mean = torch.stack(probabilities).mean(0)
    # The terms of ln m cancel out, because the sum of all p_k - m is zero.
    each = [((p - mean) * log).sum() for p, log in zip(probabilities, log_probabilities, strict=True)]
    return torch.stack(each).sum() / len(each)


def intra_distillation(targets: Tensor, *logits: Tensor, smoothing: float, alpha: Tensor | float) -> Tensor:
    """Mean cross-entropy of K passes plus alpha times their X-divergence, as a sum (Xu et al. 2023, equation 7).

    targets [N], logits K of [N, V]. Smoothing applies to the labels, not to the compared distributions.
    """
    losses = [label_smoothed_cross_entropy(targets, each, smoothing) for each in logits]
    return torch.stack(losses).mean() + alpha * x_divergence(*(each.log_softmax(-1) for each in logits))


@torch.compiler.disable  # it computes gradients in its forward pass, which the compiler cannot follow
def over_vocabulary(loss: Loss, targets: Tensor, weight: Tensor, *states: Tensor) -> Tensor:
    """`loss` of the logits of states, without the logits of all positions in memory.

    targets [N], weight [V, D], states [N, D] each. The loss is called for chunks of positions, with their targets and,
    for each of the states, their logits [n, V] in float32. Its results are summed. The gradients of a chunk are
    computed at once and kept instead of the logits: for 16,384 positions and 64,808 rows one tensor of logits needs
    4 GB.
    """
    if not torch.is_grad_enabled():  # autograd functions see that a parameter requires a gradient all the same
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
