"""The encoder-decoder Transformer of both papers: one embedding for source, target and output.

Letters in shapes: B batch, S source length, T target length, D width, V vocabulary.
"""

import math
from collections.abc import Callable
from itertools import count
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.config.model import ModelConfig
from model.network.attention import Attention, Between, Segments
from model.network.cache import Cache, KeysValues, LayerCache, Memory
from model.network.dropout import Dropout
from model.network.linear import Linear
from model.objectives import Stack
from model.text.vocabulary import PAD_ID

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU, "swish": nn.SiLU}


class FeedForward(nn.Sequential):
    """Two linear layers with the activation between them."""

    def __init__(self, config: ModelConfig):
        activation = ACTIVATIONS[config.activation]()
        super().__init__(Linear(config.width, config.feedforward), activation, Linear(config.feedforward, config.width))
        for layer in (self[0], self[2]):
            nn.init.xavier_uniform_(layer.weight)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


class Norm(nn.LayerNorm):
    """Layer norm in the number format of its input. Its statistics are computed in float32."""

    def forward(self, x: Tensor) -> Tensor:
        """x [..., D] → the same shape."""
        if x.dtype is self.weight.dtype:
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):  # which would make it float32
            return F.layer_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.bias.to(x.dtype), self.eps)


class Sublayer(nn.Module):
    """Dropout, residual sum and layer norm around a function. The norm is after the sum, or first (`pre`)."""

    def __init__(self, config: ModelConfig, dropout: Dropout):
        super().__init__()
        self.norm = Norm(config.width)
        self.dropout = dropout
        self.pre = config.norm == "pre"

    def forward(self, x: Tensor, function: Callable[[Tensor], Tensor], draws: Tensor | None = None) -> Tensor:
        """x [B, T, D] → [B, T, D]; the function keeps the shape."""
        if self.pre:
            return x + self.dropout(function(self.norm(x)), draws)
        return self.norm(x + self.dropout(function(x), draws))


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward."""

    def __init__(self, config: ModelConfig, drops: "Drops"):
        super().__init__()
        self.attention, self.around_attention = Attention(config, drops.attention()), Sublayer(config, drops.layer())
        self.feedforward, self.around_feedforward = FeedForward(config), Sublayer(config, drops.layer())

    def forward(self, x: Tensor, mask: Tensor | Between, draws: Tensor | None = None) -> Tensor:
        """x [B, S, D], mask [B, 1, 1, S] → [B, S, D]."""
        x = self.around_attention(x, lambda x: self.attention(x, mask=mask, draws=draws), draws)
        return self.around_feedforward(x, self.feedforward, draws)


class DecoderLayer(nn.Module):
    """Self-attention over the past, attention to the encoder, and feed-forward."""

    def __init__(self, config: ModelConfig, drops: "Drops"):
        super().__init__()
        self.attention, self.around_attention = Attention(config, drops.attention()), Sublayer(config, drops.layer())
        self.cross, self.around_cross = Attention(config, drops.attention()), Sublayer(config, drops.layer())
        self.feedforward, self.around_feedforward = FeedForward(config), Sublayer(config, drops.layer())

    def forward(
        self,
        x: Tensor,
        memory: KeysValues,
        mask: Tensor | Between,
        cache: LayerCache | None = None,
        past: Tensor | Between | None = None,
        draws: Tensor | None = None,
    ) -> Tensor:
        """x [B, T, D] → [B, T, D]; memory: keys, values of the encoder's output; mask [B, 1, 1, S]: false at padding.

        T counts positions, or with a cache hypotheses at their newest position. past: which keys of the cache each
        hypothesis may see, as `Cache.advance` returns it; or where segments lie in x.
        """
        causal = cache is None
        x = self.around_attention(
            x, lambda x: self.attention(x, mask=past, causal=causal, cache=cache, draws=draws), draws
        )
        x = self.around_cross(x, lambda x: self.cross(x, memory, mask, draws=draws), draws)
        return self.around_feedforward(x, self.feedforward, draws)


def sinusoids(length: int, width: int) -> Tensor:
    """[length, width]: sines of position / 10000^(i / (width/2 - 1)) in the first half, cosines in the second.

    The layout is that of tensor2tensor and fairseq (Vaswani et al. 2017, section 3.5, interleaves the two).
    """
    half = width // 2
    rates = torch.exp(torch.arange(half) * (-math.log(10_000) / max(1, half - 1)))
    angles = torch.arange(length)[:, None] * rates
    return F.pad(torch.cat([angles.sin(), angles.cos()], 1), (0, width % 2))


class PositionVectors(nn.Module):
    """Position embeddings: learned, or sinusoids, which are not parameters and are not saved, or a fixed table."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        if config.positions == "learned":
            self.weight = nn.Parameter(torch.empty(config.max_positions, config.width))
            nn.init.normal_(self.weight, std=config.width**-0.5)
        else:
            table = sinusoids(config.max_positions, config.width)
            self.register_buffer("weight", table, persistent=config.positions == "fixed")

    def forward(self, start: int, length: int) -> Tensor:
        """The vectors [length, D] from position `start` on."""
        return self.weight[start : start + length]

    def of(self, segments: Segments) -> Tensor:
        """The vectors [N, D] of the tokens of segments."""
        return F.embedding(segments.positions, self.weight)


