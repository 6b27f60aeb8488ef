"""Adam, the learning rate schedule, and the check for abnormal gradients."""

import statistics
from collections.abc import Sequence

import torch
from torch import nn

from model.config.training import TrainingConfig

LARGEST = torch.finfo(torch.float32).max
USUAL = 100  # number of gradient norms whose median counts as usual


def learning_rate(config: TrainingConfig, update: int) -> float:
    """The rate of update 1, 2, … : linear warm-up to the peak, then the schedule's decay.

    `linear` reaches 0 at the last update (mRASP, section 3.1); `inverse_sqrt` falls with the root of the update. The
    warm-up begins above 0, at the rate that both papers' code begins with.
    """
    if update < config.warmup:
        return config.warmup_from + (config.learning_rate - config.warmup_from) * update / config.warmup
    if config.schedule == "inverse_sqrt":
        return config.learning_rate * (max(config.warmup, 1) / update) ** 0.5
    return config.learning_rate * max(0, config.updates - update) / max(1, config.updates - config.warmup)


def adam(model: nn.Module, config: TrainingConfig) -> torch.optim.Adam:
    """Adam over all parameters, with torch's fused kernel."""
    return torch.optim.Adam(
        model.parameters(), lr=config.learning_rate, betas=config.adam_betas, eps=config.adam_eps, fused=True
    )


def largest_norm(before: Sequence[float], spike: float) -> float:
    """The largest norm of a gradient that is not skipped: `spike` times the median of the last 100 norms.

    Fewer norms are not compared. Norms that are not finite are always skipped.
    """
    known = bool(spike) and len(before) >= USUAL
    return spike * statistics.median(before[-USUAL:]) if known else LARGEST
