"""What self-attention keeps while decoding: keys and values of the positions so far, for several rows a sentence."""

import torch
from torch import Tensor

FIRST_ROOM = 16  # positions; doubled whenever they are full


class Cache:
    """Keys and values of one attention layer for B sentences with up to `rows` hypotheses each.

    They stay where they were written, in a buffer that doubles when it is full. A hypothesis that goes on from another
    one takes over that one's past by the mask of `Transformer.decode`; nothing is copied. The first position has one
    row a sentence, since all its hypotheses begin alike.
    """

    def __init__(self, rows: int = 1) -> None:
        self.rows, self.length = rows, 0
        self.store: Tensor | None = None  # keys and values: [2, B, room, rows, H, K]

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add a position of n <= rows hypotheses a sentence, [B * n, H, 1, K] each.

        Returns all so far, [B, H, length * rows, K]: position by position, and in each the rows, zero where unused.
        """
        newest = torch.stack([keys, values]).squeeze(3)
        if self.store is None:
            self.store = newest.new_zeros(2, len(keys), FIRST_ROOM, self.rows, *newest.shape[2:])
        elif self.length == self.store.size(2):
            self.store = torch.cat([self.store, torch.zeros_like(self.store)], 2)
        newest = newest.unflatten(1, (self.store.size(1), -1))
        self.store[:, :, self.length, : newest.size(2)] = newest
        self.length += 1
        keys, values = self.store[:, :, : self.length].flatten(2, 3).transpose(2, 3)
        return keys, values

    def keep(self, sentences: Tensor) -> None:
        """Forget all sentences but these [B']."""
        if self.store is not None:
            self.store = self.store.index_select(1, sentences)
