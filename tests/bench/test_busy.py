import os
import subprocess
import sys
import time

import psutil
import pytest

from bench.busy import counting
from tests import ROOT


def gone(pid):
    """Whether a process ends within ten seconds."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_so_many_processes_are_busy_while_the_block_lasts():
    with counting(2) as pids:
        assert len({*pids, os.getpid()}) == 3
        while not all(sum(psutil.Process(pid).cpu_times()[:2]) > 0.1 for pid in pids):
            time.sleep(0.05)
    assert all(map(gone, pids))


def test_they_end_where_the_block_fails():
    with pytest.raises(KeyboardInterrupt), counting(1) as pids:
        raise KeyboardInterrupt
    assert gone(pids[0])


def test_they_end_when_the_process_that_started_them_is_killed():
    code = (
        "import os, bench.busy\nwith bench.busy.counting(1) as pids: print(*pids, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert killed.returncode == -9 and gone(int(killed.stdout))


def test_none_are_started_where_none_are_asked_for():
    with counting(0) as pids:
        assert pids == []
