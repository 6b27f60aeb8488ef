import subprocess

import pytest
import torch

from model.machine.launch import launch, share_out


def test_processes_meet_at_an_address_that_needs_no_name(monkeypatch):
    """The name of a host need not resolve: torchrun then waits for ever."""
    started = []

    class Ended:
        def __init__(self, command, **_):
            started.extend(command)

        def wait(self):
            return 3

        send_signal = None

    monkeypatch.setattr(subprocess, "Popen", Ended)
    assert launch("model.train", 2, 1, ["run.json"]) == 3
    assert "--local-addr=127.0.0.1" in started and started[-5:] == ["-m", "model.train", "run.json", "--threads", "1"]


@pytest.mark.parametrize(
    ("processes", "threads", "tokens", "expected"),
    [
        (0, 8, 4096, (8, 1)),  # one of one thread for each core
        (0, 8, 1000, (3, 2)),  # of an update of 1,000 tokens, more than three would get too little
        (0, 8, 100, (1, 8)),
        (1, 8, 4096, (1, 8)),  # as the user wants
        (4, 8, 100, (4, 2)),
        (4, 2, 4096, (4, 1)),
    ],
)
def test_cores_become_processes_as_far_as_an_update_can_be_parted(processes, threads, tokens, expected):
    assert share_out(processes, threads, tokens) == expected


def test_a_processor_is_not_asked_for_its_cores_where_gpus_do_the_work(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert share_out(0, 16, 4096) == (1, 16) and share_out(2, 16, 4096) == (2, 8)
    monkeypatch.setenv("LEASED_GPUS", "8")
    assert share_out(0, 16, 4096) == (8, 2)


def test_cores_are_those_of_the_container_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert share_out(0, None, 4096) == (1, 1)
