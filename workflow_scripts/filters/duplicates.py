"""Find repeated segments by digests of 128 bits."""

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
    """Digests of the rows that are left: of the pair, of the first side, of the second side."""
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
    """Whether each row is the first with its digest."""
    order = np.argsort(found[:, 0], kind="stable")  # so that equal ones stay in the order of the rows
    halves = found[order, 0]
    same = np.flatnonzero(halves[1:] == halves[:-1])
    before, after = order[same], order[same + 1]
    first = np.ones(len(found), bool)
    first[after[found[before, 1] == found[after, 1]]] = False
    return first


def kept(batches: Sequence[tuple[int, dict[By, Digests]]]) -> Mask:
    """Whether each row of all batches, in order, repeats no row that is kept.

    batches: (number of rows, digests) of each. Digests are removed as they are used, because they take most of the
    memory of a long text. The rows of a batch without digests of a kind are not compared by it. A row that is dropped
    as a repeated pair does not affect later rows that share one of its sides.
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
