"""The loss over subwords and its gradients in closed form, a chunk of positions at a time.

Losses are sums over positions, so that the caller chooses the divisor. tests/model/training/definitions.py has them as
the papers define them.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from model.network.linear import rounded

Loss = Callable[..., tuple[Tensor, Tensor | None]]  # as loss_and_gradients, with its settings
ALIGNED = 64  # on a GPU, products of matrices with a multiple of so many rows are two to three times as fast


def loss_and_gradients(
    targets: Tensor, logits: Tensor, rows: int, smoothing: float, alpha: Tensor | float = 0.0, wanted: bool = True
) -> tuple[Tensor, Tensor | None]:
    """The summed loss of K passes in nats, and if they are `wanted` its gradients with respect to their logits.

    targets [N] without padding; logits [K, N, R]: those of the vocabulary's `rows` and after them others that do not
    count. In float32 or float64 the logits are overwritten.

    The loss is the mean cross-entropy of the passes plus alpha times their X-divergence (Xu et al. 2023, equations 6
    and 7). Of the labels, the target has the weight 1 - smoothing, each other row smoothing / (V - 1), as in fairseq.
    The X-divergence is 1/K sum_k KL(p_k || m) + KL(m || p_k) with m the mean of the p_k, or
    1/K sum_k sum_v (p_k - m) ln p_k. With d_k = z_k - mean_j z_j for the logits z, it is 1/K sum_k p_k · d_k, because
    the p_k - m of a position sum to zero, and so do the d_k over k. Its gradient with respect to z_k is
    1/K (p_k (d_k - p_k · d_k) + p_k - m).
    """
    passes, dtype, unused = len(logits), logits.dtype, logits.size(-1) - rows
    logits = logits[..., :rows].to(torch.promote_types(dtype, torch.float32))
    others = smoothing / (rows - 1)
    target_weight = 1 - smoothing - others  # what the target has more
    at_target = targets.expand(passes, -1)[..., None]
    of_labels = target_weight * logits.gather(-1, at_target).sum()
    if smoothing:
        of_labels = of_labels + others * logits.sum()
    apart = torch.sub(logits, _sum(logits), alpha=1 / passes) if passes > 1 else None
    largest = logits.amax(-1, keepdim=True)
    p = logits.sub_(largest).exp_()
    sums = p.sum(-1, keepdim=True)
    loss = (largest + sums.log()).sum() - of_labels
    if wanted or apart is not None:
        p.div_(sums)
    if apart is not None:
        products = apart.mul_(p)
        divergences = products.sum(-1, keepdim=True)
        loss = loss + alpha * divergences.sum()
    if not wanted:
        return loss / passes, None
    if apart is None:
        gradients = p.sub_(others) if smoothing else p
    else:
        means = _sum(p).mul_(alpha / passes)
        gradients = p.mul_(1 + alpha - alpha * divergences).add_(products.mul_(alpha)).sub_(means.add_(others))
    at_targets = (gradients.gather(-1, at_target) - target_weight).div_(passes).to(dtype)
    gradients = (gradients.div_(passes) if passes > 1 else gradients).to(dtype).scatter_(-1, at_target, at_targets)
    return loss / passes, F.pad(gradients, (0, unused)) if unused else gradients


def _sum(tensors: Tensor) -> Tensor:
    """tensors.sum(0), in half the time on a processor."""
    total = tensors[0] + tensors[1]
    for each in tensors[2:]:
        total += each
    return total


def logits_at_once(weight: Tensor) -> int:
    """Logits in memory at a time for an output projection. On a processor they should fit in its caches, but each time
    the gradients of all weights are read and written. A GPU has them take a few hundredths of its memory.
    """
    if weight.device.type == "cpu":
        return min(2**23, max(2**21, weight.numel()))
    return torch.cuda.get_device_properties(weight.device).total_memory // 2**8


@torch.compiler.disable  # it computes gradients in its forward pass, which the compiler cannot follow
def over_vocabulary(loss: Loss, targets: Tensor, weight: Tensor, *states: Tensor, bias: Tensor | None = None) -> Tensor:
    """`loss` of the logits of states, without the logits of all positions in memory.

    targets [N], weight [V, D], states [N, D] of each of K passes, bias [V] of the logits. The loss is called for chunks
    of positions, with their targets, their logits [K, n, V or more] and V, and its results are summed. Its gradients
    are kept instead of the logits: for 16,384 positions and 64,808 rows one tensor of logits needs 4 GB.
    """
    if bias is not None:  # a column of the weight, for a number that is 1 in each state
        weight, states = torch.cat([weight, bias[:, None]], 1), tuple(F.pad(each, (0, 1), value=1) for each in states)
    if not torch.is_grad_enabled():  # autograd functions see that a parameter requires a gradient all the same
        weight, states = weight.detach(), tuple(each.detach() for each in states)
    return _OverVocabulary.apply(loss, targets, weight, *states)  # type: ignore[no-any-return]


class _OverVocabulary(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loss: Loss, targets: Tensor, weight: Tensor, *states: Tensor) -> Tensor:
        wanted, device, passes = any(ctx.needs_input_grad), weight.device, len(states)
        low = torch.is_autocast_enabled(device.type)
        dtype = torch.get_autocast_dtype(device.type) if low else weight.dtype
        rows = weight.to(dtype)
        few_shapes = low and device.type == "cpu"
        if device.type != "cpu":
            rows = F.pad(rows, (0, 0, 0, -len(rows) % ALIGNED))
        total = torch.zeros((), device=device, dtype=weight.dtype)
        of_weight = torch.zeros(rows.shape, device=device, dtype=weight.dtype) if wanted else weight
        of_states = [torch.empty_like(each) for each in states] if wanted else []
        at_once = max(1, logits_at_once(weight) // (len(rows) * passes))
        with torch.autocast(device.type, enabled=False):
            for start in range(0, len(targets), at_once):
                some = torch.cat([each[start : start + at_once] for each in states])
                count = len(some)
                some = rounded(some, dtype) if few_shapes else some.to(dtype)
                logits = (some @ rows.T)[:count].view(passes, -1, len(rows))
                part, gradients = loss(targets[start : start + at_once], logits, len(weight), wanted=wanted)
                total += part
                if gradients is not None:
                    flat = rounded(gradients, dtype) if few_shapes else gradients.flatten(0, 1)
                    for of_pass, found in zip(of_states, (flat @ rows)[:count].chunk(passes), strict=True):
                        of_pass[start : start + at_once] = found
                    _add_product(of_weight, flat.T, some)
        ctx.save_for_backward(of_weight[: len(weight)], *of_states)
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, *(gradient * outer[0] for gradient in ctx.saved_tensors)


def _add_product(total: Tensor, first: Tensor, second: Tensor) -> None:
    """Add a product of matrices to a total, which may have a longer dtype."""
    if total.dtype == first.dtype:
        total.addmm_(first, second)
    elif total.is_cuda:
        total += torch.mm(first, second, out_dtype=total.dtype)
    else:
        total += first @ second
