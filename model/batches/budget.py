"""Which segments go into a batch together, under a budget of tokens."""

from collections.abc import Iterable, Sequence

import numpy as np

from model.shards.examples import Examples


def plan_batches(
    examples: Examples, batch_tokens: int, max_positions: int, random: np.random.Generator, controls: int
) -> list[np.ndarray]:
    """Which segments go into which batch: a list of index arrays, in an order that `random` decides.

    Segments of similar length stand together, so that a batch of B segments, the longest of L tokens on either side,
    keeps B * L <= batch_tokens. Segments longer than `max_positions` or than the budget are left out. controls: tokens
    that a side gains.
    """
    source, target = examples.source.segments.lengths() + controls, examples.target.segments.lengths() + controls
    longest = np.maximum(source, target)
    order = random.permutation(len(examples))
    order = order[longest[order] <= min(max_positions, batch_tokens)]
    # By the longer side, and there by how much the target is the longer one, to and fro, so that neighbours are alike
    # on both sides also where the longer side grows by one. The sort is stable: equal lengths stay shuffled.
    difference = np.where(longest % 2, source - target, target - source)
    order = order[np.lexsort((difference[order], longest[order]))]
    sizes, batches, start = longest[order], [], 0
    while start < len(order):
        some = sizes[start : start + batch_tokens // sizes[start]]
        count = int(np.searchsorted(some * np.arange(1, len(some) + 1), batch_tokens, side="right"))
        batches.append(order[start : start + count])
        start += count
    return [batches[i] for i in random.permutation(len(batches))]


def by_length(rows: Iterable[int], lengths: Sequence[int] | np.ndarray, budget: int) -> list[list[int]]:
    """`rows` in batches of similar length: B of them, the longest of L, keep B * L <= budget, or B is 1.

    lengths: of all rows, by number.
    """
    batches: list[list[int]] = []
    for row in sorted(rows, key=lambda row: lengths[row]):
        if not batches or (len(batches[-1]) + 1) * lengths[row] > budget:
            batches.append([])
        batches[-1].append(row)
    return batches
