"""Checkpoints that are damaged, cannot be written, or are no longer wanted."""

import errno
import json

import pytest
import torch
from safetensors.torch import load_file

from model.command import UserError
from model.network.folder import write_tensors
from model.train import Loop
from model.training import checkpoint
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


def test_what_was_trained_otherwise_is_set_aside_and_comes_back(config, tmp_path, capsys):
    ended(Loop(config, tmp_path / "run"))
    other = ended(Loop(changed(config, dropout=0.3), tmp_path / "run"))
    assert other.state.metrics[0]["update"] == 2
    assert "update-00000012: run or data changed since; kept in before-" in capsys.readouterr().out
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


@pytest.mark.parametrize("change", [{"keep_checkpoints": 1}, {"checkpoint_every": 1}, {"patience": 9}])
def test_settings_that_decide_no_weight_may_change(config, tmp_path, change):
    ended(Loop(config, tmp_path / "run"))
    again = Loop(changed(config, **change), tmp_path / "run")
    again.resume()
    assert again.state.update == 12


def test_where_none_can_be_read_nothing_is_begun_anew(config, tmp_path):
    loop = ended(Loop(config, tmp_path / "run"))
    for update in loop.checkpoints.updates():
        cut(loop.checkpoints.path(update) / "model.safetensors")
    with pytest.raises(UserError, match=r"checkpoints: no checkpoint of it can be read; delete the folder"):
        Loop(config, tmp_path / "run").resume()
    assert len(loop.checkpoints.updates()) >= 3


def test_a_best_one_that_has_gone_is_forgotten(config, tmp_path):
    loop = ended(Loop(config, tmp_path / "run"))
    loop.state.best_update = 3
    loop.save()
    again = Loop(config, tmp_path / "run")
    again.resume()
    assert (again.state.update, again.state.best_update, again.state.best_score) == (12, 0, float("inf"))


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
