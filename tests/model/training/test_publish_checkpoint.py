import json
import shutil

import pytest
from safetensors.torch import load_file

from model.command import UserError
from model.text.tokenizer import VOCABULARY, subword_files
from model.train import Loop
from model.training.publish_checkpoint import publish_checkpoint
from model.translate import main as translate
from tests.model.toy_run import changed, ended, prepare


@pytest.fixture
def run(tmp_path):
    """A finished run that keeps the checkpoints of updates 2, 4, its best and its last."""
    config = changed(prepare(tmp_path), evaluate_every=2, keep_checkpoints=1, keep_updates=[2, 4])
    loop = ended(Loop(config, tmp_path / "run"))
    assert set(loop.checkpoints.updates()) == {2, 4, loop.state.best_update, 12}
    return loop


def test_the_weights_are_those_of_the_checkpoint_and_all_else_is_as_in_the_model_of_the_run(run, tmp_path):
    model, found = tmp_path / "run/model", tmp_path / "early/model"
    publish_checkpoint(model, 4, found)
    weights, kept = load_file(found / "model.safetensors"), load_file(run.checkpoints.path(4) / "model.safetensors")
    assert all((weights[name] == kept[name]).all() for name in kept) and set(weights) == set(kept)
    last = load_file(run.checkpoints.path(12) / "model.safetensors")
    assert any((weights[name] != last[name]).any() for name in last)
    for name in (VOCABULARY, *subword_files(model)):
        assert (found / name).read_bytes() == (model / name).read_bytes()
    config, of_run = (json.loads((folder / "config.json").read_text()) for folder in (found, model))
    assert config["model"] == of_run["model"]
    (row,) = [row for row in run.state.metrics if row["update"] == 4]
    assert config["about"] == {"run": "toy", "update": 4, "dev_loss": row["dev_loss"]}


def test_it_translates(run, tmp_path, monkeypatch):
    publish_checkpoint(tmp_path / "run/model", 2, tmp_path / "early")
    (tmp_path / "in.txt").write_text("the red cat sees the dog .\n")
    files = ["--input", str(tmp_path / "in.txt"), "--output", str(tmp_path / "out.txt")]
    arguments = ["x", "--model", str(tmp_path / "early"), "--source", "en", "--target", "gl", *files, "--threads", "1"]
    monkeypatch.setattr("sys.argv", arguments)
    translate()
    assert len((tmp_path / "out.txt").read_text().splitlines()) == 1


def test_one_line_says_which_checkpoints_are_there_if_this_one_is_gone(run, tmp_path):
    checkpoints = run.checkpoints
    shutil.rmtree(checkpoints.path(4))
    there = ", ".join(map(str, checkpoints.updates()))
    with pytest.raises(UserError) as error:
        publish_checkpoint(tmp_path / "run/model", 4, tmp_path / "early")
    assert str(error.value) == (
        f"{checkpoints.folder}: no whole checkpoint of update 4, only of {there}; name another update, or delete"
        f" {checkpoints.folder} and {tmp_path / 'run/model'}, and run the study again"
    )
    (checkpoints.path(2) / "model.safetensors").write_bytes(b"")
    with pytest.raises(UserError, match="no whole checkpoint of update 2, only of"):
        publish_checkpoint(tmp_path / "run/model", 2, tmp_path / "early")
    with pytest.raises(UserError, match=r"the training ended after update 12 \(training.patience\); name an earlier"):
        publish_checkpoint(tmp_path / "run/model", 14, tmp_path / "early")
    shutil.rmtree(checkpoints.folder)
    with pytest.raises(UserError, match="no whole checkpoint of update 12, nor any other; name"):
        publish_checkpoint(tmp_path / "run/model", 12, tmp_path / "early")
    assert not (tmp_path / "early").exists()
