"""How the objectives of a run take turns in an update."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from model.command import UserError
from model.config import Task


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
