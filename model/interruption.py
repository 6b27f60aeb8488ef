"""Being asked to stop: by a scheduler before its limit, by another that takes the machine, by a user.

SIGTERM, SIGUSR1 and SIGINT are remembered; the loop sees it after the update at hand, saves and leaves with EXIT_CODE.
"""

import os
import signal
from types import FrameType

EXIT_CODE = os.EX_TEMPFAIL  # 75: nothing is wrong, start the same command again


class StopRequest:
    """Whether one of the signals has come. A second one acts as it would without this."""

    SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)

    def __init__(self) -> None:
        self.came = False
        self._before = {number: signal.signal(number, self._remember) for number in self.SIGNALS}

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        print(f"{signal.Signals(number).name}: saving after this update", flush=True)
        self.forget()

    def forget(self) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
