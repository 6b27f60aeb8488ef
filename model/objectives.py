"""What a run learns from: each objective turns a batch into a summed loss and the number of targets it counts."""

from torch import Tensor

from model.data import Batch
from model.losses import label_smoothed_cross_entropy
from model.transformer import Transformer
from model.vocabulary import PAD_ID


def translation(model: Transformer, batch: Batch, smoothing: float) -> tuple[Tensor, int]:
    """Cross-entropy of the target given the source (mRASP, equation 1): summed loss in nats, target tokens.

    Only positions that hold a target are projected on the vocabulary, which is the costliest step of a small model.
    """
    states = model(batch.source, batch.inputs)
    real = batch.targets != PAD_ID
    targets = batch.targets[real]
    return label_smoothed_cross_entropy(model.logits(states[real]), targets, smoothing), targets.numel()
