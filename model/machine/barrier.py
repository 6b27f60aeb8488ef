"""A barrier for the processes of one machine, which wait asleep."""

import contextlib
import os

from model.machine.processes import Processes, ProcessGone


class Barrier:
    """Pipes through which each process tells each other one that it is there.

    A wait takes a tenth of a millisecond. Through gloo it took 1.7 and 3.5 ms after 20 ms of computing, because a
    thread of gloo has to wake up too. readers, writers: ends of the pipes from and to each other process.
    """

    def __init__(self, readers: list[int], writers: list[int]):
        self.readers, self.writers = readers, writers

    def wait(self) -> None:
        """Wait until all processes have called this. Raises ProcessGone if one has ended."""
        try:
            for end in self.writers:
                os.write(end, b"!")
            here = all(os.read(end, 1) for end in self.readers)
        except BrokenPipeError:
            here = False
        if not here:
            raise ProcessGone()


def barrier_of(processes: Processes) -> Barrier | None:
    """A barrier, or None if a process may not open what another one offers. All processes must call it."""
    pipes = [os.pipe() for _ in range(processes.count)]
    offered = processes.gather([[f"/proc/{os.getpid()}/fd/{writer}" for _, writer in pipes]])
    others = [number for number in range(processes.count) if number != processes.number]
    readers, writers = [pipes[other][0] for other in others], list[int]()
    with contextlib.suppress(OSError):
        for other in others:
            writers.append(os.open(offered[other][processes.number], os.O_WRONLY))
    everywhere = all(processes.gather([len(writers) == len(others)]))
    # An own end for writing would keep a pipe open when the process at its other end has died.
    unused = [writer for _, writer in pipes] + [pipes[processes.number][0]]
    for end in unused if everywhere else [*unused, *readers, *writers]:
        os.close(end)
    return Barrier(readers, writers) if everywhere else None
