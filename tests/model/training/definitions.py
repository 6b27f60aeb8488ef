"""The losses as the papers define them, with gradients by autograd: what the closed forms are compared with."""

import torch
import torch.nn.functional as F
from torch import Tensor


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
