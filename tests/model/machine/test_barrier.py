import os
import signal

import pytest
import torch.distributed as dist

from model.machine.barrier import barrier_of
from model.machine.processes import Processes, ProcessGone
from tests.model.forked import started

ROUNDS = 200


def meet(number, count, pipe, folder, last):
    """Write the number of each round to a file, and read those of the others. The last process ends after `last`."""
    dist.init_process_group("gloo")
    barrier, seen = barrier_of(Processes(number, count)), []
    own = os.open(folder / str(number), os.O_CREAT | os.O_RDWR)
    barrier.wait()
    try:
        for turn in range(ROUNDS):
            if number == count - 1 and turn == last:
                os.kill(os.getpid(), signal.SIGKILL)
            os.pwrite(own, b"%d" % turn, 0)
            barrier.wait()
            seen.append({int((folder / str(other)).read_text()) for other in range(count)} == {turn})
            barrier.wait()
    except ProcessGone as error:
        seen = str(error)
    pipe.send(seen)
    os._exit(0)


@pytest.mark.parametrize("count", [2, 3])
def test_nobody_goes_on_before_all_are_there(tmp_path, count):
    found = [pipe.recv() if pipe.poll(60) else None for _, pipe in started(count, meet, tmp_path, None)]
    assert found == [[True] * ROUNDS] * count


@pytest.mark.parametrize("count", [2, 3])
def test_where_one_has_died_nobody_waits(tmp_path, count):
    others = started(count, meet, tmp_path, 50)[:-1]
    found = [pipe.recv() if pipe.poll(60) else None for _, pipe in others]
    assert all(said.startswith("another process of this training has ended; see its own error") for said in found)


def test_where_processes_may_not_look_into_each_other_there_is_none(monkeypatch):
    def refuse(path, flags):
        raise PermissionError(path)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(Processes, "gather", lambda self, items: items * self.count)
    assert barrier_of(Processes(0, 2)) is None
