import json

import pytest
import torch
from safetensors.torch import load_file

from model.train import Loop
from model.training.publish import publish
from tests.model.toy_run import changed, ended, prepare


@pytest.fixture
def prepared(tmp_path):
    return prepare(tmp_path)


def test_averaged_weights_are_published_only_where_they_are_better_on_dev(prepared, tmp_path):
    restless = {"learning_rate": 0.03, "warmup": 10, "schedule": "inverse_sqrt"}
    config = changed(prepared, updates=60, evaluate_every=3, average=3, **restless)
    loop = ended(Loop(config, tmp_path / "run"))
    about = json.loads((tmp_path / "run/model/config.json").read_text())["about"]
    assert about["averaged_updates"] == [54, 57, 60] and about["dev_loss"] < loop.state.best_score
    paths = [tmp_path / f"run/checkpoints/update-000000{n}/model.safetensors" for n in (54, 57, 60)]
    mean = sum(load_file(path)["decoder.0.feedforward.0.weight"] for path in paths) / 3
    found = load_file(tmp_path / "run/model/model.safetensors")["decoder.0.feedforward.0.weight"]
    assert torch.allclose(found, mean, atol=1e-7)
    loop.state.best_score = 0.0
    publish(config, tmp_path / "run", loop.model, loop.dev, loop.state)
    assert "averaged_updates" not in json.loads((tmp_path / "run/model/config.json").read_text())["about"]


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({"updates": 12, "learning_rate": 50.0, "warmup": 0, "spike": 0.0}, True),
        ({"updates": 40, "learning_rate": 0.5, "warmup": 0, "spike": 0.0}, True),
        ({"updates": 200, "learning_rate": 3e-3, "warmup": 20, "dropout": 0.0}, False),
    ],
)
def test_a_run_that_learned_nothing_is_told_of(prepared, tmp_path, capfd, settings, warned):
    ended(Loop(changed(prepared, precision="float32", **settings), tmp_path / "run"))
    assert ("no better than a guess by the frequency of tokens" in capfd.readouterr().err) is warned
