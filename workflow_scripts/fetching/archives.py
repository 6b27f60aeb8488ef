"""Read the members of archives as streams. Nothing is extracted, so no name in an archive becomes a path.

Formats: zip, tar, Debian packages, and single files in gzip (also dictzip), bzip2 or xz. The first bytes of a file
decide, and must fit the ending of its name. A member of an archive is decompressed by the ending of its name.
"""

import difflib
import io
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, cast

from model.command import UserError
from workflow_scripts.fetching.compression import (
    AR,
    CHUNK,
    HEAD,
    decompressed,
    fits,
    guarded,
    in_one_line,
    kind,
    limit,
    packing,
    part,
)

SHOWN = 5  # names in a message


@dataclass(frozen=True)
class _Entry:
    """One member of an archive. packed: its size in the archive, in bytes; open: its bytes as they are stored."""

    name: str
    regular: bool
    packed: int
    open: Callable[[], IO[bytes]]


def members(path: str | Path) -> list[str]:
    """The names of an archive's files in their order, without a leading `./`; [] for a file that is no archive.

    Raises UserError for a damaged archive, and for one with a name that points out of it.
    """
    with ExitStack() as stack, in_one_line(str(path)):
        _, entries = _unpacked(Path(path), stack)
        return [entry.name for entry in entries or () if entry.regular]


@contextmanager
def open_member(path: str | Path, member: str | None) -> Iterator[BinaryIO]:
    """The decompressed bytes of one member, or of the file itself where `member` is None, read as they are asked for.

    Raises UserError, also while the stream is read: for a member that is missing, a link or a device; for damage
    (checksums are compared at the end); for names that point out of the archive; and for more bytes than a text of this
    size can have. In a tar, names after the member are not checked; `members` checks all of them.
    """
    with ExitStack() as stack:
        with in_one_line(_where(path, member)):
            stream = _stream(Path(path), member, stack)
        yield stream


def count_lines(path: str | Path, member: str | None) -> int:
    """The number of lines of a member or file, also a last one without LF. Raises UserError as `open_member` does."""
    lines, last = 0, b"\n"
    with open_member(path, member) as stream:
        while chunk := stream.read(CHUNK):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return lines + (last != b"\n")


def _where(path: str | Path, member: str | None) -> str:
    return str(path) if member is None else f"{path}: member {member!r}"


def _stream(path: Path, member: str | None, stack: ExitStack) -> BinaryIO:
    """The stream of `open_member`."""
    contents, entries = _unpacked(path, stack)
    where = _where(path, member)
    if entries is None:
        if member is None:
            return contents
        raise UserError(f"{where}: the file is no archive; leave the member out, or fetch it again")
    names = []
    for entry in entries:
        if entry.name == member:
            break
        names.append(entry.name)
    else:
        raise UserError(_missing(path, member, names))
    if not entry.regular:
        raise UserError(f"{where}: is a link, a folder or a device; name the file it stands for")
    most = limit(min(entry.packed, path.stat().st_size))
    return decompressed(guarded(stack.enter_context(entry.open()), where, most), packing(entry.name), where, most)


def _missing(path: Path, member: str | None, names: list[str]) -> str:
    """The message for a member that is not there."""
    near = difflib.get_close_matches(member or "", names, SHOWN, cutoff=0.4) or names[:SHOWN]
    what = "is an archive" if member is None else f"has no member {member!r}"
    return f"{path}: {what}; name one of its {len(names)} members, for instance {', '.join(map(repr, near))}"


def _unpacked(path: Path, stack: ExitStack) -> tuple[BinaryIO, Iterator[_Entry] | None]:
    """The decompressed bytes of a file, and its members if it is an archive."""
    file = stack.enter_context(path.open("rb"))
    head = file.read(HEAD)
    if not fits(path.name, head):
        raise UserError(
            f"{path}: begins unlike a {path.suffix} file; fetch it again, or give it the name of what it is"
        )
    found = kind(head)
    if found == "zip":
        return file, _in_zip(path, stack.enter_context(zipfile.ZipFile(file)))
    size = path.stat().st_size
    start, length = _data_of_package(path, file) if found == "ar" else (0, size)

    def contents() -> BinaryIO:
        packed_as = kind(part(file, start, length).read(HEAD))
        return decompressed(part(file, start, length), packed_as, str(path), limit(size))

    if kind(contents().read(HEAD)) != "tar":
        return contents(), None
    stream = contents()
    return stream, _in_tar(path, stack.enter_context(tarfile.open(fileobj=stream, mode="r|")))


def _data_of_package(path: Path, file: BinaryIO) -> tuple[int, int]:
    """(offset, size) of the archive of files in a Debian package, which is itself an ar archive."""
    file.seek(len(AR))
    while len(header := file.read(60)) == 60:
        name, size = header[:16].rstrip(b" /"), header[48:58].strip()
        if not size.isdigit():
            raise ValueError("a length is missing")
        if name == b"data.tar.zst":
            raise UserError(f"{path}: is packed with zstd, which is not read; use a package that is packed with xz")
        if name.startswith(b"data.tar"):
            return file.tell(), int(size)
        file.seek(int(size) + int(size) % 2, io.SEEK_CUR)
    raise UserError(f"{path}: has no data.tar, so it is no whole Debian package; fetch it again")


def _in_zip(path: Path, archive: zipfile.ZipFile) -> Iterator[_Entry]:
    """The members of a zip file. All names are checked first."""
    for info in archive.infolist():
        _check_name(path, info.orig_filename)
        _check_name(path, info.filename)
    for info in archive.infolist():
        form = stat.S_IFMT(info.external_attr >> 16)  # as Unix has it; 0 where the archive was made elsewhere
        regular = not info.is_dir() and form in (0, stat.S_IFREG)
        yield _Entry(info.filename.removeprefix("./"), regular, info.compress_size, partial(archive.open, info))


def _in_tar(path: Path, archive: tarfile.TarFile) -> Iterator[_Entry]:
    """The members of a tar. Each must be read before the next."""
    for info in archive:
        _check_name(path, info.name)
        opened = cast(Callable[[], IO[bytes]], partial(archive.extractfile, info))
        yield _Entry(info.name.removeprefix("./"), info.isreg(), info.size, opened)


def _check_name(path: Path, name: str) -> None:
    """Raise UserError for a name that could point out of a folder on some system."""
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/") or set(name) & {"\\", "\0"}:
        raise UserError(f"{path}: is refused, because the name {name!r} in it points elsewhere; use another archive")
