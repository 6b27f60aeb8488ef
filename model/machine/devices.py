"""Device, number format, threads and memory of the machine that a command runs on."""

import argparse
import contextlib
import ctypes
import os
import shutil
import sysconfig
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from model.command import UserError
from model.machine.lease import LEASED

# Instructions for bf16, and the width of a model from which they train it faster than float32 does. Thousand target
# tokens a second of one thread in float32 and bf16, with batches of 500 tokens. With AMX: 8.0, 7.4 at width 128; 4.8,
# 5.3 at 192; 2.3, 3.3 at 256; 0.42, 0.74 at 512. With avx512_bf16 alone: 6.5, 6.6 at width 96; 5.5, 6.5 at 128;
# 2.9, 4.1 at 192; 2.2, 3.1 at 256; 0.67, 1.1 at 512. Larger batches gain more.
BF16_WIDTHS = {"amx_bf16": 192, "avx512_bf16": 128}
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)


def choose_device() -> torch.device:
    """The first GPU, or the processor.

    Raises UserError if the command was leased GPUs (model/machine/lease.py) that torch cannot use: the driver is then
    too old for this build of torch, or it is a build without CUDA.
    """
    leased, usable = int(os.environ.get(LEASED, 0)), torch.cuda.device_count()
    if usable < leased:
        raise UserError(
            f"GPUs: this command has {leased}, of which torch {torch.__version__} can use {usable}; install a build of"
            " torch that fits the driver, or set gpu: 0 below set-resources of the profile (on the processor)"
        )
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def check_compiler(device: torch.device) -> str | None:
    """What torch.compile lacks on this machine, in a few words, or None if it can compile.

    On a GPU, Triton builds a small module in C. On the processor, everything is compiled as C++.
    """
    named = os.environ.get("CC" if device.type == "cuda" else "CXX")
    usual = ("gcc", "clang", "cc") if device.type == "cuda" else ("g++", "clang++")
    if not any(map(shutil.which, [named] if named else usual)):
        return f"no compiler ({named or ' or '.join(usual[:2])}) is installed"
    header = Path(sysconfig.get_path("include"), "Python.h")
    if device.type == "cuda" and not header.exists():
        return f"{header} is not installed (Debian: python3-dev)"
    return None


def choose_kernels(deterministic: bool) -> None:
    """Let torch use only kernels that give the same bits each time, or any. To be called before a GPU is used.

    Then torch raises RuntimeError if an operation has no such kernel.
    """
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs for it
    torch.use_deterministic_algorithms(deterministic)
    # Nothing here reads memory before it is written, so filling it first would only take time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def choose_precision(wanted: str, device: torch.device, width: int) -> torch.dtype:
    """The dtype of matrix products of a model of this width: that of the run, or for `auto` the faster one.

    That is bfloat16 on a GPU that has it, and on a processor that has instructions for it if the model is wide enough;
    else float32. A processor without such instructions is about ten times slower in bf16 than in float32. int8 is for
    decoding only. Raises UserError for int8 where `has_int8` is false.
    """
    if wanted == "int8" and not has_int8(device):
        raise UserError(
            "precision: int8 needs a processor with VNNI instructions, and no GPU; write auto in place of int8"
        )
    if wanted != "auto":
        return getattr(torch, wanted)
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    # A processor with AMX has both, and uses AMX.
    least = next((least for name, least in BF16_WIDTHS.items() if name in _instructions()), None)
    return torch.float32 if least is None or width < least else torch.bfloat16


def has_int8(device: torch.device) -> bool:
    """Whether it is a processor with instructions for int8 (VNNI). Without them, sums of products may overflow."""
    return device.type == "cpu" and bool({"avx512_vnni", "avx_vnni"} & _instructions())


def _instructions() -> set[str]:
    """What /proc/cpuinfo says that the processor can do, among other words."""
    cpuinfo = Path("/proc/cpuinfo")
    return set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()


def autocast(device: torch.device, precision: torch.dtype) -> torch.autocast:
    """A context in which matrix products have this precision. With float32 it changes nothing."""
    return torch.autocast(device.type, precision, enabled=precision != torch.float32)


def read_later(tensor: Tensor) -> Callable[[], list[float]]:
    """Start to copy a tensor to the processor. Returns a function that waits for this copy alone and gives its numbers.

    Reading the tensor itself would wait for all that a GPU was given since.
    """
    copied = tensor.to("cpu", non_blocking=True)
    if not tensor.is_cuda:
        return copied.tolist
    done = torch.cuda.Event()
    done.record()

    def numbers() -> list[float]:
        done.synchronize()
        return copied.tolist()

    return numbers


@cache
def matrix_rate(device: torch.device, precision: torch.dtype) -> float:
    """Operations a second of large matrix products, measured: the most that a model can reach on this device."""
    size, times = (8192, 20) if device.type == "cuda" else (512, 3)
    # Random numbers, because products of equal ones draw less power and are faster.
    square = torch.randn(size, size, device=device, dtype=precision)
    product = square @ square  # the first one takes longer
    _wait(device)
    seconds = []
    for _ in range(5):  # the fastest counts, because other work on the machine slows some down
        began = time.perf_counter()
        for _ in range(times):
            torch.mm(square, square, out=product)
        _wait(device)
        seconds.append(time.perf_counter() - began)
    return times * 2 * size**3 / min(seconds)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def count_cores() -> int:
    """Cores that this process may use: those of its affinity and its container, or as OMP_NUM_THREADS says."""
    if "OMP_NUM_THREADS" in os.environ:
        return torch.get_num_threads()
    import joblib

    return int(joblib.cpu_count())


def add_threads(arguments: argparse.ArgumentParser) -> None:
    """Add --threads to a command, for `use_processor`."""
    arguments.add_argument("--threads", type=int, help="processor threads (default: all)")


def use_processor(threads: int | None) -> None:
    """Set the number of processor threads (None: all), and make the allocator keep freed memory."""
    if threads:
        torch.set_num_threads(threads)
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Make glibc keep large freed blocks for reuse: about 30% more updates a second on a processor."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        # Older versions refuse a threshold above half of their heap size.
        if libc.mallopt(M_MMAP_THRESHOLD, 1 << 30) or libc.mallopt(M_MMAP_THRESHOLD, 1 << 25):
            libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)
