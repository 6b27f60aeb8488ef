"""Batches of segments of similar length, within a budget of tokens."""

import numpy as np

from model.shards.examples import Examples


def plan_batches(
    examples: Examples, batch_tokens: int, max_positions: int, random: np.random.Generator, controls: int
) -> list[np.ndarray]:
    """Which segments go into which batch: a list of index arrays, in random order.

    A batch has segments of similar length. If it has B segments, and the longest side of any has L tokens, then
    B * L <= batch_tokens. Segments longer than `max_positions` or than the budget are left out. controls: how many
    control tokens are added to each side.
    """
    source, target = examples.source.segments.lengths() + controls, examples.target.segments.lengths() + controls
    longest = np.maximum(source, target)
    order = random.permutation(len(examples))
    order = order[longest[order] <= min(max_positions, batch_tokens)]
    # Segments of the same longest side are sorted by the difference of their sides, upwards for odd lengths and
    # downwards for even ones, so that both sides of neighbours are similar also where the longest side grows by one.
    difference = np.where(longest % 2, source - target, target - source)
    order = order[np.argsort(difference[order], kind="stable")]
    batches = by_length(order, longest, batch_tokens)
    return [batches[i] for i in random.permutation(len(batches))]


def by_length(rows: np.ndarray, lengths: np.ndarray, budget: int) -> list[np.ndarray]:
    """Divide `rows` into batches of similar length: B rows, the longest of length L, with B * L <= budget or B = 1.

    The shortest come first. Rows of the same length keep their order. lengths[row]: the length of a row.
    """
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    sizes, batches, start = lengths[rows], [], 0
    while start < len(rows):
        some = sizes[start : start + max(1, budget // sizes[start])]
        count = int(np.searchsorted(some * np.arange(1, len(some) + 1), budget, side="right"))
        batches.append(rows[start : start + max(1, count)])
        start += len(batches[-1])
    return batches
