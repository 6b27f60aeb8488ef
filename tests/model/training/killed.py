"""`KILL_AT=6 python -m tests.model.training.killed run.json`: train, and die by SIGKILL when an update is done.

With STOP_AT it is SIGUSR1.
"""

import os
import signal

from model import train
from model.batches import mixture

update = train.Loop.update
MOMENTS = {int(os.environ.get(name, "0")): number for name, number in (("KILL_AT", 9), ("STOP_AT", signal.SIGUSR1))}


def interrupted(loop: train.Loop, portion: mixture.Portion) -> None:
    update(loop, portion)
    if loop.state.update in MOMENTS:
        os.kill(os.getpid(), MOMENTS[loop.state.update])


if __name__ == "__main__":
    train.Loop.update = interrupted
    train.main()
