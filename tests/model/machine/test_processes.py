"""Real processes: one and two of them learn the same; killed or stopped, they end as if nothing had happened."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file

from model.command import UserError
from model.config.run import IntraDistillation, Task
from model.machine.interruption import EXIT_CODE, StopRequest
from model.machine.processes import Processes
from model.records import write_json
from model.train import Loop
from model.train import train as trains
from tests import ROOT
from tests.model.forked import started
from tests.model.test_train import equal, metrics
from tests.model.toy_run import changed, prepare

MODEL = "model/model.safetensors"


@pytest.fixture
def config(tmp_path):
    return changed(prepare(tmp_path), batches_per_update=4, checkpoint_every=3, updates=8)


def train(config, folder: Path, processes: int = 1, module: str = "model.train", **variables: str) -> int:
    """The exit code of a training as users start it."""
    write_json(folder / "run.json", config.model_dump())
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)] if processes > 1 else []
    command = [sys.executable, *start, "-m", module, str(folder / "run.json"), "--threads", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    done = subprocess.run(command, cwd=ROOT, env=environment, timeout=600, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.returncode


def norms(folder: Path) -> list[float]:
    return json.loads((folder / "checkpoints/update-00000008/state.json").read_text())["norms"]


@pytest.fixture
def separate(config):
    """Rows of the encoder's own get no gradient from translation; processes must not wait for one."""
    return config.model_copy(update={"model": config.model.model_copy(update={"encoder_projection": "separate"})})


def learned(number, count, pipe, config, folder):
    trains(config, folder, StopRequest())


@pytest.mark.parametrize(
    "per_update", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(4, marks=pytest.mark.slow)]
)
def test_one_two_and_three_processes_learn_the_same(separate, tmp_path, per_update):
    """Sums are taken in another order; dropout is the same, row by row."""
    config, found = changed(separate, batches_per_update=per_update, dropout=0.3, attention_dropout=0.3), {}
    for count in (1, 2, 3, 3):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        for process, _ in started(count, learned, config, folder):
            process.join(120)
        found[folder] = count
    first, *others = found
    for folder in others:
        for one, several in zip(metrics(first), metrics(folder), strict=True):
            assert several == pytest.approx(one, rel=1e-4)
        assert norms(folder) == pytest.approx(norms(first), rel=1e-4)  # Adam would not tell gradients of another scale
    assert equal(*(load_file(folder / MODEL) for folder in others[-2:]))  # the same bytes for the same number


@pytest.mark.slow
def test_two_processes_that_are_killed_resume_to_the_bit(separate, tmp_path):
    two, killed = tmp_path / "two", tmp_path / "killed"
    assert train(separate, two, 2) == 0
    assert train(separate, killed, 2, "tests.model.training.killed", KILL_AT="7") != 0
    assert sorted(path.name for path in (killed / "checkpoints").glob("update-*")) == [
        "update-00000004", "update-00000006"
    ]  # fmt: skip
    assert train(separate, killed, 2) == 0
    assert equal(load_file(killed / MODEL), load_file(two / MODEL)) and metrics(killed) == metrics(two)


@pytest.mark.slow
def test_with_several_objectives_and_passes_too(config, tmp_path):
    """One process has what neither embeds a target nor decodes; both wait for the gradients of all."""
    shards = config.tasks[0].shards
    tasks = [*config.tasks, Task(objective="dae", shards=shards), Task(objective="mlm", shards=shards, share=2.0)]
    several = {"tasks": tasks, "intra_distillation": IntraDistillation(alpha=5, passes=2)}
    config, alone, two, stopped = config.model_copy(update=several), *(tmp_path / name for name in ("1", "2", "s"))
    assert train(config, alone) == 0 and train(config, two, 2) == 0
    for one, both in zip(metrics(alone), metrics(two), strict=True):
        assert both == pytest.approx(one, rel=1e-4) and {"train_loss_mlm", "train_loss_dae"} < set(both)
    assert norms(two) == pytest.approx(norms(alone), rel=1e-4)
    assert train(config, stopped, 2, "tests.model.training.killed", KILL_AT="7") != 0
    assert train(config, stopped, 2) == 0
    assert equal(load_file(stopped / MODEL), load_file(two / MODEL)) and metrics(stopped) == metrics(two)


