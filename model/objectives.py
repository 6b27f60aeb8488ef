"""What a run learns from: each objective turns a batch into a summed loss."""

from functools import partial

from torch import Tensor, nn

from model.batches import Batch
from model.losses import label_smoothed_cross_entropy, over_vocabulary
from model.transformer import Transformer


def translation(model: Transformer, batch: Batch, smoothing: float) -> Tensor:
    """Cross-entropy of the target given the source (mRASP, equation 1), summed over the batch's tokens, in nats.

    Only positions that hold a target are projected on the vocabulary, which is the costliest step of a small model.
    """
    states = model(batch.source, batch.inputs).flatten(0, 1).index_select(0, batch.real)
    targets = batch.targets.flatten().index_select(0, batch.real)
    loss = partial(label_smoothed_cross_entropy, smoothing=smoothing)
    return over_vocabulary(loss, targets, model.embedding.tokens.weight, states)


class Learner(nn.Module):
    """A model with what it learns by: one call a batch, so that processes can agree on its gradients."""

    def __init__(self, model: Transformer, smoothing: float):
        super().__init__()
        self.model, self.smoothing = model, smoothing

    def forward(self, batch: Batch) -> Tensor:
        """The summed loss of a batch."""
        return translation(self.model, batch, self.smoothing)
