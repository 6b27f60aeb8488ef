"""Requests to stop: from a scheduler at its time limit or before pre-emption, or from a user.

SIGTERM, SIGUSR1 and SIGINT are remembered. The training loop checks after each update, saves, and exits with EXIT_CODE.
"""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

EXIT_CODE = os.EX_TEMPFAIL  # 75: nothing is wrong, start the same command again


class StopRequest:
    """Whether one of the signals has come. `hear` is called with the first one.

    Schedulers send signals more than once and to every process, so further ones change nothing. A second Ctrl-C ends
    the process as usual.
    """

    SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)

    def __init__(self, hear: Callable[[int], object] = lambda number: None) -> None:
        self.came, self.hear = False, hear
        self._before = {number: signal.signal(number, self._remember) for number in self.SIGNALS}

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if not self.came:  # no print, which a handler must not call while another print is running
            os.write(sys.stderr.fileno(), f"{signal.Signals(number).name}: saving after this update\n".encode())
            self.hear(number)
        self.came = True
        signal.signal(signal.SIGINT, self._before[signal.SIGINT])
