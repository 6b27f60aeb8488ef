"""The gradients of a model in one buffer, added up over all processes once an update."""

import os
import uuid
from math import ceil
from pathlib import Path

import torch
from torch import Tensor, nn

from model.machine.barrier import Barrier, barrier_of
from model.machine.processes import Processes

ALIGNED = 16  # numbers; each parameter begins at a multiple, for wide loads


class Gradients:
    """The gradients of all parameters, and some numbers that are added up with them.

    A parameter without a gradient has zeros, so that the sum does not depend on which process had its batches. numbers:
    how many are added up beside the gradients.
    """

    def __init__(self, model: nn.Module, processes: Processes, numbers: int):
        parameters, self.processes = list(model.parameters()), processes
        sizes = [ceil(p.numel() / ALIGNED) * ALIGNED for p in parameters]
        count, like = ceil((sum(sizes) + numbers) / ALIGNED) * ALIGNED, parameters[0]
        self.shared: Tensor | None = None
        self.barrier: Barrier | None = None
        if like.device.type == "cpu" and processes.count > 1:
            self.shared, self.barrier = _shared(processes, count)
        # In shared memory, each process has a row and the last is the sum. Elsewhere the sum takes the same place.
        self.own = like.new_zeros(count) if self.shared is None else self.shared[processes.number]
        self.total = self.own if self.shared is None else self.shared[-1]
        (self.own_weights, self.own_numbers), (self.weights, self.numbers) = (
            buffer[: sum(sizes) + numbers].split([sum(sizes), numbers]) for buffer in (self.own, self.total)
        )
        for parameter, place in zip(parameters, self.own_weights.split(sizes), strict=True):
            parameter.grad = place[: parameter.numel()].view(parameter.shape)

    def exchange(self) -> None:
        """Add up the gradients and numbers of all processes, to `weights` and `numbers`."""
        if self.shared is None or self.barrier is None:
            self.processes.add_up(self.own)
            return
        self.barrier.wait()  # until all gradients are there
        each = ceil(self.shared.size(1) / self.processes.count)
        part = slice(each * self.processes.number, each * (self.processes.number + 1))
        torch.sum(self.shared[:-1, part], 0, out=self.total[part])
        self.barrier.wait()  # until all parts of the sum are there

    def use(self, factor: Tensor) -> None:
        """Give the parameters the sums times a factor as their gradients."""
        torch.mul(self.weights, factor, out=self.own_weights)


def _machine() -> str:
    """A name of this machine and of what it runs in: processes can find each other's files where it is the same."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text() + os.readlink("/proc/self/ns/pid")
    except OSError:
        return f"unknown {uuid.uuid4()}"


def _shared(processes: Processes, count: int) -> tuple[Tensor, Barrier] | tuple[None, None]:
    """A buffer [processes + 1, count] in memory that all processes share, and a barrier to use it with.

    Neither if they are on several machines. An exchange through gloo takes three times as long.
    """
    if len(set(processes.gather([_machine()]))) > 1:
        return None, None
    rows = processes.count + 1
    file = _file(rows * count * 4) if processes.first else None
    path = processes.of_first(lambda: "" if file is None else f"/proc/{os.getpid()}/fd/{file}")
    try:
        buffer = torch.from_file(path, shared=True, size=rows * count, dtype=torch.float32).view(rows, count)
    except RuntimeError:  # there is none, or another process must not be looked into here
        buffer = None
    everywhere = all(processes.gather([buffer is not None]))
    if file is not None:
        os.close(file)
    barrier = barrier_of(processes) if everywhere else None
    return (None, None) if buffer is None or barrier is None else (buffer, barrier)


def _file(size: int) -> int | None:
    """A file in memory, or None if this machine does not let us have one."""
    try:
        file = os.memfd_create("gradients")
        os.ftruncate(file, size)
    except OSError:
        return None
    return file