@pytest.mark.slow
def test_two_processes_that_are_asked_to_stop_save_and_continue(config, tmp_path):
    """Signals come more than once, as schedulers send them."""
    config = changed(config, updates=300, evaluate_every=100, checkpoint_every=0)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    write_json(stopped / "run.json", config.model_dump())
    command = [sys.executable, "-m", "model.train", str(stopped / "run.json"), "--processes", "2", "--threads", "2"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    line = next((line for line in running.stdout if "updates" in line), "")  # the bar: it has begun
    for number in (signal.SIGUSR1, signal.SIGTERM):
        running.send_signal(number)
        time.sleep(0.1)
    output = running.communicate()[0]
    assert running.returncode == EXIT_CODE, line + output
    (saved,) = (stopped / "checkpoints").glob("update-*")
    assert saved.name < "update-00000300" and not (stopped / "model").exists()
    assert train(config, stopped, 2) == 0 and train(config, whole, 2) == 0
    assert equal(load_file(stopped / MODEL), load_file(whole / MODEL)) and metrics(stopped) == metrics(whole)


def test_processes_that_see_different_checkpoints_stop(config, tmp_path):
    """As on two machines whose folders are not one."""
    loop = Loop(config, tmp_path / "run", Processes())
    loop.train()

    class Two(Processes):
        def gather(self, items):
            return [*items, False] if items == [True] else items

    other = Loop(config, tmp_path / "run", Two())
    with pytest.raises(UserError, match="processes see different checkpoints; it must lie on a disk"):
        other.resume()


def start_as_srun_does(config, folder: Path, **variables: str) -> list[subprocess.Popen]:
    """Two processes of one step, told of each other in Slurm's words alone."""
    write_json(folder / "run.json", config.model_dump())
    command = [sys.executable, "-m", "model.train", str(folder / "run.json"), "--threads", "1"]
    step = {"OMP_NUM_THREADS": "1", "SLURM_STEP_NUM_TASKS": "2", **variables}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    each = [{"SLURM_PROCID": str(number), "SLURM_LOCALID": str(number)} for number in range(2)]
    return [subprocess.Popen(command, cwd=ROOT, env={**os.environ, **step, **own}, **pipes) for own in each]


@pytest.mark.slow
def test_processes_of_srun_learn_what_those_of_torchrun_do(config, tmp_path):
    step, two = tmp_path / "step", tmp_path / "two"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    running = start_as_srun_does(config, step, MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    said = [process.communicate(timeout=600)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert train(config, two, 2) == 0
    assert equal(load_file(step / MODEL), load_file(two / MODEL)) and metrics(step) == metrics(two)


@pytest.mark.slow
def test_processes_of_srun_that_do_not_know_where_to_meet_say_so_in_a_line(config, tmp_path):
    for process in start_as_srun_does(config, tmp_path / "step"):
        said = process.communicate(timeout=600)[0]
        assert process.returncode == 1 and said.startswith("error: srun started 2 processes; export MASTER_ADDR"), said


@pytest.mark.slow
def test_a_signal_makes_it_save_and_leave_with_a_code_for_the_queue(config, tmp_path):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert train(config, whole) == 0
    assert train(config, stopped, module="tests.model.training.killed", STOP_AT="5") == EXIT_CODE == 75
    assert (stopped / "checkpoints/update-00000006").exists() and not (stopped / "model").exists()
    assert train(config, stopped) == 0
    assert equal(load_file(stopped / MODEL), load_file(whole / MODEL)) and metrics(stopped) == metrics(whole)
    assert torch.isfinite(load_file(whole / MODEL)["embedding.tokens.weight"]).all()


def refused(number, count, pipe):
    """The first process finds a mistake."""
    dist.init_process_group("gloo")

    def find():
        raise UserError("corpus.txt: is empty")

    try:
        Processes(number, count).of_first(find)
    except UserError as error:
        pipe.send(str(error))
    os._exit(0)


def test_a_mistake_that_the_first_process_finds_is_raised_in_all():
    found = [pipe.recv() if pipe.poll(60) else None for _, pipe in started(2, refused)]
    assert found == ["corpus.txt: is empty"] * 2
