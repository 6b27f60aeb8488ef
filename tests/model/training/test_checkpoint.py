"""Checkpoints that are damaged, cannot be written, or are no longer wanted."""

import errno
import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import threading

import pytest
import torch
from safetensors.torch import load_file

from model.command import UserError
from model.network.folder import write_tensors
from model.train import Loop
from model.training import checkpoint
from model.training.checkpoint import FREE, Checkpoints, fingerprint
from tests import ROOT
from tests.model.config.test_run import run
from tests.model.toy_run import changed, ended, prepare


@pytest.fixture
def config(tmp_path):
    return changed(prepare(tmp_path), evaluate_every=2, keep_checkpoints=3)


def weights(folder):
    return load_file(folder / "model/model.safetensors")


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_the_last_and_the_best_are_kept(config, tmp_path, count):
    loop = ended(Loop(changed(config, keep_checkpoints=count), tmp_path / "run"))
    assert loop.checkpoints.updates() == sorted({*range(2, 13, 2)[-count:], loop.state.best_update})


def test_those_that_are_named_are_kept(config, tmp_path):
    loop = ended(Loop(changed(config, keep_checkpoints=1, keep_updates=[2, 6, 7]), tmp_path / "run"))
    assert loop.checkpoints.updates() == sorted({2, 6, 12, loop.state.best_update})


def test_what_was_trained_otherwise_is_set_aside_and_comes_back(config, tmp_path, capsys):
    ended(Loop(config, tmp_path / "run"))
    other = ended(Loop(changed(config, dropout=0.3), tmp_path / "run"))
    assert other.state.metrics[0]["update"] == 2
    assert "update-00000012: run, data or version changed since; kept in before-" in capsys.readouterr().out
    again = Loop(config, tmp_path / "run")
    again.resume()
    assert again.state.update == 12 and again.state.fingerprint != other.state.fingerprint


def test_the_code_with_which_the_weights_were_trained_stands_beside_the_run(config, tmp_path):
    def noted() -> dict[str, str]:
        return json.loads((tmp_path / "run" / "code.json").read_text())

    ended(Loop(config, tmp_path / "run", code="old"))
    Loop(config, tmp_path / "run", code="new").resume()
    assert noted() == {"code": "old"}
    Loop(changed(config, dropout=0.3), tmp_path / "run", code="new").resume()
    assert noted() == {"code": "new"}
    Loop(config, tmp_path / "run", code="newest").resume()  # whose checkpoints come back
    assert noted() == {"code": "old"}


@pytest.mark.parametrize(
    "change", [{"keep_checkpoints": 1}, {"keep_updates": [4]}, {"checkpoint_every": 1}, {"patience": 9}]
)
def test_settings_that_decide_no_weight_may_change(config, tmp_path, change):
    ended(Loop(config, tmp_path / "run"))
    again = Loop(changed(config, **change), tmp_path / "run")
    again.resume()
    assert again.state.update == 12


def test_the_settings_in_the_fingerprint_stay_so_that_trainings_under_way_continue():
    for made in (run(), run(keep_updates=[500])):
        said = made.model_dump_json(exclude={"training": FREE})
        assert hashlib.sha256(said.encode()).hexdigest()[:12] == "55bb534a5cd2"


def test_where_none_can_be_read_nothing_is_begun_anew(config, tmp_path):
    loop = ended(Loop(config, tmp_path / "run"))
    for update in loop.checkpoints.updates():
        cut(loop.checkpoints.path(update) / "model.safetensors")
    with pytest.raises(UserError, match=r"checkpoints: no checkpoint of it can be read; delete the folder"):
        Loop(config, tmp_path / "run").resume()
    assert len(loop.checkpoints.updates()) >= 3


def test_a_copy_of_a_checkpoint_under_another_name_is_neither_read_nor_deleted(config, tmp_path):
    loop = ended(Loop(config, tmp_path / "run"))
    copy = shutil.copytree(loop.checkpoints.path(12), loop.checkpoints.folder / "update-00000012 (copy)")
    assert loop.checkpoints.updates() == [8, 10, 12]
    loop.save()
    assert copy.exists()


CHANGES = {
    "subwords/codes": "#version: 0.2\nt h\nth e</w>\no u\n",
    "subwords/tokenizer.json": '{"segmenters": {"default": "words"}}',
    "subwords/vocabulary.tsv": None,
    "first/model/vocabulary.tsv": None,
    "first/model/model.safetensors": None,
    "first/model/config.json": None,
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_fingerprint_is_of_each_file_that_weights_depend_on(config, tmp_path, name):
    ended(Loop(config, tmp_path / "first"))
    config = config.model_copy(update={"init": str(tmp_path / "first/model")})
    before, path = fingerprint(config), tmp_path / name
    assert fingerprint(config) == before
    if name.endswith("config.json"):
        told = json.loads(path.read_text())
        path.write_text(json.dumps({**told, "about": {}}))
        assert fingerprint(config) == before  # the story of the weights is none of them
        told["model"]["max_positions"] += 1
        path.write_text(json.dumps(told))
    elif CHANGES[name]:
        path.write_text(CHANGES[name])
    else:
        path.write_bytes(path.read_bytes() + b"\n")
    assert fingerprint(config) != before


def test_files_can_be_read_by_others_as_other_files_can(config, tmp_path):
    loop = ended(Loop(config, tmp_path / "run"))
    mode = (tmp_path / "run/metrics.jsonl").stat().st_mode
    files = (tmp_path / "run/model/model.safetensors", loop.checkpoints.path(12) / "optimizer.safetensors")
    assert {path.stat().st_mode for path in files} == {mode}


def test_half_of_one_never_has_its_name(config, tmp_path, monkeypatch):
    loop, names = Loop(config, tmp_path / "run"), []

    def watched(path, tensors):
        names.append(path.parent.name)
        write(path, tensors)

    write = write_tensors
    monkeypatch.setattr(checkpoint, "write_tensors", watched)
    loop.train()
    assert names and all(name.endswith(".part") for name in names)


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "state.json"])
def test_a_damaged_one_is_named_and_the_one_before_it_used(config, tmp_path, capsys, name):
    unbroken = weights(ended(Loop(config, tmp_path / "whole")).folder)
    ended(Loop(config, tmp_path / "run"))
    cut(tmp_path / "run/checkpoints/update-00000012" / name)
    again = Loop(config, tmp_path / "run")
    again.resume()
    assert again.state.update == 10
    assert "update-00000012: damaged" in capsys.readouterr().out
    found = weights(ended(Loop(config, tmp_path / "run")).folder)
    assert all(torch.equal(found[name], unbroken[name]) for name in unbroken)


