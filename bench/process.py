"""Measure commands and functions: seconds, processor time, and the memory of all their processes."""

import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, TypeVar

import psutil

from model.command import UserError

ROOT = Path(__file__).parents[1]
PYTHON = Path(sys.executable)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Usage:
    """Time and memory, from the start of the processes to their end."""

    wall: float = 0.0  # seconds
    processor: float = 0.0  # seconds of all processes, those that they started included
    peak: float = 0.0  # GB

    def then(self, other: "Usage") -> "Usage":
        """The usage of both, one after the other."""
        return Usage(self.wall + other.wall, self.processor + other.processor, max(self.peak, other.peak))


@dataclass(frozen=True)
class Command:
    """A command, and files for its standard input and output."""

    arguments: Sequence[str | Path]
    stdin: Path | None = None
    stdout: Path | None = None


class PeakMemory:
    """The peak memory of some processes and all their children, while the context lasts.

    It is sampled only twice a second, because sampling takes time too. Shared pages count once (PSS).
    """

    def __init__(self, *pids: int):
        self.gigabytes, self._pids = 0.0, pids
        self._ended, self._watching = threading.Event(), threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self.gigabytes = max(self.gigabytes, sum(map(_family_memory, self._pids)) / 1e9)

    def __enter__(self) -> Self:
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()


def _family_memory(pid: int) -> int:
    memory = 0
    try:
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            memory += process.memory_full_info().pss
    except psutil.Error:
        pass  # a process that ended meanwhile
    return memory


def measure(*commands: Command) -> Usage:
    """Run commands in the repository, all at the same time. Raises UserError if one fails."""
    with ExitStack() as stack:
        errors = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in commands]
        began = time.perf_counter()
        running = [_start(command, error) for command, error in zip(commands, errors, strict=True)]
        with PeakMemory(*(process.pid for process in running)) as memory:
            used = [_wait(process) for process in running]
            wall = time.perf_counter() - began
        for command, process, error in zip(commands, running, errors, strict=True):
            if process.returncode:
                error.seek(0)
                said = error.read().strip().splitlines() or [f"exit {process.returncode}"]
                raise UserError(f"{' '.join(map(str, command.arguments))}: {said[-1]}; run it alone to see more")
    return Usage(wall, sum(used), memory.gigabytes)


def measure_call(function: Callable[..., Result], *arguments: object) -> tuple[Result, Usage]:
    """Call a function in a new process. Returns its result, and its usage without the start of the process.

    An exception of the function is raised here.
    """
    (result,), used = measure_together(1, function, *arguments)
    return result, used


def measure_together(count: int, function: Callable[..., Result], *arguments: object) -> tuple[list[Result], Usage]:
    """Call a function in `count` new processes at the same time. Returns the result of each, and the usage of all.

    Several processes can join each other like those of torchrun (model/machine/processes.py). If the function fails in
    one of them, the others are killed, and its exception is raised here.
    """
    spawn = multiprocessing.get_context("spawn")
    places = _places(count)
    with ExitStack() as stack:
        pools = [stack.enter_context(ProcessPoolExecutor(1, spawn, _set_variables, (place,))) for place in places]
        pids = [pool.submit(os.getpid).result() for pool in pools]
        with PeakMemory(*pids) as memory:
            running = [pool.submit(_timed, function, arguments) for pool in pools]
            try:
                done = wait(running, return_when=FIRST_EXCEPTION).done
                failed = [future for future in done if future.exception()]
            except BaseException:
                _kill(pids)
                raise
            if failed:
                _kill(pids)
                failed[0].result()
        results, walls, processors = zip(*(future.result() for future in running), strict=True)
    return list(results), Usage(max(walls), sum(processors), memory.gigabytes)


def _places(count: int) -> list[dict[str, str]]:
    """The environment variables that model/machine/launch.py and torchrun set for so many processes; none for one."""
    if count == 1:
        return [{}]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
    shared |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    return [{**shared, "RANK": str(number), "LOCAL_RANK": str(number)} for number in range(count)]


def _set_variables(variables: dict[str, str]) -> None:
    os.environ.update(variables)


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _timed(function: Callable[..., Result], arguments: Sequence[object]) -> tuple[Result, float, float]:
    began = time.perf_counter()
    result = function(*arguments)
    wall = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return result, wall, sum(u.ru_utime + u.ru_stime for u in used)


def _start(command: Command, error: IO[str]) -> subprocess.Popen:
    with open(command.stdin or os.devnull, "rb") as stdin, open(command.stdout or os.devnull, "wb") as stdout:
        arguments = list(map(str, command.arguments))
        return subprocess.Popen(arguments, stdin=stdin, stdout=stdout, stderr=error, cwd=ROOT)


def _wait(process: subprocess.Popen) -> float:
    """Wait for the end of a process. Returns its processor seconds, with those of its children."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime
