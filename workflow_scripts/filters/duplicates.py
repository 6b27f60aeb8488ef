"""Which segments were there before: digests of 128 bits, and the first row of each."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from workflow_scripts.filters.segments import Segments
from workflow_scripts.text.characters import Mask

By = Literal["pair", "first", "second"]
KINDS: tuple[By, ...] = ("pair", "first", "second")
Digests = np.ndarray  # uint64 [rows, 2]


def duplicates(segments: Segments, by: Sequence[By] = ("pair",)) -> dict[By, Digests]:
    """Digests of the rows left, by which later rows are dropped: the same pair, the same first or second side."""
    texts = [side.texts.filter(pa.array(segments.left)) for side in segments.sides]
    # No text in normal form holds a line feed.
    whole = pc.binary_join_element_wise(*texts, "\n") if "pair" in by else None
    columns = dict(zip(("pair", "first", "second"), (whole, *texts), strict=False))
    return {kind: digests(columns[kind]) for kind in by if kind in columns}


def digests(texts: pa.Array) -> Digests:
    """xxh3_128 of each row."""
    lines = texts.cast(pa.binary()).to_numpy(zero_copy_only=False)
    return np.frombuffer(b"".join(map(xxhash.xxh3_128_digest, lines)), np.uint64).reshape(-1, 2)


def first_of_each(found: Digests) -> Mask:
    """Rows whose digest no earlier row has."""
    order = np.argsort(found[:, 0], kind="stable")  # so that equal ones stay in the order of the rows
    halves = found[order, 0]
    same = np.flatnonzero(halves[1:] == halves[:-1])
    before, after = order[same], order[same + 1]
    first = np.ones(len(found), bool)
    first[after[found[before, 1] == found[after, 1]]] = False
    return first


def kept(batches: Sequence[tuple[int, dict[By, Digests]]]) -> Mask:
    """The rows of all batches, in their order, that repeat no row kept before.

    batches: how many rows each has, and their digests, which are taken away as they are used, since they are most of
    what is held of a long text; where a batch has none of a kind, its rows are not compared by that. A row that is
    dropped as a pair does not stand in the way of later rows with one of its sides.
    """
    ends = np.cumsum([count for count, _ in batches], dtype=np.int64)
    left = np.ones(ends[-1] if len(ends) else 0, bool)
    for kind in KINDS:
        compared = [(end, of.pop(kind)) for end, (_, of) in zip(ends, batches, strict=True) if kind in of]
        if compared:
            rows = np.concatenate([np.arange(end - len(of), end) for end, of in compared])
            found = np.concatenate([of for _, of in compared])
            compared.clear()
            if not left.all():
                rows, found = rows[left[rows]], found[left[rows]]
            left[rows[~first_of_each(found)]] = False
    return left
