import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from model.command import UserError
from model.machine.workers import Workers
from tests import ROOT

MANY = range(2000)


def square_in(_):
    """What a process does: it says who did it."""
    return lambda item: (item * item, os.getpid())


def slow(item):
    time.sleep(0.01)
    return item * item, os.getpid()


def death_of(signal_number):
    return lambda item: os.kill(os.getpid(), signal_number)


def refusal():
    def refuse(item):
        raise UserError(f"item {item} is wrong")

    return refuse


def never_made():
    os._exit(3)


def refused():
    raise UserError("the model cannot be read")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_item_is_done_once_whatever_the_number_of_processes(count):
    items, others = range(20), set()
    with Workers(count, square_in, "x") as workers:
        for _ in range(1 if count == 1 else 500):  # until others are ready, which then serve again
            found = sorted(workers.map(slow, items))
            assert [(number, result) for number, (result, _) in found] == [(n, n * n) for n in items]
            if others:
                break
            others = {process for _, (_, process) in found} - {os.getpid()}
    assert bool(others) == (count > 1) and len(others) <= count
    assert not multiprocessing.active_children()


def test_one_item_starts_no_process_and_few_items_do_not_wait_for_one():
    with Workers(2, time.sleep, 1000) as workers:  # a process that is never ready
        assert [*workers.map(slow, [3])] == [(0, (9, os.getpid()))] and not multiprocessing.active_children()
        began = time.monotonic()
        assert {process for _, (_, process) in workers.map(slow, range(5))} == {os.getpid()}
        assert time.monotonic() - began < 60 and multiprocessing.active_children()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("work", "message"),
    [
        ((death_of, signal.SIGKILL), "a process of this command was killed"),
        ((never_made,), "a process of this command was killed"),
        ((refusal,), "item [0-9]+ is wrong"),
        ((refused,), "the model cannot be read"),
    ],
)
def test_a_process_that_fails_is_one_error(work, message):
    with pytest.raises(UserError, match=message), Workers(2, *work) as workers:
        for _ in workers.map(slow, MANY):
            pass
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_all_processes_end_when_the_command_ends(number):
    program = """if True:
        from model.command import run
        from model.machine.workers import Workers
        from tests.model.machine.test_workers import slow, square_in
        def main():
            with Workers(2, square_in, "x") as workers:
                for _, (_, process) in workers.map(slow, range(10**5)):
                    print(process, flush=True)
        run(main)"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        of_others = {int(line) for line, _ in zip(process.stdout, range(1000), strict=False)} - {process.pid}
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert "Traceback" not in said and of_others
    for _ in range(600):
        if not any(os.path.exists(f"/proc/{other}") for other in of_others):
            break
        time.sleep(0.1)
    else:
        pytest.fail("a process outlives its command")
