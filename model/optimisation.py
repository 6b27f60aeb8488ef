"""Adam, its learning rate over time, and the number format a machine is fast at."""

from pathlib import Path

import torch
from torch import nn

from model.config import TrainingConfig


def learning_rate(config: TrainingConfig, update: int) -> float:
    """The rate of update 1, 2, … : linear warm-up to the peak, then the schedule's decay.

    `linear` reaches 0 at the last update (mRASP, section 3.1); `inverse_sqrt` falls with the root of the update.
    """
    if update < config.warmup:
        return config.learning_rate * update / config.warmup
    if config.schedule == "inverse_sqrt":
        return config.learning_rate * (max(config.warmup, 1) / update) ** 0.5
    return config.learning_rate * max(0, config.updates - update) / max(1, config.updates - config.warmup)


def adam(model: nn.Module, config: TrainingConfig) -> torch.optim.Adam:
    """Adam over all parameters, fused where torch has a kernel for it."""
    return torch.optim.Adam(
        model.parameters(), lr=config.learning_rate, betas=config.adam_betas, eps=config.adam_eps, fused=True
    )


def choose_device() -> torch.device:
    """The first GPU, or the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_precision(wanted: str, device: torch.device) -> torch.dtype:
    """The dtype of the matrix products: what the run says, or for `auto` bfloat16 only where it is the faster one.

    A processor without bf16 instructions computes it some ten times slower than float32.
    """
    if wanted != "auto":
        return getattr(torch, wanted)
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text().split() if cpuinfo.exists() else []
    return torch.bfloat16 if {"amx_bf16", "avx512_bf16"} & set(flags) else torch.float32
