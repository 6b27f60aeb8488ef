"""What decoding keeps in memory: keys and values of the encoder's output, and of the positions decoded so far."""

from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor

FIRST_ROOM = 16  # positions that a new buffer has room for
KeysValues: TypeAlias = tuple[Tensor, Tensor]  # [B, H, S, K] each


class Memory(NamedTuple):
    """The encoder's output for B sentences: keys and values for each decoder layer, and a mask, false at padding.

    In training without padding, the mask is a Between (model/network/attention.py), and B counts passes.
    """

    layers: list[KeysValues]
    mask: Any  # [B, 1, 1, S]

    def repeat(self, times: int) -> "Memory":
        """All sentences, repeated so many times: first all once, then all again."""
        layers = [(keys.repeat(times, 1, 1, 1), values.repeat(times, 1, 1, 1)) for keys, values in self.layers]
        return Memory(layers, self.mask.repeat(times, 1, 1, 1) if isinstance(self.mask, Tensor) else self.mask)

    def keep(self, sentences: Tensor) -> "Memory":
        """The memory of only these sentences [B']."""
        layers = [(keys[sentences], values[sentences]) for keys, values in self.layers]
        return Memory(layers, self.mask[sentences])


class LayerCache:
    """Keys and values of one self-attention layer, in a buffer that doubles when it is full."""

    def __init__(self, rows: int) -> None:
        self.rows, self.length = rows, 0
        self.store: Tensor | None = None  # keys and values: [2, B, room, rows, H, K]

    def append(self, keys: Tensor, values: Tensor) -> KeysValues:
        """Add a position for n <= rows hypotheses of each sentence, [B, H, n, K] each.

        Returns those of all positions so far, [B, H, length * rows, K]: the rows of the first position, then those of
        the second, and so on. Unused rows are zero.
        """
        newest = torch.stack([keys, values]).transpose(2, 3)
        if self.store is None:
            self.store = newest.new_zeros(2, len(keys), FIRST_ROOM, self.rows, *newest.shape[3:])
        elif self.length == self.store.size(2):
            self.store = torch.cat([self.store, torch.zeros_like(self.store)], 2)
        self.store[:, :, self.length, : newest.size(2)] = newest
        self.length += 1
        keys, values = self.store[:, :, : self.length].flatten(2, 3).transpose(2, 3)
        return keys, values

    def keep(self, sentences: Tensor) -> None:
        """Keep only these sentences [B']."""
        if self.store is not None:
            self.store = self.store.index_select(1, sentences)


class Cache:
    """Keys and values of all self-attention layers, for B sentences with up to `rows` hypotheses each.

    Keys and values stay where they were written. When a hypothesis continues another one, nothing is copied: a mask
    says which earlier rows belong to it. The first position has one row for each sentence, because all its hypotheses
    begin with the same token.
    """

    def __init__(self, layers: int, rows: int = 1) -> None:
        self.layers, self.rows, self.length = [LayerCache(rows) for _ in range(layers)], rows, 0
        self.origins = torch.empty(0)  # the row of each earlier position that belongs to a hypothesis: [B, n, length]

    def advance(self, newest: Tensor) -> Tensor | None:
        """Begin a position with the newest tokens [B, n] of n hypotheses; the layers then append keys and values.

        Returns the mask [B, 1, n, length * rows] of the keys that belong to each hypothesis, or None if all do.
        """
        own = torch.arange(newest.size(1), device=newest.device).expand_as(newest)[:, :, None]
        self.origins = torch.cat([self.origins, own], 2) if self.length else own
        self.length += 1
        if self.rows == 1:
            return None
        rows = torch.arange(self.rows, device=newest.device)
        return (self.origins[..., None] == rows).flatten(2)[:, None]

    def branch(self, parents: Tensor) -> None:
        """Make hypotheses that continue the rows `parents` [B, n] of the last position."""
        self.origins = self.origins.gather(1, parents[:, :, None].expand(-1, -1, self.length))

    def keep(self, sentences: Tensor) -> None:
        """Keep only these sentences [B']."""
        self.origins = self.origins[sentences]
        for layer in self.layers:
            layer.keep(sentences)
