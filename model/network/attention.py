"""Multi-head attention, and the choice between torch's kernels and products of our own.

Letters in shapes: B batch, T queries, S keys, H heads, D width, K width of a head.
"""

import math
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.config.model import ModelConfig
from model.network.cache import KeysValues, LayerCache
from model.network.dropout import Dropout
from model.network.linear import Linear, trains_low

Drop: TypeAlias = Callable[[Tensor], Tensor]


class Segments(NamedTuple):
    """How segments lie end to end in a row of N tokens, without padding."""

    starts: Tensor  # [n + 1] int32: where each of n segments begins, and N
    positions: Tensor  # [N], of each token in its segment
    longest: int  # tokens of the longest segment

    def numbers(self) -> Tensor:
        """[N]: which segment each token belongs to."""
        return (self.positions == 0).cumsum(0)

    def starts_in(self, rows: int) -> Tensor:
        """Where they begin, and end, if so many rows that are laid out alike lie end to end: [rows * n + 1]."""
        before = torch.arange(rows, dtype=torch.int32, device=self.starts.device) * len(self.positions)
        return torch.cat([(before[:, None] + self.starts[:-1]).flatten(), before[-1:] + self.starts[-1:]])


class Between(NamedTuple):
    """What may attend to what without padding: the tokens of a segment to those of the segment of the same number."""

    queries: Segments
    keys: Segments

    def mask(self, causal: bool) -> Tensor:
        """[N, M] for N queries and M keys: true where attention is allowed."""
        allowed = self.queries.numbers()[:, None] == self.keys.numbers()
        return allowed & (self.queries.positions[:, None] >= self.keys.positions) if causal else allowed


class Attention(nn.Module):
    """Multi-head self-attention, or attention over a memory."""

    def __init__(self, config: ModelConfig, dropout: Dropout):
        super().__init__()
        self.heads, self.width, self.dropout = config.heads, config.width, dropout
        self.query_key_value = Linear(config.width, 3 * config.width)
        self.output = Linear(config.width, config.width)
        for part in self.query_key_value.weight.chunk(3):
            nn.init.xavier_uniform_(part, gain=1 / math.sqrt(2))
        nn.init.xavier_uniform_(self.output.weight)
        for layer in (self.query_key_value, self.output):
            nn.init.zeros_(layer.bias)

    def keys_values(self, memory: Tensor) -> KeysValues:
        """Keys and values [B, H, S, K] of a memory [B, S, D]."""
        both = self.query_key_value(memory, slice(self.width, None))
        keys, values = map(self._split, widened(both).chunk(2, -1))
        return keys, values

    def forward(
        self,
        x: Tensor,
        memory: KeysValues | None = None,
        mask: Tensor | Between | None = None,
        causal: bool = False,
        cache: LayerCache | None = None,
        draws: Tensor | None = None,
    ) -> Tensor:
        """x [B, T, D] attends to itself, or to the keys and values of a memory, [B, H, S, K] each → [B, T, D].

        mask [B, 1, 1 or T, S]: true where attention is allowed, or Between without padding; causal: no position sees a
        later one. With a cache, x has the newest position of T hypotheses of each sentence, which attend to all
        positions so far.
        """
        if memory is None:
            queries, keys, values = map(self._split, widened(self.query_key_value(x)).chunk(3, -1))
            if cache is not None:
                keys, values = cache.append(keys, values)
        else:
            queries = self._split(widened(self.query_key_value(x, slice(self.width))))
            keys, values = memory
        rate = self.dropout.rate if self.training else 0.0
        heads = attend(queries, keys, values, mask, causal, rate, partial(self.dropout, draws=draws))
        return self.output(heads.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def widened(x: Tensor) -> Tensor:
    """x in float32 where it trains in bf16 on a processor, else x.

    There backward through torch's kernel of attention takes four times as long in bf16 (sentences of 30 tokens, one
    thread). Products of matrices in bf16 take as long as the kernel in float32, but see model/network/linear.py.
    """
    return x.float() if trains_low(x) else x


def attend(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | Between | None,
    causal: bool,
    rate: float = 0.0,
    drop: Drop = F.dropout,
) -> Tensor:
    """Softmax of the scaled products of queries [B, H, T, K] and keys [B, H, S, K], times the values → [B, H, T, K].

    mask [B, 1, 1 or T, S]: true where attention is allowed; or causal: no query sees a later key; or Between, and
    causal or not. rate: of dropout of the weights; drop: what does it on a processor, where torch has no kernel with
    dropout.
    """
    if isinstance(mask, Between):
        if queries.device.type != "cpu":
            return attend_in_segments(queries, keys, values, mask, causal, rate)
        mask, causal = mask.mask(causal)[None, None], False
    by_products = rate > 0 and queries.device.type == "cpu"
    # Autocast would undo `widened`. A search enters no context, which takes time at each position.
    with torch.autocast("cpu", enabled=False) if trains_low(queries) else nullcontext():
        if by_products:
            return attend_by_products(queries, keys, values, mask, causal, drop)
        return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, dropout_p=rate, is_causal=causal)


