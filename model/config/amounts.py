"""Sizes and schedules for the amount of text that a model learns from, where a study leaves them open.

Small text wants a small model, small batches and more dropout (Sennrich and Zhang 2019, "Revisiting low-resource neural
machine translation"). A large model learns a small text by heart, and the paper's 150,000 updates take days.
"""

import math
from dataclasses import dataclass, field
from typing import Any

EVALUATIONS = 40  # of a whole training
PATIENCE = 10  # evaluations without a better one before a training ends
FINE_TUNING_RATE = 5e-4  # the highest learning rate of a model that starts from another


@dataclass(frozen=True)
class Amount:
    """What fits up to an amount of text. epochs: how often the training may read it."""

    segments: float
    preset: str
    epochs: int
    training: dict[str, Any] = field(default_factory=dict)


# The first row is close to the demo. The third is the base model of Vaswani et al. 2017, and the last is mRASP.
AMOUNTS = (
    Amount(30_000, "tiny", 25, {"batch_tokens": 1000, "learning_rate": 2.5e-3, "warmup": 400, "dropout": 0.3}),
    Amount(300_000, "small", 20, {"batch_tokens": 2000, "learning_rate": 1.5e-3, "warmup": 1000, "dropout": 0.3}),
    Amount(5_000_000, "base", 15, {"batch_tokens": 4096, "learning_rate": 7e-4, "warmup": 4000, "dropout": 0.1}),
    Amount(math.inf, "mrasp", 10),
)


def fitting(segments: int) -> Amount:
    """The row of an amount of text."""
    return next(row for row in AMOUNTS if segments <= row.segments)


def schedule(
    segments: int, tokens: int, given: dict[str, Any], fine_tuning: bool, positions: int = 0
) -> dict[str, Any]:
    """The keys of `training` for some text. given: what the study says, which counts before everything else.

    positions: of the model; a batch holds a segment of this length. `updates` is the number that reads the text
    `epochs` times. The training ends earlier when it no longer gets better.
    """
    row = fitting(segments)
    chosen = {"patience": PATIENCE, **row.training, **given}
    if "batch_tokens" not in given and positions > chosen.get("batch_tokens", 4096):
        chosen["batch_tokens"] = positions
    if fine_tuning and "learning_rate" not in given:
        chosen["learning_rate"] = min(FINE_TUNING_RATE, chosen.get("learning_rate", FINE_TUNING_RATE))
    of_update = chosen.get("batch_tokens", 4096) * chosen.get("batches_per_update", 1)
    every = chosen.get("evaluate_every") or max(10, math.ceil(row.epochs * tokens / of_update / EVALUATIONS))
    updates = EVALUATIONS * every if "evaluate_every" not in given else math.ceil(row.epochs * tokens / of_update)
    warmup = given.get("warmup", min(chosen.get("warmup", 4000), updates // 10))
    return {**chosen, "updates": updates, "evaluate_every": every, "warmup": warmup}
