"""Matrix products in int8 on a processor: weights are rounded once, the inputs of each product when they come."""

import copy

import torch
from torch import Tensor, nn

from model.network.transformer import Transformer

LARGEST = 127
ZERO = 128  # of inputs, which are unsigned: only with AMX does oneDNN have a fast product of signed ones


class Int8Linear(nn.Module):
    """A linear layer with products in int8. Each row of its weight and of its input has a scale of its own.

    So the outputs of a row do not depend on the other rows of the batch.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None):
        super().__init__()
        self.scales, self.weight = _quantised(weight.detach())
        self.bias = None if bias is None else bias.detach()
        self.packed: dict[tuple[int, int], Tensor] = {}  # rows of the weight in the layout that oneDNN wants

    def forward(self, x: Tensor, outputs: slice | None = None) -> Tensor:
        """x [..., inputs] → [..., outputs], in float32. outputs: compute only these."""
        start, end, _ = (outputs or slice(None)).indices(len(self.weight))
        if (start, end) not in self.packed:
            self.packed[start, end] = torch.ops.onednn.qlinear_prepack(self.weight[start:end], None)
        scales, rows = _quantised(x.reshape(-1, x.size(-1)).float())
        rows = rows.view(torch.uint8).bitwise_xor_(ZERO)  # the same numbers plus ZERO
        weight = self.packed[start, end], self.scales[start:end, 0], torch.zeros(end - start, dtype=torch.long)
        # Inputs and outputs without scales, no bias, and no function after the product.
        sums = torch.ops.onednn.qlinear_pointwise(rows, 1.0, ZERO, *weight, None, 1.0, 0, torch.float32, "none", [], "")
        sums = sums.mul_(scales) if self.bias is None else torch.addcmul(self.bias[start:end], sums, scales, out=sums)
        return sums.view(*x.shape[:-1], -1)


def _quantised(x: Tensor) -> tuple[Tensor, Tensor]:
    """A scale of each row [R, 1], with which its largest number becomes 127, and the rounded numbers [R, I] in int8."""
    scales = x.abs().amax(1, keepdim=True).clamp_(min=torch.finfo(x.dtype).tiny * LARGEST).div_(LARGEST)
    return scales, (x / scales).round_().to(torch.int8)


def in_int8(model: Transformer) -> Transformer:
    """The model with its linear layers and output projection in int8. All else is shared with the model."""
    shared = {id(weight): weight for weight in model.parameters()}
    layers = {id(m): Int8Linear(m.weight, m.bias) for m in model.modules() if isinstance(m, nn.Linear)}
    if not layers:
        return model
    made = copy.deepcopy(model, {**shared, **layers})
    made.logits = Int8Linear(model.projection("decoder"), model.bias("decoder")).forward  # type: ignore[assignment, method-assign]
    return made
