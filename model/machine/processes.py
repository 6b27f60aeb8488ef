"""The processes that train one model: one, or several started by `model.train`, torchrun or srun."""

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from model.command import UserError

# How long a process may wait for the others: for the lock of a run, or until the first has published the model.
PATIENCE = timedelta(hours=12)
ENDED = "another process of this training has ended"
T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """The processes of a run, seen from one of them."""

    number: int = 0  # of this one
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and prints."""
        return self.number == 0

    def sum(self, *values: float) -> list[float]:
        """The sums of numbers over all processes, in float64."""
        if self.count == 1:
            return list(values)
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        total = torch.tensor(values, dtype=torch.float64, device=device)
        with _all_alive():
            dist.all_reduce(total)
        return total.tolist()

    def gather(self, items: list[Any]) -> list[Any]:
        """The items of all processes, in the order of the processes."""
        if self.count == 1:
            return items
        everywhere: list[list[Any]] = [[] for _ in range(self.count)]
        with _all_alive():
            dist.all_gather_object(everywhere, items)
        return [item for some in everywhere for item in some]

    def of_first(self, function: Callable[[], T]) -> T:
        """What a function returns in the first process, which alone calls it. All processes raise its UserError."""
        found: list[tuple[T | None, UserError | None]] = []
        if self.first:
            try:
                found = [(function(), None)]
            except UserError as error:
                found = [(None, error)]
        ((value, refusal),) = self.gather(found)
        if refusal:
            raise refusal
        return value  # type: ignore[no-any-return]

    def wait(self) -> None:
        """Wait until all processes have called this."""
        self.sum(0.0)

    def spread(self, tensors: Iterable[Tensor]) -> None:
        """Give tensors the numbers that they have in the first process."""
        if self.count > 1:
            with _all_alive():
                for tensor in tensors:
                    dist.broadcast(tensor, 0)

    def add_up(self, tensor: Tensor) -> None:
        """Replace a tensor by its sum over all processes."""
        if self.count > 1:
            with _all_alive():
                dist.all_reduce(tensor)


class ProcessGone(UserError):
    """Another process of the training has ended, and with it the connection to it. reason: what the library said."""

    def __init__(self, reason: str = ""):
        super().__init__(
            f"{ENDED}{f' ({reason})' if reason else ''}; see its own error, and run the same command again: it"
            " continues from the last checkpoint"
        )


@contextlib.contextmanager
def _all_alive() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and "gloo" not in str(error):
            raise
        raise ProcessGone(str(error).splitlines()[0][:200]) from None


def join() -> Processes:
    """Join the other processes, if there are any. Each takes the GPU with its number on its machine.

    Raises UserError if there are fewer GPUs, or if processes of srun have no MASTER_ADDR and MASTER_PORT.
    """
    _translate_from_srun()
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Processes()
    if torch.cuda.is_available():
        number, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if number >= gpus:
            raise UserError(f"{number + 1} processes on a machine of {gpus} GPUs; start at most one for each")
        torch.cuda.set_device(number)
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=PATIENCE)
    # Never freed: gloo's destructor holds the GIL and waits for threads that may wait for the GIL (torch 2.13).
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(dist.group.WORLD))
    return Processes(dist.get_rank(), count)


def _translate_from_srun() -> None:
    """Copy srun's environment variables to those of torchrun, if srun started several processes."""
    count = os.environ.get("SLURM_STEP_NUM_TASKS", "1")
    if count == "1" or "WORLD_SIZE" in os.environ:  # one process, or torchrun started by srun
        return
    if not os.environ.keys() >= {"MASTER_ADDR", "MASTER_PORT"}:
        raise UserError(
            f"srun started {count} processes; export MASTER_ADDR and MASTER_PORT, a machine and a free port of it where"
            " they meet, as docs/how-to/cluster.md shows"
        )
    names = {"WORLD_SIZE": "SLURM_STEP_NUM_TASKS", "RANK": "SLURM_PROCID", "LOCAL_RANK": "SLURM_LOCALID"}
    os.environ.update({name: os.environ[theirs] for name, theirs in names.items()})


def leave() -> None:
    """Leave the process group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()
