"""Linear layers, which in bf16 on a processor see only a few numbers of rows.

oneDNN, which computes these products there, builds a program for each new shape of matrices: about 1 ms and 0.6 MB.
The batches of a training have ever new numbers of tokens, so building took longer than computing, and the programs that
it keeps took more than 1 GB.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ROUND = 64  # rows of products are a multiple of this


class Linear(nn.Linear):
    """A linear layer."""

    def forward(self, x: Tensor, outputs: slice | None = None) -> Tensor:
        """x [..., inputs] → [..., outputs]. outputs: compute only these."""
        if outputs is None:
            return linear(x, self.weight, self.bias)
        return linear(x, self.weight[outputs], self.bias[outputs])


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """x [..., I] by a weight [O, I] and a bias [O] → [..., O]."""
    # A search has few shapes, and is up to a tenth slower with more rows.
    if not trains_low(x) or torch.compiler.is_compiling():
        return F.linear(x, weight, bias)
    return _Rounded.apply(x, weight, bias, torch.get_autocast_dtype("cpu"))  # type: ignore[no-any-return]


def trains_low(x: Tensor) -> bool:
    """Whether x is part of a training on a processor in a precision below float32."""
    return x.device.type == "cpu" and torch.is_autocast_enabled("cpu") and torch.is_grad_enabled()


def rounded(x: Tensor, dtype: torch.dtype) -> Tensor:
    """The rows of x [..., I] as a matrix of this dtype, with rows of zeros up to the next multiple of ROUND."""
    x = x.reshape(-1, x.size(-1))
    count = len(x)
    if x.dtype is dtype and count % ROUND == 0:
        return x
    copy = x.new_empty(count + -count % ROUND, x.size(1), dtype=dtype)
    copy[:count], copy[count:] = x, 0
    return copy


class _Rounded(torch.autograd.Function):
    """A linear layer whose products have rounded numbers of rows, forward and backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> Tensor:
        rows, low = rounded(x, dtype), weight.to(dtype)
        ctx.save_for_backward(rows, low)
        ctx.shape, ctx.dtypes = x.shape, (x.dtype, weight.dtype)
        with torch.autocast("cpu", enabled=False):
            outputs = F.linear(rows, low, bias.to(dtype))
        return outputs[: x.shape[:-1].numel()].view(*x.shape[:-1], len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:  # type: ignore[override]
        rows, low = ctx.saved_tensors
        of_x, of_weight = ctx.dtypes
        flat = rounded(gradient, low.dtype)
        inputs = (flat @ low)[: ctx.shape[:-1].numel()].view(ctx.shape)
        return inputs.to(of_x), (flat.T @ rows).to(of_weight), flat.sum(0, dtype=of_weight), None
