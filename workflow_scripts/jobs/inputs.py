"""Input files as Snakemake will see them."""

import os
from collections.abc import Iterable
from datetime import datetime

from model.command import UserError

SOON = 2.0  # seconds: file systems round times, and a job takes longer than that to make its first output


def from_the_future(files: Iterable[str], now: float) -> None:
    """Refuse files with a time later than `now`, in seconds of the clock of the disk that results are written to.

    Snakemake deletes an output that is older than an input, after all the work for it. Raises UserError for the first
    such file.
    """
    for path in files:
        if os.path.isfile(path) and (changed := os.stat(path).st_mtime) > now + SOON:
            when = datetime.fromtimestamp(changed).isoformat(" ", "seconds")
            raise UserError(f"{path}: its time, {when}, is in the future; correct the clock, or set it: touch {path}")