class Embedding(nn.Module):
    """Tokens and positions. The token matrix also serves as the output projection."""

    def __init__(self, config: ModelConfig, vocabulary: int, drops: "Drops"):
        super().__init__()
        self.scale = math.sqrt(config.width) if config.embedding_scale == "sqrt" else 1.0
        self.residual = torch.float32  # number format of the residual sums that begin here, where products are in bf16
        self.tokens = nn.Embedding(vocabulary, config.width, padding_idx=PAD_ID)
        self.source_positions, self.target_positions = PositionVectors(config), PositionVectors(config)
        norm = Norm if config.embedding_norm else nn.Identity
        self.source_norm, self.target_norm = norm(config.width), norm(config.width)
        self.source_dropout, self.target_dropout = drops.layer(), drops.layer()
        nn.init.normal_(self.tokens.weight, std=config.width**-0.5)
        nn.init.zeros_(self.tokens.weight[PAD_ID])

    def source(self, ids: Tensor, draws: Tensor | None = None, segments: Segments | None = None) -> Tensor:
        """ids of sources [B, S] → [B, S, D]. segments: where they lie in each row, without padding."""
        positions = self.source_positions(0, ids.size(1)) if segments is None else self.source_positions.of(segments)
        return self.source_dropout(self.source_norm(self._sum(ids, positions)), draws)

    def target(self, ids: Tensor, positions: Tensor, draws: Tensor | None = None) -> Tensor:
        """ids of targets [B, T] and position vectors, [T, D] or the same one for all [1, D] → [B, T, D]."""
        return self.target_dropout(self.target_norm(self._sum(ids, positions)), draws)

    def _sum(self, ids: Tensor, positions: Tensor) -> Tensor:
        x = self.tokens(ids) * self.scale + positions
        return x.to(self.residual) if torch.is_autocast_enabled(x.device.type) else x


class Drops:
    """Makes the dropout of each layer, with a number of its own. layer, attention: rates, used while training only."""

    def __init__(self, layer: float, attention: float):
        self.rates, self.sites = (layer, attention), count()

    def layer(self) -> Dropout:
        """Dropout of the output of a sublayer or an embedding."""
        return Dropout(self.rates[0], next(self.sites))

    def attention(self) -> Dropout:
        """Dropout of attention weights."""
        return Dropout(self.rates[1], next(self.sites))


