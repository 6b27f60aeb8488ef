"""GPUs that are made up, and real processes that lease them."""

import os
import subprocess
import sys

import pytest

from model.command import UserError
from model.machine import lease
from tests import ROOT

SHOW = [sys.executable, "-c", "import os; print(os.environ.get('CUDA_VISIBLE_DEVICES'), flush=True); input()"]


@pytest.fixture
def start(tmp_path):
    running = []

    def start(count: int, command: list[str] = SHOW, **variables: str) -> subprocess.Popen:
        """A command with leased GPUs of the machine's four; it ends with its standard input."""
        machine = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        machine |= {"CUDA_VISIBLE_DEVICES": "0,1,2,3", **variables}
        words = [sys.executable, "-m", "model.machine.lease", "--leases", str(tmp_path), str(count), "--", *command]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running.append(subprocess.Popen(words, cwd=ROOT, env=machine, text=True, **pipes))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_jobs_side_by_side_have_gpus_of_their_own_and_others_wait(start):
    two, one = start(2), start(1)
    taken = [process.stdout.readline().strip() for process in (two, one)]
    first, second = (set(names.split(",")) for names in taken)
    assert len(first) == 2 and len(second) == 1 and not first & second
    waiting = start(2)
    assert waiting.stderr.readline() == "waiting for 2 of the GPUs 0, 1, 2, 3\n"  # one is free
    two.kill()  # however it ends
    assert set(waiting.stdout.readline().strip().split(",")) < {"0", "1", "2", "3"} - second
    assert waiting.communicate("\n")[0] == "" and waiting.returncode == 0


def test_in_a_job_of_slurm_they_are_only_counted(start):
    """Each job may call its own 0, so that locks would say nothing."""
    for _ in range(2):
        assert start(1, CUDA_VISIBLE_DEVICES="0", SLURM_JOB_ID="7").stdout.readline() == "0\n"
    few = start(2, CUDA_VISIBLE_DEVICES="0", SLURM_JOB_ID="7")
    assert few.wait(30) == 1 and few.stderr.read().startswith("error: GPUs: 2 wanted, 1 here; change gpu")


def test_parts_of_a_gpu_can_be_leased_by_both_forms_of_their_names(start):
    names = "MIG-GPU-12ab/1/0,MIG-34cd"
    assert start(2, CUDA_VISIBLE_DEVICES=names).stdout.readline().strip() == names


def test_a_machine_without_is_one_line(start):
    none = start(1, CUDA_VISIBLE_DEVICES="")
    assert none.wait(30) == 1
    (line,) = none.stderr.read().splitlines()
    assert line.startswith("error: GPUs: 1 wanted, 0 here; change gpu below set-resources of the profile")


def test_none_wanted_leaves_the_machine_as_it_is(start):
    for seen in ("", "0,1,2,3"):
        assert start(0, CUDA_VISIBLE_DEVICES=seen).stdout.readline() == f"{seen}\n"


def test_gpus_are_those_that_nvidia_smi_lists(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lease.visible() == []
    (tmp_path / "nvidia-smi").write_text('#!/bin/sh\n[ "$1" = --query-gpu=index ] && echo 0 && echo 1\n')
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert lease.visible() == ["0", "1"]
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho no driver; exit 9\n")
    assert lease.visible() == []


def test_half_of_what_is_wanted_is_not_kept(tmp_path, monkeypatch):
    """Of two that want two of three each, one has them and the other nothing."""
    first = lease.lease(2, ["0", "1", "2"], tmp_path)
    monkeypatch.setattr(lease.time, "sleep", lambda seconds: (_ for _ in ()).throw(UserError("waits")))
    with pytest.raises(UserError, match="waits"):
        lease.lease(2, ["0", "1", "2"], tmp_path)
    assert first == ["0", "1"] and lease.lease(1, ["0", "1", "2"], tmp_path) == ["2"]


@pytest.mark.parametrize(
    ("named", "usable"),
    [
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("none", []),
        ("0, 1", ["0", "1"]),
        ("2,-1,3", ["2"]),
        ("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", ["GPU-8932f937-d72c-4106-c12f-20bd9faed9f6"]),
        ("MIG-GPU-8932f937/1/2,0", ["MIG-GPU-8932f937/1/2", "0"]),
    ],
)
def test_what_is_no_gpu_ends_the_list_as_it_does_for_cuda(monkeypatch, named, usable):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert lease.visible() == usable


def test_sessions_with_temporary_folders_of_their_own_share_the_locks():
    found = [
        subprocess.run(
            [sys.executable, "-c", "from model.machine.lease import LEASES; print(LEASES)"],
            cwd=ROOT, env={**os.environ, "TMPDIR": folder}, capture_output=True, text=True, check=True,
        ).stdout
        for folder in ("/tmp", "/var/tmp")
    ]  # fmt: skip
    assert found[0] == found[1]


def test_the_command_knows_how_many_it_has(start):
    show = [sys.executable, "-c", f"import os; print(os.environ.get('{lease.LEASED}'), flush=True); input()"]
    assert start(3, show).stdout.readline() == "3\n"
