"""Files and folders that are whole or not there: written under a temporary name, then renamed.

The temporary name ends in `.part`. The data reaches the disk before the rename, so that a crash of the machine leaves
no half of a file under a final name either.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give the temporary name to write to; the file gets its own when the block ends without an error.

    The folder is made where it is missing. After an error nothing new is left. Raises OSError, for instance for a full
    disk.
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        _to_disk(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: str | Path) -> Iterator[Path]:
    """Give an empty folder to write to; it gets its own name when the block ends without an error.

    A folder that has the name goes only then. After an error nothing new is left. Raises OSError, for instance for a
    full disk.
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
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _to_disk(file: Path) -> None:
    with open(file, "rb") as written:
        os.fsync(written.fileno())
