"""The processes that train one model: one alone, or as many as torchrun started."""

import os
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Processes:
    """All processes of a run, as one of them sees them."""

    number: int = 0  # of this one
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.number == 0

    def sum(self, *values: float) -> list[float]:
        """The sums of numbers over all processes, in float64."""
        if self.count == 1:
            return list(values)
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        total = torch.tensor(values, dtype=torch.float64, device=device)
        dist.all_reduce(total)
        return total.tolist()

    def gather(self, items: list[Any]) -> list[Any]:
        """The items of all processes, in the order of these."""
        if self.count == 1:
            return items
        everywhere: list[list[Any]] = [[] for _ in range(self.count)]
        dist.all_gather_object(everywhere, items)
        return [item for some in everywhere for item in some]

    def wait(self) -> None:
        """Go on when all processes have come here."""
        self.sum(0.0)

    def together(self, module: nn.Module) -> nn.Module:
        """A module whose gradients are the mean over all processes."""
        if self.count == 1:
            return module
        return DistributedDataParallel(module, gradient_as_bucket_view=True)

    def agree(self, module: nn.Module, last: bool) -> None:
        """Say of the next forward whether it is the last before an optimizer step: gradients are exchanged once."""
        if isinstance(module, DistributedDataParallel):
            module.require_backward_grad_sync = last  # what its no_sync() sets


def join() -> Processes:
    """Join the processes that torchrun started; alone without it. Each takes the GPU of its number on its machine."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Processes()
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return Processes(dist.get_rank(), count)


def leave() -> None:
    """Part from the others, where there are any."""
    if dist.is_initialized():
        dist.destroy_process_group()