class Transformer(nn.Module):
    """Encoder and decoder over one vocabulary.

    vocabulary: number of rows V. dropout, attention_dropout: used while training only. Sources and inputs are padded on
    the right, or lie end to end: then there are `segments`, S or T counts the tokens of all of them, and the rows are
    laid out alike.
    """

    def __init__(self, config: ModelConfig, vocabulary: int, dropout: float = 0.0, attention_dropout: float = 0.0):
        super().__init__()
        self.config = config
        drops = Drops(dropout, attention_dropout)
        self.embedding = Embedding(config, vocabulary, drops)
        self.encoder = nn.ModuleList(EncoderLayer(config, drops) for _ in range(config.encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(config, drops) for _ in range(config.decoder_layers))
        final = Norm if config.norm == "pre" else nn.Identity
        self.encoder_norm, self.decoder_norm = final(config.width), final(config.width)
        if config.output_bias:
            self.output_bias = nn.Parameter(torch.zeros(vocabulary))
        if config.encoder_projection == "separate":
            self.encoder_rows = nn.Parameter(torch.empty(vocabulary, config.width))
            nn.init.normal_(self.encoder_rows, std=config.width**-0.5)

    def encode(
        self, source: Tensor, draws: Tensor | None = None, segments: Segments | None = None
    ) -> tuple[Tensor, Any]:
        """source [B, S] ids → states [B, S, D] and their `mask`. draws: of dropout."""
        mask, x = self.mask(source, segments), self.embedding.source(source, draws, segments)
        for layer in self.encoder:
            x = layer(x, mask, draws)
        return self.encoder_norm(x), mask

    def mask(self, source: Tensor, segments: Segments | None = None) -> Tensor | Between:
        """Which positions of sources [B, S] may be attended to: all but padding, [B, 1, 1, S], or those of segments."""
        return (source != PAD_ID)[:, None, None, :] if segments is None else Between(segments, segments)

    def memory(self, states: Tensor, mask: Tensor | Between) -> Memory:
        """Keys and values of encoder states [B, S, D] for all decoder layers, with their `mask`."""
        layers = [layer.cross.keys_values(states) for layer in self.decoder]  # type: ignore[operator, union-attr]
        return Memory(layers, mask)

    def decode(
        self,
        inputs: Tensor,
        memory: Memory,
        cache: Cache | None = None,
        draws: Tensor | None = None,
        segments: Segments | None = None,
    ) -> Tensor:
        """inputs [B, T] ids → decoder states [B, T, D]. draws: of dropout.

        With a cache, inputs are the newest tokens of T hypotheses of each sentence, all at the position after those in
        the cache. Their keys and values are added to it.
        """
        positions, mask = self.embedding.target_positions, memory.mask
        past: Tensor | Between | None = None
        if segments is not None:
            x = self.embedding.target(inputs, positions.of(segments), draws)
            mask, past = Between(segments, mask.keys), Between(segments, segments)
        elif cache is None:
            x = self.embedding.target(inputs, positions(0, inputs.size(1)), draws)
        else:
            x, past = self.embedding.target(inputs, positions(cache.length, 1), draws), cache.advance(inputs)
        for number, layer in enumerate(self.decoder):
            x = layer(x, memory.layers[number], mask, cache.layers[number] if cache else None, past, draws)
        return self.decoder_norm(x)

    def projection(self, stack: Stack) -> Tensor:
        """The output projection [V, D] of a stack."""
        own = stack == "encoder" and self.config.encoder_projection == "separate"
        return self.encoder_rows if own else self.embedding.tokens.weight

    def bias(self, stack: Stack) -> Tensor | None:
        """The bias [V] of the output projection of a stack, if it has one."""
        own = stack == "encoder" and self.config.encoder_projection == "separate"
        return self.output_bias if self.config.output_bias and not own else None

    def logits(self, states: Tensor) -> Tensor:
        """states [..., D] → scores over the vocabulary [..., V], by the tied embedding."""
        return F.linear(states, self.embedding.tokens.weight, self.bias("decoder"))

    def forward(self, source: Tensor, inputs: Tensor) -> Tensor:
        """source [B, S], decoder inputs [B, T] → decoder states [B, T, D]."""
        states, mask = self.encode(source)
        return self.decode(inputs, self.memory(states, mask))
