"""Checkpoints that are damaged, cannot be written, or are no longer wanted."""

import errno

import pytest
import torch
from safetensors.torch import load_file

from model import checkpoint
from model.command import UserError
from model.train import Loop
from tests.model.training import changed, ended, prepare


@pytest.fixture
def config(tmp_path):
    return changed(prepare(tmp_path), evaluate_every=2, keep_checkpoints=3)


def weights(folder):
    return load_file(folder / "model/model.safetensors")


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_the_last_and_the_best_are_kept(config, tmp_path):
    loop = ended(Loop(config, tmp_path / "run"))
    assert loop.checkpoints.updates() == sorted({8, 10, 12, loop.state.best_update})


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

    def full(tensors, path):
        written.append(path)
        if len(written) > 4:  # two files a checkpoint: the third fails at its first
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(tensors, path)

    save = checkpoint.save_file
    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(UserError, match=r"update-00000006: could not be written .*No space left.* free space"):
        loop.train()
    assert loop.checkpoints.updates() == [2, 4] and not list((tmp_path / "run/checkpoints").glob("*.part"))
    monkeypatch.undo()
    found = weights(ended(Loop(config, tmp_path / "run")).folder)
    unbroken = weights(ended(Loop(config, tmp_path / "whole")).folder)
    assert all(torch.equal(found[name], unbroken[name]) for name in unbroken)
