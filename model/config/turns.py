"""How the objectives of a run share its updates and batches."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from model.command import UserError
from model.config.run import RunConfig, Task
from model.objectives import OBJECTIVES


def order_of_tasks(tasks: Sequence[Task], per_update: int) -> list[int]:
    """Which task each batch of an update is of: as many as their shares say, evenly spread.

    Raises UserError where the batches of an update cannot be shared out so.
    """
    shares = [Fraction(task.share).limit_denominator(10**6) for task in tasks]
    counts = [per_update * share / sum(shares) for share in shares]
    if any(count.denominator > 1 for count in counts):
        least = lcm(*((share / sum(shares)).denominator for share in shares))
        said = ", ".join(f"{task.objective}: {task.share:g}" for task in tasks)
        raise UserError(
            f"training.batches_per_update: {per_update} cannot be shared out as objectives say ({said});"
            f" set a multiple of {least}"
        )
    turns = sorted((Fraction(2 * n + 1) / count, t) for t, count in enumerate(counts) for n in range(int(count)))
    return [task for _, task in turns]


def check_batch_tokens(config: RunConfig) -> None:
    """Raise UserError where the longest segment does not fit into a batch of each task."""
    for task in config.tasks:
        views = len(OBJECTIVES[task.objective].views)
        least, given = config.model.max_positions * views, config.training.batch_tokens
        if given < least:
            each = f" in each of the {views} batches of a segment that {task.objective} makes" if views > 1 else ""
            raise UserError(
                f"runs.{config.run}.training.batch_tokens: {given} is too little for segments of"
                f" {config.model.max_positions} subwords{each}; raise it to {least}, or lower model.max_positions"
            )
