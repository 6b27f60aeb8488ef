import pytest
import torch

from model.machine.launch import share_out, threads_here


@pytest.mark.parametrize(
    ("processes", "threads", "tokens", "expected"),
    [
        (0, 8, 4096, (8, 1)),  # one of one thread for each core
        (0, 8, 1000, (3, 1)),  # of an update of 1,000 tokens, more than three would get too little
        (0, 8, 100, (1, 1)),
        (0, 64, 4096, (8, 2)),  # each process has its own weights, so there are not many
        (0, 64, 65536, (8, 8)),
        (0, 9, 65536, (4, 2)),
        (0, 12, 65536, (6, 2)),
        (0, 15, 65536, (7, 2)),
        (0, 23, 65536, (7, 3)),
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


def test_a_process_that_another_program_started_keeps_its_threads(monkeypatch):
    assert threads_here(4) == 4
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("model.machine.launch.count_cores", lambda: 16)
    assert threads_here(None) == 16
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "8")
    assert threads_here(None) == 2
    monkeypatch.setenv("OMP_NUM_THREADS", "5")  # which is of each process
    monkeypatch.setattr(torch, "get_num_threads", lambda: 5)
    assert threads_here(None) == 5
