"""Being asked to stop: by a scheduler before its limit, by another that takes the machine, by a user.

SIGTERM, SIGUSR1 and SIGINT are remembered; the loop sees it between two updates, saves and leaves with EXIT_CODE.
"""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

EXIT_CODE = os.EX_TEMPFAIL  # 75: nothing is wrong, start the same command again


class StopRequest:
    """Whether one of the signals has come; each is also told to `hear`.

    Schedulers send theirs more than once, to every process, so that further ones change nothing. A second Ctrl-C acts
    as it would without this.
    """

    SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)

    def __init__(self, hear: Callable[[int], object] = lambda number: None) -> None:
        self.came, self.hear = False, hear
        self._before = {number: signal.signal(number, self._remember) for number in self.SIGNALS}

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if not self.came:  # no print: a handler may come in the middle of another one
            os.write(sys.stderr.fileno(), f"{signal.Signals(number).name}: saving after this update\n".encode())
            self.hear(number)
        self.came = True
        signal.signal(signal.SIGINT, self._before[signal.SIGINT])
