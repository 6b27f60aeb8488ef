"""The encoder-decoder Transformer of both papers: one embedding for source, target and output.

Letters in shapes: B batch, S source length, T target length, H heads, D width, K width of a head, V vocabulary.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.config.model import ModelConfig
from model.network.cache import Cache
from model.objectives import Stack
from model.text.vocabulary import PAD_ID


class Attention(nn.Module):
    """Multi-head attention over `memory`, or over the input itself where no memory is given."""

    def __init__(self, config: ModelConfig, dropout: float):
        super().__init__()
        self.heads, self.width, self.dropout = config.heads, config.width, dropout
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.output = nn.Linear(config.width, config.width)
        for part in self.query_key_value.weight.chunk(3):
            nn.init.xavier_uniform_(part, gain=1 / math.sqrt(2))
        nn.init.xavier_uniform_(self.output.weight)
        for layer in (self.query_key_value, self.output):
            nn.init.zeros_(layer.bias)

    def project(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [B, H, S, K] of a memory [B, S, D]."""
        layer = self.query_key_value
        keys, values = F.linear(memory, layer.weight[self.width :], layer.bias[self.width :]).chunk(2, -1)
        return self._split(keys), self._split(values)

    def project_all(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values [B, H, T, K] of x [B, T, D] that attends to itself, by one product."""
        queries, keys, values = map(self._split, self.query_key_value(x).chunk(3, -1))
        return queries, keys, values

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        """Queries [B, H, T, K] over keys and values [B, H, S, K] → [B, T, D]; mask [B, 1, 1 or T, S]: what is seen."""
        dropout = self.dropout if self.training else 0.0
        heads = F.scaled_dot_product_attention(
            queries, keys, values, attn_mask=mask, dropout_p=dropout, is_causal=causal
        )
        return self.output(heads.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """x [R, T, D] attends to a memory's keys and values [B, H, S, K]; mask [B, 1, 1, S] → [R, T, D].

        Where R is a multiple of B, as in beam search, so many rows in turn attend to the same memory.
        """
        layer, grouped = self.query_key_value, x.reshape(len(keys), -1, self.width)
        queries = F.linear(grouped, layer.weight[: self.width], layer.bias[: self.width])
        return self.attend(self._split(queries), keys, values, mask, causal=False).view_as(x)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Sequential):
    """Two linear layers with the activation between them."""

    def __init__(self, config: ModelConfig):
        activation = {"gelu": nn.GELU, "relu": nn.ReLU}[config.activation]()
        super().__init__(
            nn.Linear(config.width, config.feedforward), activation, nn.Linear(config.feedforward, config.width)
        )
        for layer in (self[0], self[2]):
            nn.init.xavier_uniform_(layer.weight)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


class Sublayer(nn.Module):
    """Dropout, residual sum and layer norm around a function; the norm comes after the sum, or with `pre` first."""

    def __init__(self, config: ModelConfig, dropout: float):
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.dropout = nn.Dropout(dropout)
        self.pre = config.norm == "pre"

    def enter(self, x: Tensor) -> Tensor:
        """What the function is given."""
        return self.norm(x) if self.pre else x

    def leave(self, x: Tensor, change: Tensor) -> Tensor:
        """What the sublayer answers, from its input and the function's output."""
        x = x + self.dropout(change)
        return x if self.pre else self.norm(x)


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward."""

    def __init__(self, config: ModelConfig, dropout: float, attention_dropout: float):
        super().__init__()
        self.attention, self.around_attention = Attention(config, attention_dropout), Sublayer(config, dropout)
        self.feedforward, self.around_feedforward = FeedForward(config), Sublayer(config, dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B, S, D], mask [B, 1, 1, S] → [B, S, D]."""
        projected = self.attention.project_all(self.around_attention.enter(x))
        x = self.around_attention.leave(x, self.attention.attend(*projected, mask, causal=False))
        return self.around_feedforward.leave(x, self.feedforward(self.around_feedforward.enter(x)))


class DecoderLayer(nn.Module):
    """Self-attention over the past, attention to the encoder, and feed-forward."""

    def __init__(self, config: ModelConfig, dropout: float, attention_dropout: float):
        super().__init__()
        self.attention, self.around_attention = Attention(config, attention_dropout), Sublayer(config, dropout)
        self.cross, self.around_cross = Attention(config, attention_dropout), Sublayer(config, dropout)
        self.feedforward, self.around_feedforward = FeedForward(config), Sublayer(config, dropout)

    def forward(
        self, x: Tensor, memory: tuple[Tensor, Tensor], mask: Tensor, cache: Cache | None, past: Tensor | None
    ) -> Tensor:
        """x [R, T, D] → [R, T, D]. With a cache, x is the newest position alone (T = 1).

        memory: keys and values of the encoder's output, [B, H, S, K] each; mask [B, 1, 1, S]; past [B, 1, n, P]: which
        of the cache's keys each of a sentence's n rows may see, or None for all.
        """
        queries, keys, values = self.attention.project_all(self.around_attention.enter(x))
        if cache is not None:
            keys, values = cache.append(keys, values)
            queries = queries.squeeze(2).unflatten(0, (len(keys), -1)).transpose(1, 2)
        change = self.attention.attend(queries, keys, values, past, causal=cache is None)
        x = self.around_attention.leave(x, change.view_as(x))
        x = self.around_cross.leave(x, self.cross(self.around_cross.enter(x), *memory, mask))
        return self.around_feedforward.leave(x, self.feedforward(self.around_feedforward.enter(x)))


def sinusoids(length: int, width: int) -> Tensor:
    """[length, width]: sines of position / 10000^(i / (width/2 - 1)) in the first half, cosines in the second.

    The layout is that of tensor2tensor and fairseq (Vaswani et al. 2017, section 3.5, interleaves the two).
    """
    half = width // 2
    rates = torch.exp(torch.arange(half) * (-math.log(10_000) / max(1, half - 1)))
    angles = torch.arange(length)[:, None] * rates
    return F.pad(torch.cat([angles.sin(), angles.cos()], 1), (0, width % 2))


class PositionVectors(nn.Module):
    """The vectors that are added to tokens: learned, or sinusoids, which are no parameters and are not saved."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        if config.positions == "learned":
            self.weight = nn.Parameter(torch.empty(config.max_positions, config.width))
            nn.init.normal_(self.weight, std=config.width**-0.5)
        else:
            self.register_buffer("weight", sinusoids(config.max_positions, config.width), persistent=False)

    def forward(self, start: int, length: int) -> Tensor:
        """The vectors [length, D] from position `start` on."""
        return self.weight[start : start + length]


class Embedding(nn.Module):
    """Tokens and positions. The token matrix also serves as the output projection."""

    def __init__(self, config: ModelConfig, vocabulary: int, dropout: float):
        super().__init__()
        self.scale = math.sqrt(config.width)
        self.tokens = nn.Embedding(vocabulary, config.width, padding_idx=PAD_ID)
        self.source_positions, self.target_positions = PositionVectors(config), PositionVectors(config)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.tokens.weight, std=config.width**-0.5)
        nn.init.zeros_(self.tokens.weight[PAD_ID])

    def forward(self, ids: Tensor, positions: PositionVectors, start: int = 0) -> Tensor:
        """ids [B, T] whose first stands at position `start` → [B, T, D]."""
        return self.dropout(self.tokens(ids) * self.scale + positions(start, ids.size(1)))


class Transformer(nn.Module):
    """Encoder and decoder over one vocabulary.

    vocabulary: number of rows V. dropout, attention_dropout: used while training only.
    """

    def __init__(self, config: ModelConfig, vocabulary: int, dropout: float = 0.0, attention_dropout: float = 0.0):
        super().__init__()
        self.config = config
        self.embedding = Embedding(config, vocabulary, dropout)
        rates = (config, dropout, attention_dropout)
        self.encoder = nn.ModuleList(EncoderLayer(*rates) for _ in range(config.encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(*rates) for _ in range(config.decoder_layers))
        final = nn.LayerNorm if config.norm == "pre" else nn.Identity
        self.encoder_norm, self.decoder_norm = final(config.width), final(config.width)
        if config.encoder_projection == "separate":
            self.encoder_rows = nn.Parameter(torch.empty(vocabulary, config.width))
            nn.init.normal_(self.encoder_rows, std=config.width**-0.5)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """source [B, S] ids → states [B, S, D] and mask [B, 1, 1, S], false at padding."""
        mask = self.mask(source)
        x = self.embedding(source, self.embedding.source_positions)
        for layer in self.encoder:
            x = layer(x, mask)
        return self.encoder_norm(x), mask

    def mask(self, source: Tensor) -> Tensor:
        """Which positions of sources [B, S] may be attended to: all but padding, [B, 1, 1, S]."""
        return (source != PAD_ID)[:, None, None, :]

    def memories(self, states: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Keys and values of encoder states [B, S, D] for each decoder layer, computed once a sentence."""
        return [layer.cross.project(states) for layer in self.decoder]  # type: ignore[operator, union-attr]

    def decode(
        self,
        inputs: Tensor,
        memories: list[tuple[Tensor, Tensor]],
        mask: Tensor,
        caches: list[Cache] | None = None,
        start: int = 0,
        past: Tensor | None = None,
    ) -> Tensor:
        """inputs [R, T] ids, the first at position `start` → decoder states [R, T, D].

        memories and mask are of B sentences, of which R is a multiple. With caches T is 1; past [B, 1, R / B, P]: true
        for the keys of a cache that a row may see, or None for all.
        """
        x = self.embedding(inputs, self.embedding.target_positions, start)
        for number, layer in enumerate(self.decoder):
            x = layer(x, memories[number], mask, caches[number] if caches else None, past)
        return self.decoder_norm(x)

    def projection(self, stack: Stack) -> Tensor:
        """The rows [V, D] by which a stack's states score the vocabulary."""
        own = stack == "encoder" and self.config.encoder_projection == "separate"
        return self.encoder_rows if own else self.embedding.tokens.weight

    def logits(self, states: Tensor) -> Tensor:
        """states [..., D] → scores over the vocabulary [..., V], by the tied embedding."""
        return F.linear(states, self.embedding.tokens.weight)

    def forward(self, source: Tensor, inputs: Tensor) -> Tensor:
        """source [B, S], decoder inputs [B, T] → decoder states [B, T, D]."""
        states, mask = self.encode(source)
        return self.decode(inputs, self.memories(states), mask)
