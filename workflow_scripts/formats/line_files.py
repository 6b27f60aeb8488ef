"""Read text files line by line, in blocks of bytes without a call for each line. Tables use this, too.

Only a line feed ends a line. All formats drop the same lines: those that are not UTF-8 or have a NUL character, and
those of more than 1 MiB, of which no more is held in memory. A file in another encoding is refused (encodings.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from model.command import UserError
from workflow_scripts.drops import LENGTH, Drops
from workflow_scripts.formats.encodings import HEAD, is_utf8, refuse_other_encodings

BLOCK = 1 << 24  # bytes read at once
LONGEST = 1 << 20  # bytes of a line
ROWS = 50_000  # of a batch, at most
BOM = b"\xef\xbb\xbf"
KEPT, TOO_LONG, NOT_UTF8, NUL, MISSING_COLUMN = range(5)
REASONS = ("", "line_too_long", "not_utf8", "nul_character", "missing_column")


@dataclass(frozen=True)
class Block:
    """Whole lines of a file. Line i is data[starts[i]:ends[i]]; reasons[i] says why it is dropped, or KEPT."""

    data: bytes
    starts: np.ndarray
    ends: np.ndarray
    reasons: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: slice) -> "Block":
        return Block(self.data, self.starts[rows], self.ends[rows], self.reasons[rows])

    def example(self, row: int | np.integer) -> str:
        """The beginning of a line as text, also if it is not UTF-8."""
        end = min(self.ends[row], self.starts[row] + 4 * LENGTH)
        return self.data[self.starts[row] : end].decode("utf-8", "replace")


def lines(streams: Sequence[BinaryIO], label: str, drops: Drops) -> Iterator[pa.RecordBatch]:
    """One file as column `first`, or line n of two files as `first` and `second` of a row.

    label: of the dataset, for messages. Raises UserError at the end of the shorter file if two files differ in length,
    and for a file in another encoding.
    """
    names = ["first", "second"][: len(streams)]
    labels = [f"{label}: {name} file" for name in names] if len(streams) > 1 else [label]
    for sides in _side_by_side(list(map(blocks, streams, labels)), label):
        reasons = sides[0].reasons
        for side in sides[1:]:
            reasons = np.where(reasons == KEPT, side.reasons, reasons)
        for row in np.flatnonzero(reasons != KEPT):
            drops.add(REASONS[reasons[row]], *(side.example(row) for side in sides))
        kept = reasons == KEPT
        if kept.any():
            columns = [strings(side.data, side.starts[kept], side.ends[kept]) for side in sides]
            yield pa.record_batch(columns, names=names)


def _side_by_side(files: list[Iterator[Block]], label: str) -> Iterator[list[Block]]:
    """The same lines of each file, at most ROWS at once, to the end of the shortest file."""
    shared, blocks_now = 0, [next(file, None) for file in files]
    while None not in blocks_now:
        rows = min(ROWS, *(len(block) for block in blocks_now if block))
        yield [block[:rows] for block in blocks_now if block]
        shared += rows
        blocks_now = [
            block[rows:] if block and len(block) > rows else next(file, None)
            for block, file in zip(blocks_now, files, strict=True)
        ]
    if any(blocks_now):
        counts = [
            shared + len(block or ()) + sum(map(len, file)) for block, file in zip(blocks_now, files, strict=True)
        ]
        raise UserError(
            f"{label}: one side has {counts[0]:,} lines and the other {counts[1]:,}; line n must translate line n, so "
            "mend the files, or take the dataset out"
        )


def blocks(stream: BinaryIO, label: str) -> Iterator[Block]:
    """The lines of a stream in blocks of about 16 MiB; a byte-order mark of UTF-8 at its start is left out.

    Raises UserError for other encodings than UTF-8.
    """
    for data in _whole_lines(stream, label):
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
        if not data.endswith(b"\n"):
            ends = np.append(ends, len(data))
        starts = np.concatenate(([0], ends[:-1] + 1))
        yield Block(data, starts, ends, _reasons(data, starts, ends))


def _whole_lines(stream: BinaryIO, label: str) -> Iterator[bytes]:
    head = b""
    while len(head) < HEAD and (more := stream.read(HEAD - len(head))):
        head += more
    refuse_other_encodings(head, label)
    head = head.removeprefix(BOM)
    parts = (head[start : start + BLOCK] for start in range(0, len(head), BLOCK))
    rest = b""
    for chunk in chain(parts, iter(lambda: stream.read(BLOCK), b"")):
        data = rest + chunk
        end = data.rfind(b"\n") + 1
        if end:
            yield data[:end]
        rest = data[end : end + LONGEST + 1]  # of a line that is too long, enough to see it
    if rest:
        yield rest


def _reasons(data: bytes, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    reasons = np.where(ends - starts > LONGEST, TOO_LONG, KEPT)
    if b"\0" in data:
        nuls = np.flatnonzero(np.frombuffer(data, np.uint8) == 0)
        rows = np.searchsorted(ends, nuls)
        reasons[rows] = np.where(reasons[rows] == KEPT, NUL, reasons[rows])
    if not is_utf8(data):
        for row in np.flatnonzero(reasons == KEPT):
            if not is_utf8(data[starts[row] : ends[row]]):
                reasons[row] = NOT_UTF8
    return reasons


def strings(data: bytes, starts: np.ndarray, ends: np.ndarray) -> pa.Array:
    """The texts data[starts[i]:ends[i]] as strings; the spans are in order and do not overlap, the bytes are UTF-8."""
    offsets = np.column_stack((starts, ends)).astype(np.int32).ravel()
    # An Arrow array of all spans and the gaps between them needs no copy. Taking every second one copies in C++.
    spans = pa.BinaryArray.from_buffers(
        pa.binary(), max(len(offsets) - 1, 0), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )
    return spans.take(pa.array(np.arange(0, len(offsets), 2))).cast(pa.string())
