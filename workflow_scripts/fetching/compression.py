"""Recognise files by their first bytes, and decompress them up to a limit."""

import bz2
import errno
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import IO, BinaryIO

from model.command import UserError

HEAD = 512  # bytes that `kind` looks at: a tar's first header
CHUNK = 1 << 18  # bytes read at a time
FLOOR = 64 << 20  # bytes that anything may grow to …
RATIO = 200  # … or so many times its compressed size; text is compressed 3 to 10 times
XZ_MEMORY = 1 << 28  # bytes an xz file may ask for; at its strongest usual setting it asks for 65 MB
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
AR = b"!<arch>\n"
BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # after BZh9: a block, or the end of an empty file
COMPRESSIONS = {".gz": "gzip", ".dz": "gzip", ".bz2": "bzip2", ".xz": "xz"}
ENDINGS = COMPRESSIONS | {".tgz": "gzip", ".zip": "zip", ".whl": "zip", ".tar": "tar", ".deb": "ar"}
# What the readers of the standard library raise for damaged bytes. OSError counts only without a number.
DAMAGE = (
    *(EOFError, MemoryError, OSError, RuntimeError, ValueError, OverflowError, IndexError, struct.error),
    *(zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error),
)


def kind(head: bytes) -> str:
    """The format of a file by its first HEAD bytes: zip, gzip, bzip2, xz, ar, tar, or "" for any other."""
    if head.startswith(ZIP):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] in BZIP2_BLOCKS:
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    if head.startswith(AR):
        return "ar"
    try:
        tarfile.TarInfo.frombuf(head[:HEAD], "utf-8", "surrogateescape")  # its checksum tells a header from text
    except (tarfile.TarError, ValueError):
        return ""
    return "tar"


def packing(name: str) -> str:
    """The compression by the ending of a name, or ""."""
    return COMPRESSIONS.get(PurePosixPath(name).suffix.lower(), "")


def fits(name: str, head: bytes) -> bool:
    """Whether the first HEAD bytes of a file have the format that the ending of its name says."""
    return ENDINGS.get(PurePosixPath(name).suffix.lower()) in (None, kind(head))


def limit(size: int) -> int:
    """The most bytes that `size` compressed bytes may have when they are decompressed."""
    return max(FLOOR, RATIO * size)


def decompressed(stream: BinaryIO, packed_as: str, where: str, most: int) -> BinaryIO:
    """The decompressed bytes of a stream; the stream itself if it is not compressed. packed_as: what `kind` returns.

    Reading it raises UserError, which begins with `where`, for damage, for other bytes at the end, and for more than
    `most` bytes.
    """
    match packed_as:
        case "gzip":
            return guarded(gzip.GzipFile(fileobj=stream), where, most)
        case "bzip2":
            return guarded(_joined(stream, bz2.BZ2Decompressor), where, most)
        case "xz":
            return guarded(_joined(stream, partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, XZ_MEMORY)), where, most)
    return stream


def guarded(inner: IO[bytes] | gzip.GzipFile, where: str, most: int) -> BinaryIO:
    """A stream that raises UserError for damage and for more than `most` bytes."""
    grown = 0

    def give(size: int) -> bytes:
        nonlocal grown
        with in_one_line(where):
            data = inner.read(size)
        grown += len(data)
        if grown > most:
            raise UserError(f"{where}: a bomb, it unpacks to more than {most:,} bytes; do not use this file")
        return data

    return _buffered(give)


def part(file: BinaryIO, start: int, length: int) -> BinaryIO:
    """`length` bytes of a file from `start`. Nothing else may read the file at the same time."""
    file.seek(start)
    left = length

    def give(size: int) -> bytes:
        nonlocal left
        data = file.read(min(size, left))
        left -= len(data)
        return data

    return _buffered(give)


@contextmanager
def in_one_line(where: str) -> Iterator[None]:
    """Turn the errors of damaged bytes into UserError. Errors of the file system are raised as they are."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{where}: cannot be read to its end ({reason}); fetch it again") from None


def _joined(stream: BinaryIO, new: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> BinaryIO:
    """Several bzip2 or xz streams one after another, as parallel compressors write them.

    The readers of the standard library end silently at a damaged later stream, as if it did not belong to the file.
    """
    machine = new()

    def give(size: int) -> bytes:
        nonlocal machine
        data = b""
        while not data:
            fresh = b""
            if machine.eof:
                fresh = _beyond_padding(machine.unused_data, stream)
                if not fresh:
                    break
                machine = new()
            elif machine.needs_input:
                fresh = stream.read(CHUNK)
                if not fresh:
                    raise EOFError("it is cut off")
            data = machine.decompress(fresh, size)
        return data

    return _buffered(give)


def _beyond_padding(rest: bytes, stream: BinaryIO) -> bytes:
    """Some bytes after the zero bytes of a padding, or b"" at the end."""
    while not (rest := rest.lstrip(b"\0")):
        rest = stream.read(CHUNK)
        if not rest:
            break
    return rest


class _Given(io.RawIOBase):
    """A stream of the bytes that a function returns. give: most bytes → bytes."""

    def __init__(self, give: Callable[[int], bytes]) -> None:
        self.give = give

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.give(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _buffered(give: Callable[[int], bytes]) -> BinaryIO:
    return io.BufferedReader(_Given(give), CHUNK)
