"""Jobs whose inputs have the same content as before are not run again; the outputs that they have made stay.

Snakemake plans a job again if a job before it runs. Often that job writes the same bytes as before: a new test set that
shares no segment with the text changes no text. So when it is the turn of a job, its inputs are compared by content
with the record of the run that made its outputs. If nothing differs, Snakemake only marks the outputs as made now.

Snakemake records the checksums of inputs too, but only of files below 1 MB. Here it records those of all files, and of
folders. To read a file for that takes about a second for each GB, once for each version of the file.
"""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TIMESTAMP = ".snakemake_timestamp"  # of a folder, by Snakemake
READ = "read"  # flag of an input that is a folder: the names of the files that the job reads
_DIGESTS: dict[tuple[object, ...], str] = {}  # version of a file → its digest


def digest(path: Path, names: Iterable[str] | None = None) -> str:
    """The SHA-256 of a file; of a folder, that of the names and digests of all its files, or of those with `names`."""
    if path.is_dir():
        inside = path.rglob("*") if names is None else map(path.joinpath, names)
        files = sorted(file for file in inside if file.is_file() and file.name != TIMESTAMP)
        lines = "".join(f"{file.relative_to(path)}\t{digest(file)}\n" for file in files)
        return hashlib.sha256(lines.encode()).hexdigest()
    found = os.stat(path)
    version = path.absolute(), found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    if version not in _DIGESTS:
        with open(path, "rb") as file:
            _DIGESTS[version] = hashlib.file_digest(file, "sha256").hexdigest()
    return _DIGESTS[version]


def record_all_checksums(file: Any) -> None:
    """Let Snakemake compare and record files of any size, and folders, by content. file: its class _IOFile."""
    of_storage = file.checksum

    async def checksum(self: Any, *arguments: Any, **named: Any) -> str | None:
        if self.is_storage:
            return await of_storage(self, *arguments, **named)
        return f"sha256:{digest(Path(self.file), self.flags.get(READ))}" if await self.exists_local() else None

    async def is_checksum_eligible(self: Any, threshold: int) -> bool:
        return await self.exists_local() and not self.is_fifo()

    file.checksum, file.is_checksum_eligible = checksum, is_checksum_eligible


def skip_unchanged(scheduler: Any) -> None:
    """Let Snakemake not run a job whose inputs are unchanged. scheduler: its class JobScheduler."""
    run = scheduler.run

    def run_changed(self: Any, jobs: list[Any], executor: Any = None) -> None:
        changed = []
        for job in jobs:
            if self.dryrun or self.touch or not self.workflow.async_run(_is_unchanged(job)):
                changed.append(job)
                continue
            print(f"not run, because its inputs are the same as before: {job}", file=sys.stderr)
            self.finish_callback(job)
        if changed:
            run(self, changed, executor)

    scheduler.run = run_changed


async def _is_unchanged(job: Any) -> bool:
    """Whether the outputs of a job are there, made by the same command from inputs of the same content."""
    if job.is_group():
        return all([await _is_unchanged(one) for one in job.jobs])
    reason, records = job.dag.reason(job), job.dag.workflow.persistence
    products = [*job.output, *filter(None, [job.benchmark])]
    if reason.forced or reason.incomplete_output or not job.output or job.is_checkpoint:
        return False
    if not all([await file.exists() for file in products]) or not records.has_metadata(job):
        return False
    if records.has_outdated_metadata(job) or records.params_changed(job):
        return False
    if any(any(changed(job)) for changed in (records.code_changed, records.input_changed)):
        return False
    for file in job.input:
        known = records.input_checksums(job, file)
        if not file.is_ancient and known != {await file.checksum(force=True)}:
            return False
    return True
