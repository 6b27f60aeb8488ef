"""Errors in the logs of jobs, and shorter reasons in the log of Snakemake."""

import logging
from collections.abc import Iterable
from pathlib import Path

LONGEST_REASON = 280  # characters: the line that begins with "reason:" stays within 300


def errors_since(folders: Iterable[Path], begun: float) -> list[str]:
    """`log: error: what happened` of each log with such a line that changed since a time, in seconds of the clock."""
    logs = [path for folder in folders for path in folder.rglob("*.log") if path.stat().st_mtime >= begun]
    lines = ((path, line) for path in logs for line in path.read_text(errors="replace").splitlines())
    return [f"{path}: {line}" for path, line in lines if line.startswith("error: ")]


class ShortReasons(logging.Filter):
    """Cuts the reason that Snakemake gives for a job. It lists every input, and a report may have thousands."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the reason of a record. Lets every record pass."""
        reason = getattr(record, "reason", None)
        if reason is not None and len(str(reason)) > LONGEST_REASON:
            record.reason = f"{str(reason)[: LONGEST_REASON - 2]} …"
        return True
