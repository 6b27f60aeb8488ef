"""Several processes of a training on one machine: `python -m model.train run.json --processes 8`.

The process that a user starts is the first of them. It starts the others, which only compute, and ends with them.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from math import ceil
from typing import IO

import torch

from model.command import UserError
from model.machine.devices import count_cores
from model.machine.interruption import EXIT_CODE
from model.machine.lease import LEASED
from model.machine.processes import ENDED, ProcessGone

LEAST_TOKENS = 256  # of an update: fewer are not worth a process or a thread
MOST_PROCESSES = 8  # on a processor, since each has its own weights; with more cores, each has several threads
SECONDS_TO_END = 60  # that the others have after this process
SECONDS_TO_FAIL = 15  # that this process has to notice that another one has ended
PARENT = "TRAINING_STARTED_BY"  # environment variable of the others: the process that started them
PR_SET_PDEATHSIG = 1  # of prctl(2)


def is_started() -> bool:
    """Whether torchrun, srun or `start_others` has started this process, and so decides how many there are."""
    return "WORLD_SIZE" in os.environ or os.environ.get("SLURM_STEP_NUM_TASKS", "1") != "1"


def processes_here(
    processes: int, threads: int | None, tokens: int, module: str, arguments: Sequence[str]
) -> tuple[contextlib.AbstractContextManager[None], int]:
    """A context with the other processes of a training, if this one has to start them, and the threads of this one.

    processes, threads, tokens: as `share_out` takes them.
    """
    if is_started():
        _follow_parent()
        return contextlib.nullcontext(), threads_here(threads)
    processes, threads = share_out(processes, threads, tokens)
    if processes == 1:
        return contextlib.nullcontext(), threads
    return start_others(processes, threads, module, arguments), threads


def share_out(processes: int, threads: int | None, tokens: int) -> tuple[int, int]:
    """How many processes to start for a training, and how many threads each has.

    processes: that the user wants; 0 leaves it open. threads: of all processes together; None: all cores. tokens: of an
    update. On a processor, processes of one thread are preferred to threads: they wait for each other when they
    exchange gradients and not after each operation, and sleep meanwhile. So they lose less to other work.
    """
    cores = threads or count_cores()
    if torch.cuda.is_available():
        processes = processes or int(os.environ.get(LEASED, 0)) or 1
    if processes:
        return processes, max(1, cores // processes)
    useful = max(1, min(cores, tokens // LEAST_TOKENS))
    each = ceil(useful / MOST_PROCESSES)
    return useful // each, each


def threads_here(threads: int | None) -> int:
    """The threads of this process, where another program has started several: those it was given, or its cores."""
    if threads or "OMP_NUM_THREADS" in os.environ:
        return threads or torch.get_num_threads()
    return max(1, count_cores() // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


@contextlib.contextmanager
def start_others(processes: int, threads: int, module: str, arguments: Sequence[str]) -> Iterator[None]:
    """Start a module in `processes - 1` other processes, and make this one the first of them.

    They meet at the loopback address, because the name of a host need not resolve, for instance in a container. Signals
    of a terminal reach only this process, which shares the request to stop with the others; when it dies, they do. If
    one of them fails, its output is shown and this process ends. Raises UserError with what went wrong in another one.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(processes), "RANK": "0"}
    os.environ |= {"LOCAL_WORLD_SIZE": str(processes), "LOCAL_RANK": "0", "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", module, *arguments, "--threads", str(threads)]
    with contextlib.ExitStack() as files:
        others = []
        for number in range(1, processes):
            output = files.enter_context(tempfile.TemporaryFile("w+", errors="replace"))
            place = {"RANK": str(number), "LOCAL_RANK": str(number), PARENT: str(os.getpid())}
            started = subprocess.Popen(
                command,
                env={**os.environ, **place},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            others.append((started, output))
        threading.Thread(target=_watch, args=(others,), daemon=True).start()
        try:
            yield
            with contextlib.suppress(subprocess.TimeoutExpired):
                for process, _ in others:
                    process.wait(SECONDS_TO_END)
        except ProcessGone as error:
            raise UserError(_output_of_failed(others) or str(error)) from None
        finally:
            for process, _ in others:
                process.kill()


def _follow_parent() -> None:
    """Make this process die with the one that started it by `start_others`."""
    parent = os.environ.get(PARENT)
    if parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if str(os.getppid()) != parent:  # it has died before
            os._exit(1)


Others = Sequence[tuple[subprocess.Popen, IO[str]]]


def _watch(others: Others) -> None:
    """End this process if another one fails and this one does not notice, for instance while it waits for all."""
    while not (failed := _failed(others)):
        if all(process.returncode is not None for process, _ in others):
            return
        time.sleep(0.5)
    time.sleep(SECONDS_TO_FAIL)
    print(f"error: {_output_of_failed(failed)}", file=sys.stderr, flush=True)
    os._exit(1)


def _failed(others: Others) -> Others:
    return [(process, output) for process, output in others if process.poll() not in (None, 0, EXIT_CODE)]


def _output_of_failed(others: Others) -> str:
    """What a process that failed has to say, but not that another one has ended if one says more."""
    time.sleep(1)  # the one that fails closes its connections before it ends
    said = [_output_of(*other) for other in _failed(others)]
    return next((text for text in said if not text.startswith(ENDED)), "\n".join(said[:1]))


def _output_of(process: subprocess.Popen, output: IO[str]) -> str:
    """The error line of a process that failed, or all of its output if there is none."""
    output.seek(0)
    text = output.read().strip()
    lines = [line.removeprefix("error: ") for line in text.splitlines() if line.startswith("error: ")]
    if lines:
        return lines[-1]
    if process.returncode == -signal.SIGKILL:
        return "a process of this training was killed, perhaps for lack of memory; run it with fewer --processes"
    return f"process {process.pid} of this training ended with {process.returncode}:\n{text}"
