"""Which task each batch of an update is of."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from model.command import UserError
from model.config.run import Task


def order_of_tasks(tasks: Sequence[Task], per_update: int) -> list[int]:
    """The task of each batch of an update: each task has its share of the batches, evenly spread.

    Raises UserError if the number of batches cannot be divided by these shares.
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
    # A task with `count` batches divides the update into as many equal parts, and has a batch in the middle of each.
    places = sorted((Fraction(2 * n + 1) / count, task) for task, count in enumerate(counts) for n in range(int(count)))
    return [task for _, task in places]
