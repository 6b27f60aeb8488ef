"""Which segments go into a batch together, under a budget of tokens."""

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
    # Among those whose longer sides are equal, by how much the target is the longer one, to and fro, so that neighbours
    # are alike on both sides also where the longer side grows by one.
    difference = np.where(longest % 2, source - target, target - source)
    order = order[np.argsort(difference[order], kind="stable")]
    batches = by_length(order, longest, batch_tokens)
    return [batches[i] for i in random.permutation(len(batches))]


def by_length(rows: np.ndarray, lengths: np.ndarray, budget: int) -> list[np.ndarray]:
    """`rows` in batches of similar length: B of them, the longest of L, keep B * L <= budget, or B is 1.

    The shortest come first; rows of one length stay in the order given. lengths: of all rows, by number.
    """
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    sizes, batches, start = lengths[rows], [], 0
    while start < len(rows):
        some = sizes[start : start + max(1, budget // sizes[start])]
        count = int(np.searchsorted(some * np.arange(1, len(some) + 1), budget, side="right"))
        batches.append(rows[start : start + max(1, count)])
        start += len(batches[-1])
    return batches
