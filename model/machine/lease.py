"""Run a command with GPUs of its own.

`python -m model.machine.lease 2 -- python -m model.train run.json --processes 2`.

It waits until so many GPUs of this machine are free, lists them in CUDA_VISIBLE_DEVICES, and executes the command.
The lock on a GPU is a lock on a file, which the command keeps open: the kernel releases it when the command ends,
however it ends. In a Slurm job GPUs are only counted, because Slurm assigns them. With 0 it executes the command at
once.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from itertools import takewhile
from pathlib import Path

from model.command import UserError, parser, run
from model.writing import lock

SECONDS_TO_TRY_AGAIN = 1.0
LEASED = "LEASED_GPUS"  # environment variable of the executed command: how many it has
# Not below TMPDIR, which differs between sessions on one machine, and the lock must be the same file for all of them.
LEASES = Path("/tmp", f"gpu-leases-{os.getuid()}")
_GPU = re.compile(r"\d+|(GPU|MIG)-[\w/-]+")


def visible() -> list[str]:
    """The GPUs that this process may use: those of CUDA_VISIBLE_DEVICES, or all that nvidia-smi lists.

    Like CUDA, it stops at the first name that is no GPU, such as -1 or NoDevFiles.
    """
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return list(takewhile(_GPU.fullmatch, map(str.strip, named.split(","))))
    query = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        found = subprocess.run(query, capture_output=True, text=True)
    except FileNotFoundError:
        return []
    return found.stdout.split() if found.returncode == 0 else []


def lease(count: int, devices: list[str], folder: Path) -> list[str]:
    """Lock `count` of the devices until this process ends, and return them. Each has a lock file in the folder.

    It locks all or none, so that two jobs never block each other with half of what each needs. Waits if too few are
    free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    said = False
    while len(held := _lock(count, devices, folder)) < count:
        for file in held.values():
            os.close(file)
        if not said:
            print(f"waiting for {count} of the GPUs {', '.join(devices)}", file=sys.stderr, flush=True)
        said = True
        time.sleep(SECONDS_TO_TRY_AGAIN)
    for file in held.values():
        os.set_inheritable(file, True)  # stays open in the executed command
    return list(held)


def _lock(count: int, devices: list[str], folder: Path) -> dict[str, int]:
    """Lock up to `count` free devices; returns them with their open files."""
    held: dict[str, int] = {}
    for device in devices:
        if len(held) == count:
            break
        path = folder / device.replace("/", "_")  # a part of a GPU may be named MIG-GPU-…/1/0
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            lock(file, path)
            held[device] = file
        except BlockingIOError:
            os.close(file)
    return held


def main() -> None:
    """Lock the GPUs, and execute the command."""
    arguments = parser(__doc__)
    arguments.add_argument("--leases", type=Path, default=LEASES, help="folder of the locks, one for all on a machine")
    arguments.add_argument("count", type=int, help="GPUs")
    arguments.add_argument("command", nargs=argparse.REMAINDER, help="-- and what to run")
    options = arguments.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if options.count:
        devices = visible()
        if len(devices) < options.count:
            raise UserError(
                f"GPUs: {options.count} wanted, {len(devices)} here; change gpu below set-resources of the profile"
                " (0: on the processor), or slurm_partition to one with GPUs"
            )
        if "SLURM_JOB_ID" not in os.environ:
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(lease(options.count, devices, options.leases))
        os.environ[LEASED] = str(options.count)
    os.execvp(command[0], command)


if __name__ == "__main__":
    run(main)
