"""Input lines, read while they arrive, and the output of translations."""

import contextlib
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from model.command import UserError
from model.writing import whole_file

BYTES_AT_ONCE = 1 << 16


def arriving_lines(descriptor: int, name: str, most: int) -> Iterator[list[str]]:
    """The lines of a file descriptor in their order: each list has what can be read without waiting, at most `most`.

    So a program that writes one line and waits for its translation gets it. Only line feeds end a line. Raises
    UserError with the line for bytes that are not UTF-8, and for NUL characters. name: of the input, for the error.
    """
    pending, number, ended = b"", 1, False
    while not ended:
        blocks, count = [pending], pending.count(b"\n")
        while not ended and (not count or (count < most and _is_ready(descriptor))):
            block = os.read(descriptor, BYTES_AT_ONCE)
            blocks.append(block)
            count += block.count(b"\n")
            ended = not block
        *lines, pending = b"".join(blocks).split(b"\n")
        if ended and pending:
            lines.append(pending)
        for start in range(0, len(lines), most):
            some = lines[start : start + most]
            yield [_decoded(line, name, number + i) for i, line in enumerate(some)]
            number += len(some)


def _is_ready(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def _decoded(line: bytes, name: str, number: int) -> str:
    if b"\0" in line:
        raise UserError(f"{name}: line {number} has a NUL character, as text in UTF-16 has; convert it with iconv")
    try:
        return (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).decode("utf-8")
    except UnicodeDecodeError:
        message = f"{name}: line {number} is not UTF-8; convert the file, for instance with iconv"
        raise UserError(message) from None


@contextlib.contextmanager
def output(path: Path | None) -> Iterator[TextIO]:
    """The file to write to, which gets its name when all is written; without a path, standard output."""
    if path is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
        yield sys.stdout
        return
    with whole_file(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        yield file