def takes_segments(device: torch.device, precision: torch.dtype, config: ModelConfig) -> bool:
    """Whether a training need not pad: on a GPU whose kernel of `attend_in_segments` takes heads of such a model."""
    return device.type != "cpu" and computes_segments(device, precision, config)


def computes_segments(device: torch.device, precision: torch.dtype, config: ModelConfig) -> bool:
    """Try `attend_in_segments` on two segments: whether outputs and gradients are those of a mask."""
    starts, positions = [0, 3, 8], [0, 1, 2, 0, 1, 2, 3, 4]
    side = Segments(torch.tensor(starts, dtype=torch.int32, device=device), torch.tensor(positions, device=device), 5)
    shape, between = (1, config.heads, 8, config.width // config.heads), Between(side, side)
    x = torch.arange(math.prod(shape), device=device).sin().to(precision).view(shape).requires_grad_()
    try:
        found = attend_in_segments(x, x, x, between, True, 0.0)
        wanted = attend_by_products(x, x, x, between.mask(True)[None, None], False)
        pairs = [(found, wanted), [torch.autograd.grad(each.cos().sum(), x)[0] for each in (found, wanted)]]
    except RuntimeError:  # no kernel for this GPU, number format or width of a head
        return False
    return all(torch.allclose(one, other, rtol=0.05, atol=0.05) for one, other in pairs)


def attend_in_segments(
    queries: Tensor, keys: Tensor, values: Tensor, between: Between, causal: bool, rate: float
) -> Tensor:
    """The same as `attend`, by the kernel of flash attention for segments of different lengths.

    Called so, as by torch's nested tensors, it has dropout, which torch.nn.attention.varlen of torch 2.13 has not.
    """
    flat = [x.transpose(1, 2).flatten(0, 1) for x in (queries, keys, values)]
    starts = [side.starts_in(len(queries)) for side in between]
    longest = [side.longest for side in between]
    found = torch.ops.aten._flash_attention_forward(*flat, *starts, *longest, rate, causal, False)[0]
    return found.unflatten(0, (len(queries), -1)).transpose(1, 2)


def attend_by_products(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool, drop: Drop | None = None
) -> Tensor:
    """The same as `attend`, as two products of matrices with a softmax between them. drop: of weights [B, H, T, S]."""
    rows, heads, length, width = queries.shape
    shape = (rows, heads, length, keys.size(2))
    if causal:
        mask = torch.ones(shape[2:], dtype=torch.bool, device=queries.device).tril()
    # Not -inf, which makes NaN of a row that may attend to nothing.
    least = torch.finfo(queries.dtype).min / 2
    allowed = queries.new_zeros(()) if mask is None else queries.new_zeros(mask.shape).masked_fill_(~mask, least)
    allowed, queries, keys, values = (x.flatten(0, 1) for x in (allowed.expand(shape), queries, keys, values))
    scores = torch.baddbmm(allowed, queries, keys.transpose(1, 2), alpha=1 / math.sqrt(width))
    weights = scores.softmax(-1)
    if drop is not None:
        weights = drop(weights.unflatten(0, (rows, heads))).flatten(0, 1)
    return torch.bmm(weights, values).unflatten(0, (rows, heads))
