"""Losses over subwords, each a sum over the positions given, so that the caller chooses the divisor."""

import torch.nn.functional as F
from torch import Tensor


def label_smoothed_cross_entropy(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Sum of cross-entropies in nats; the target has weight 1 - smoothing, each other row smoothing / (V - 1).

    logits [N, V], targets [N] without padding. torch spreads its own smoothing over all V rows, the target's
    among them; papers that follow fairseq spread it over the V - 1 others, which is torch's with a larger share.
    """
    rows = logits.size(-1)
    return F.cross_entropy(logits.float(), targets, label_smoothing=smoothing * rows / (rows - 1), reduction="sum")
