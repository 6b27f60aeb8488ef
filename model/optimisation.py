"""Adam and its learning rate over time."""

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
