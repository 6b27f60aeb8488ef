"""Whole trainings on the device."""

import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from model.config.run import IntraDistillation, Task
from model.machine.devices import choose_device
from model.objectives import OBJECTIVES
from model.records import write_json
from model.train import Loop
from tests import ROOT
from tests.model.toy_run import changed, ended

MODEL = "model/model.safetensors"


def train(config, folder, module="model.train", **variables):
    """Train as users do, in a process of its own. Returns its exit code."""
    write_json(folder / "run.json", config.model_dump())
    command = [sys.executable, "-m", module, str(folder / "run.json"), "--threads", "1"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.returncode


def test_a_training_uses_the_device(run, device, tmp_path):
    loop = Loop(changed(run, updates=2, evaluate_every=2), tmp_path / "run")
    assert choose_device().type == device.type == next(loop.model.parameters()).device.type


@pytest.mark.parametrize("deterministic", [False, True])
def test_a_killed_run_goes_on_and_ends_as_one_that_was_not(run, device, tmp_path, deterministic):
    """Equal weights with deterministic kernels, and on the processor; else sums may be taken in another order."""
    config = changed(run, updates=12, checkpoint_every=3, compile="no")
    config = changed(config, deterministic=True) if deterministic else config
    assert train(config, tmp_path / "whole") == 0
    assert train(config, tmp_path / "killed", "tests.model.training.killed", KILL_AT="7") != 0
    assert not (tmp_path / "killed" / MODEL).exists()
    assert train(config, tmp_path / "killed") == 0
    whole, killed = (load_file(tmp_path / name / MODEL) for name in ("whole", "killed"))
    for name, tensor in whole.items():
        if deterministic or device.type == "cpu":
            assert torch.equal(killed[name], tensor), name
        torch.testing.assert_close(killed[name], tensor, rtol=1e-2, atol=1e-2)


def test_a_checkpoint_of_the_device_is_read_on_it_and_on_the_processor(run, device, tmp_path, monkeypatch):
    loop = Loop(changed(run, updates=4), tmp_path / "run")
    assert loop.train()
    saved = load_file(loop.checkpoints.path(4) / "model.safetensors")
    own = loop.model.state_dict()
    assert all(tensor.device.type == "cpu" and torch.equal(tensor, own[name].cpu()) for name, tensor in saved.items())
    for place in (device, torch.device("cpu")):
        monkeypatch.setattr("model.train.choose_device", lambda place=place: place)
        again = Loop(changed(run, updates=4), tmp_path / "run")
        again.resume()
        moments = [state["exp_avg"] for state in again.optimizer.state.values()]
        assert again.state.update == 4 and {m.device.type for m in moments} == {place.type}
        assert all(torch.equal(tensor.cpu(), saved[name]) for name, tensor in again.model.state_dict().items())
        again.train()  # it has ended


def test_training_in_bf16_learns(run, device, tmp_path):
    config = changed(run, precision="bfloat16", updates=60, evaluate_every=60, warmup=10, compile="no")
    loop = Loop(config, tmp_path / "run")
    before = loop.dev.loss(loop.model)
    ended(loop)
    assert loop.state.metrics[-1]["dev_loss"] < before - 1 and not loop.state.skipped
    assert {p.dtype for p in loop.model.parameters()} == {torch.float32}


@pytest.mark.parametrize("distillation", [None, IntraDistillation(passes=2)], ids=["one pass", "two"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_each_objective_trains_for_ten_updates(run, device, tmp_path, objective, distillation):
    tasks = [Task(objective=objective, shards=run.tasks[0].shards)]
    config = run.model_copy(update={"tasks": tasks, "intra_distillation": distillation})
    config = changed(config, precision="bfloat16", updates=10, evaluate_every=5, compile="no")
    loop = Loop(config, tmp_path / "run")
    assert loop.train() and loop.state.skipped == 0
    first, last = (row["train_loss"] for row in loop.state.metrics)
    assert last < first