def test_a_disk_that_fills_leaves_the_checkpoint_before(config, tmp_path, monkeypatch):
    loop, written = Loop(config, tmp_path / "run"), []

    def full(path, tensors):
        written.append(path)
        if len(written) > 4:  # two files a checkpoint: the third fails at its first
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, tensors)

    write = write_tensors
    monkeypatch.setattr(checkpoint, "write_tensors", full)
    with pytest.raises(UserError, match=r"update-00000006: could not be written .*No space left.* free space"):
        loop.train()
    assert loop.checkpoints.updates() == [2, 4] and not list((tmp_path / "run/checkpoints").glob("*.part"))
    monkeypatch.undo()
    found = weights(ended(Loop(config, tmp_path / "run")).folder)
    unbroken = weights(ended(Loop(config, tmp_path / "whole")).folder)
    assert all(torch.equal(found[name], unbroken[name]) for name in unbroken)


def in_background(config, folder):
    loop = Loop(config, folder)
    loop.checkpoints = Checkpoints(loop.checkpoints.folder, background=True)
    return loop


def test_what_is_written_while_training_goes_on_is_as_it_was_when_it_was_saved(config, tmp_path, monkeypatch):
    ended(Loop(config, tmp_path / "usual"))
    loop, begun = in_background(config, tmp_path / "run"), []
    usual, done, updated = loop.update, [], threading.Condition()

    def update(portion):
        usual(portion)
        with updated:
            done.append(portion)
            updated.notify_all()

    def late(path, tensors):  # the weights of an update are written after the next one
        if path.name == "model.safetensors":
            begun.append(threading.current_thread() is threading.main_thread())
            saved = int(re.sub(r"\D", "", path.parent.name))
            with updated:
                assert saved == 12 or updated.wait_for(lambda: len(done) > saved, 60)
        write(path, tensors)

    write = write_tensors
    loop.update = update
    monkeypatch.setattr(checkpoint, "write_tensors", late)
    ended(loop)
    assert begun == [False] * 6 and loop.checkpoints.updates() == [8, 10, 12]
    for path in loop.checkpoints.all():
        for name in ("model.safetensors", "optimizer.safetensors"):
            expected = load_file(tmp_path / "usual/checkpoints" / path.name / name)
            assert all(torch.equal(tensor, expected[key]) for key, tensor in load_file(path / name).items())


@pytest.mark.parametrize("fails", [3, 11])  # the second checkpoint and the last, of two files each
def test_an_error_in_the_background_ends_the_training_and_deletes_nothing(config, tmp_path, monkeypatch, fails):
    loop, written = in_background(changed(config, keep_checkpoints=1), tmp_path / "run"), []

    def full(path, tensors):
        written.append(path)
        if len(written) >= fails:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, tensors)

    write = write_tensors
    monkeypatch.setattr(checkpoint, "write_tensors", full)
    with pytest.raises(UserError, match=f"update-{fails + 1:08d}: could not be written .*No space left.* free space"):
        loop.train()
    assert loop.checkpoints.updates() == [fails - 1]


KILLED = """
import os, signal, sys
from pathlib import Path
from model.config.run import read_run
from model.train import Loop
from model.training import checkpoint
folder, write, written = Path(sys.argv[1]), checkpoint.write_tensors, []
def killed(path, tensors):
    write(path, tensors)
    written.append(path)
    if len(written) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
checkpoint.write_tensors = killed
loop = Loop(read_run(folder / "run.json"), folder)
loop.checkpoints = checkpoint.Checkpoints(loop.checkpoints.folder, background=True)
loop.train()
"""


@pytest.mark.slow
@pytest.mark.parametrize("file", [3, 4, 9])
def test_a_kill_while_one_is_written_leaves_the_one_before(config, tmp_path, file):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text(config.model_dump_json())
    ended_by = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "run"), str(file)], cwd=ROOT, check=False)
    assert ended_by.returncode == -signal.SIGKILL
    before = (file - 1) // 2 * 2  # two files a checkpoint, and one after each second update
    loop = Loop(config, tmp_path / "run")
    assert loop.checkpoints.updates()[-1] == before
    expected, found = weights(ended(Loop(config, tmp_path / "usual")).folder), weights(ended(loop).folder)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
