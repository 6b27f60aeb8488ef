"""Other work on the machine while something is timed: processes that only count.

They end with the block that started them, also when it fails. They also end by themselves once the process that
started them is gone, for instance after kill -9.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

COUNT = """
import os, sys
parent = int(sys.argv[1])
while os.getppid() == parent:
    for number in range(1_000_000):
        pass
"""


@contextmanager
def counting(processes: int) -> Iterator[list[int]]:
    """Run so many processes that only count, while the block lasts. Gives their process ids."""
    started: list[subprocess.Popen] = []
    try:
        for _ in range(processes):
            started.append(subprocess.Popen([sys.executable, "-S", "-c", COUNT, str(os.getpid())]))
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
