"""The encoder-decoder Transformer of mRASP: learned positions, GELU, one embedding for source, target and output.

Letters in shapes: B batch, S source length, T target length, H heads, D width, K width of a head, V vocabulary.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.config import ModelConfig
from model.vocabulary import PAD_ID


class Cache:
    """Keys and values of one attention layer, kept while decoding: [B, H, length, K] each."""

    def __init__(self) -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add new positions; returns all so far."""
        if self.keys is not None and self.values is not None:
            keys, values = torch.cat([self.keys, keys], 2), torch.cat([self.values, values], 2)
        self.keys, self.values = keys, values
        return keys, values

    def select(self, rows: Tensor) -> None:
        """Keep, in this order, the rows of the batch that `rows` [B'] names."""
        if self.keys is not None and self.values is not None:
            self.keys, self.values = self.keys[rows], self.values[rows]


class Attention(nn.Module):
    """Multi-head attention over `memory`, or over the input itself where no memory is given."""

    def __init__(self, config: ModelConfig, dropout: float):
        super().__init__()
        self.heads, self.dropout = config.heads, dropout
        self.query = nn.Linear(config.width, config.width)
        self.key_value = nn.Linear(config.width, 2 * config.width)
        self.output = nn.Linear(config.width, config.width)
        for part in (self.query.weight, *self.key_value.weight.chunk(2)):
            nn.init.xavier_uniform_(part, gain=1 / math.sqrt(2))
        nn.init.xavier_uniform_(self.output.weight)
        for layer in (self.query, self.key_value, self.output):
            nn.init.zeros_(layer.bias)

    def project(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [B, H, S, K] of a memory [B, S, D]."""
        keys, values = self.key_value(memory).chunk(2, -1)
        return self._split(keys), self._split(values)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
        """x [B, T, D] attends to keys and values [B, H, S, K]; mask [B, 1, 1, S] is true where it may."""
        dropout = self.dropout if self.training else 0.0
        heads = F.scaled_dot_product_attention(
            self._split(self.query(x)), keys, values, attn_mask=mask, dropout_p=dropout, is_causal=causal
        )
        return self.output(heads.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Sequential):
    """Two linear layers with GELU between them."""

    def __init__(self, config: ModelConfig):
        super().__init__(
            nn.Linear(config.width, config.feedforward), nn.GELU(), nn.Linear(config.feedforward, config.width)
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
        y = self.around_attention.enter(x)
        x = self.around_attention.leave(x, self.attention(y, *self.attention.project(y), mask))
        return self.around_feedforward.leave(x, self.feedforward(self.around_feedforward.enter(x)))


class DecoderLayer(nn.Module):
    """Self-attention over the past, attention to the encoder, and feed-forward."""

    def __init__(self, config: ModelConfig, dropout: float, attention_dropout: float):
        super().__init__()
        self.attention, self.around_attention = Attention(config, attention_dropout), Sublayer(config, dropout)
        self.cross, self.around_cross = Attention(config, attention_dropout), Sublayer(config, dropout)
        self.feedforward, self.around_feedforward = FeedForward(config), Sublayer(config, dropout)

    def forward(self, x: Tensor, memory: tuple[Tensor, Tensor], mask: Tensor, cache: Cache | None) -> Tensor:
        """x [B, T, D] → [B, T, D]. With a cache, x is the newest position alone (T = 1).

        memory: keys and values of the encoder's output, [B, H, S, K] each; mask [B, 1, 1, S].
        """
        y = self.around_attention.enter(x)
        past = self.attention.project(y)
        if cache is not None:
            past = cache.append(*past)
        x = self.around_attention.leave(x, self.attention(y, *past, None, causal=cache is None))
        x = self.around_cross.leave(x, self.cross(self.around_cross.enter(x), *memory, mask))
        return self.around_feedforward.leave(x, self.feedforward(self.around_feedforward.enter(x)))


class Embedding(nn.Module):
    """Tokens and learned positions. The token matrix also serves as the output projection."""

    def __init__(self, config: ModelConfig, vocabulary: int, dropout: float):
        super().__init__()
        self.scale = math.sqrt(config.width)
        self.tokens = nn.Embedding(vocabulary, config.width, padding_idx=PAD_ID)
        self.source_positions = nn.Embedding(config.max_positions, config.width)
        self.target_positions = nn.Embedding(config.max_positions, config.width)
        self.dropout = nn.Dropout(dropout)
        for table in (self.tokens, self.source_positions, self.target_positions):
            nn.init.normal_(table.weight, std=config.width**-0.5)
        nn.init.zeros_(self.tokens.weight[PAD_ID])

    def forward(self, ids: Tensor, positions: nn.Embedding, start: int = 0) -> Tensor:
        """ids [B, T] whose first stands at position `start` → [B, T, D]."""
        where = torch.arange(start, start + ids.size(1), device=ids.device)
        return self.dropout(self.tokens(ids) * self.scale + positions(where))


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

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """source [B, S] ids → states [B, S, D] and mask [B, 1, 1, S], false at padding."""
        mask = (source != PAD_ID)[:, None, None, :]
        x = self.embedding(source, self.embedding.source_positions)
        for layer in self.encoder:
            x = layer(x, mask)
        return self.encoder_norm(x), mask

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
    ) -> Tensor:
        """inputs [B, T] ids, the first at position `start` → decoder states [B, T, D]."""
        x = self.embedding(inputs, self.embedding.target_positions, start)
        for number, layer in enumerate(self.decoder):
            x = layer(x, memories[number], mask, caches[number] if caches else None)
        return self.decoder_norm(x)

    def logits(self, states: Tensor) -> Tensor:
        """states [..., D] → scores over the vocabulary [..., V], by the tied embedding."""
        return F.linear(states, self.embedding.tokens.weight)

    def forward(self, source: Tensor, inputs: Tensor) -> Tensor:
        """source [B, S], decoder inputs [B, T] → decoder states [B, T, D]."""
        states, mask = self.encode(source)
        return self.decode(inputs, self.memories(states), mask)
