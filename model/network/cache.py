"""What decoding keeps of some sentences: the encoder's output as the decoder reads it, and the positions so far."""

from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

FIRST_ROOM = 16  # positions; doubled whenever they are full
KeysValues: TypeAlias = tuple[Tensor, Tensor]  # [B, H, S, K] each


class Memory(NamedTuple):
    """The encoder's output for B sentences: keys and values of each decoder layer, and a mask of what is no padding."""

    layers: list[KeysValues]
    mask: Tensor  # [B, 1, 1, S]

    def repeat(self, times: int) -> "Memory":
        """The sentences one after the other, so many times."""
        layers = [(keys.repeat(times, 1, 1, 1), values.repeat(times, 1, 1, 1)) for keys, values in self.layers]
        return Memory(layers, self.mask.repeat(times, 1, 1, 1))

    def keep(self, sentences: Tensor) -> "Memory":
        """The memory of these sentences [B'] alone."""
        layers = [(keys[sentences], values[sentences]) for keys, values in self.layers]
        return Memory(layers, self.mask[sentences])


class LayerCache:
    """Keys and values of one self-attention layer, in a buffer that doubles when it is full."""

    def __init__(self, rows: int) -> None:
        self.rows, self.length = rows, 0
        self.store: Tensor | None = None  # keys and values: [2, B, room, rows, H, K]

    def append(self, keys: Tensor, values: Tensor) -> KeysValues:
        """Add a position of n <= rows hypotheses a sentence, [B, H, n, K] each.

        Returns all so far, [B, H, length * rows, K]: position by position, and in each the rows, zero where unused.
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
        """Forget all sentences but these [B']."""
        if self.store is not None:
            self.store = self.store.index_select(1, sentences)


class Cache:
    """What self-attention keeps of B sentences with up to `rows` hypotheses each: the positions so far, by layer.

    Keys and values stay where they were written. A hypothesis that goes on from another one takes over that one's past
    by a mask; nothing is copied. The first position has one row a sentence, since all its hypotheses begin alike.
    """

    def __init__(self, layers: int, rows: int = 1) -> None:
        self.layers, self.rows, self.length = [LayerCache(rows) for _ in range(layers)], rows, 0
        self.origins = torch.empty(0)  # which row of each position a hypothesis descends from: [B, n, length]

    def advance(self, newest: Tensor) -> Tensor | None:
        """Begin a position with the tokens [B, n] of n hypotheses a sentence; the layers then append theirs.

        Returns which of the keys [position, row] each may see, its own past: [B, 1, n, length * rows], or None for all.
        """
        own = torch.arange(newest.size(1), device=newest.device).expand_as(newest)[:, :, None]
        self.origins = torch.cat([self.origins, own], 2) if self.length else own
        self.length += 1
        if self.rows == 1:
            return None
        rows = torch.arange(self.rows, device=newest.device)
        return (self.origins[..., None] == rows).flatten(2)[:, None]

    def branch(self, parents: Tensor) -> None:
        """Hypotheses [B, n] that each go on from one of the rows before."""
        self.origins = self.origins.gather(1, parents[:, :, None].expand(-1, -1, self.length))

    def keep(self, sentences: Tensor) -> None:
        """Forget all sentences but these [B']."""
        self.origins = self.origins[sentences]
        for layer in self.layers:
            layer.keep(sentences)
