"""Write a file or a folder completely or not at all: under a temporary name, then renamed.

The temporary name ends in `.part`. The data is on the disk before the rename, so even a crash of the machine leaves no
incomplete file under a final name.

`lock` keeps a second process from writing the same files. The kernel releases the lock when its process ends, however
it ends. Some shared disks have no locks: Lustre mounted without the option `flock`, NFS without a lock service.
"""

import errno
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name to write to. The file gets its final name if the block ends without an error.

    The folder of the file is created if it is missing. After an error the temporary file is deleted, and a former file
    of the name is as it was. Raises OSError, for instance if the disk is full.
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        _to_disk(part)
        part.replace(path)
    except OSError as error:
        _name(error, path)
        raise
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: str | Path) -> Iterator[Path]:
    """Yield an empty temporary folder to write to. It gets its final name if the block ends without an error.

    A former folder of this name is deleted only then. After an error the temporary folder is deleted, and the former
    one is as it was. Raises OSError, for instance if the disk is full.
    """
    folder = Path(folder)
    part, former = (folder.with_name(folder.name + ending) for ending in (".part", ".former.part"))
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        for file in part.rglob("*"):
            if file.is_file():
                _to_disk(file)
        shutil.rmtree(former, ignore_errors=True)
        if folder.exists():
            folder.rename(former)
        part.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        _name(error, folder)
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _name(error: OSError, path: str | Path) -> None:
    """Name the file that an error of the system is about. That of a full disk has no name."""
    if error.errno and not error.filename:
        error.filename = str(path)


def _to_disk(file: Path) -> None:
    with open(file, "rb") as written:
        os.fsync(written.fileno())


def lock(file: IO[str] | IO[bytes] | int, path: str | Path, wait: bool = False) -> None:
    """Lock an open file for this process alone. Raises BlockingIOError if another has it and `wait` is not set.

    path: what the warning names if the disk has no locks. The work then goes on without one.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        print(
            f"warning: {path}: this disk has no file locks ({error.strerror}), so nothing stops a second run from"
            " writing the same files; start only one at a time",
            file=sys.stderr,
            flush=True,
        )
