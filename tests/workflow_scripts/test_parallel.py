import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.command import UserError
from tests import ROOT
from workflow_scripts.parallel import in_order


def square(number):
    return number * number, os.getpid()


def refuse(number):
    raise UserError(f"number {number} is wrong; take another")


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)


def show_and_wait(number):
    print(os.getpid(), flush=True)
    time.sleep(600)


def test_results_come_in_order_whoever_makes_them():
    alone = list(in_order(square, range(50), 1))
    assert [result for result, _ in alone] == [n * n for n in range(50)]
    assert {process for _, process in alone} == {os.getpid()}
    shared = list(in_order(square, range(50), 2))
    assert [result for result, _ in shared] == [n * n for n in range(50)]
    # A short text is done before other processes are there, so they are not started for one.
    assert {process for _, process in shared[:32]} == {os.getpid()}
    assert os.getpid() not in {process for _, process in shared[32:]}


def test_only_few_jobs_are_under_way():
    taken = []
    jobs = (taken.append(n) or n for n in range(100))
    results = in_order(square, jobs, 2, alone=0)
    next(results)
    assert len(taken) == 5
    results.close()


def test_mistakes_of_the_user_come_through():
    with pytest.raises(UserError, match="number 0 is wrong"):
        list(in_order(refuse, range(9), 2, alone=0))


def test_a_process_that_is_killed_is_one_line():
    with pytest.raises(UserError, match="use fewer threads"):
        list(in_order(die, range(9), 2, alone=0))


def test_no_process_outlives_the_one_that_started_it():
    code = (
        "from tests.workflow_scripts.test_parallel import show_and_wait\n"
        "from workflow_scripts.parallel import in_order\n"
        "if __name__ == '__main__': list(in_order(show_and_wait, range(2), 1 + 1, alone=0))"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
    for worker in workers:
        for _ in range(1000):
            if not running(worker):
                break
            time.sleep(0.02)
        assert not running(worker)


def running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
