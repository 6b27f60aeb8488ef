import json

import pytest
import torch
from safetensors.torch import load_file

from model.command import UserError
from model.train import Loop
from model.training.checkpoint import DIGESTS, Checkpoints
from model.training.publish import publish
from tests.model.toy_run import changed, ended, prepare


@pytest.fixture
def prepared(tmp_path):
    return prepare(tmp_path)


@pytest.mark.parametrize(("best_score", "averaged"), [(9.0, [6, 9, 12]), (0.0, None)])
def test_averaged_weights_are_published_only_where_they_are_better_on_dev(prepared, tmp_path, best_score, averaged):
    config = changed(prepared, updates=12, evaluate_every=3, average=3)
    loop = Loop(config, tmp_path / "run")
    loop.train()
    loop.state.best_score = best_score
    publish(config, tmp_path / "run", loop.model, loop.dev, loop.state)
    about = json.loads((tmp_path / "run/model/config.json").read_text())["about"]
    assert about.get("averaged_updates") == averaged
    paths = [
        tmp_path / f"run/checkpoints/update-{n:08}/model.safetensors" for n in averaged or [loop.state.best_update]
    ]
    mean = sum(load_file(path)["decoder.0.feedforward.0.weight"] for path in paths) / len(paths)
    found = load_file(tmp_path / "run/model/model.safetensors")["decoder.0.feedforward.0.weight"]
    assert torch.allclose(found, mean, atol=1e-7)


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


@pytest.fixture
def config(prepared):
    return changed(prepared, evaluate_every=2, keep_checkpoints=3)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_where_the_best_one_has_gone_the_best_that_is_left_counts(config, tmp_path, capsys):
    loop = ended(Loop(config, tmp_path / "run"))
    loop.state.best_update = 3
    loop.save()
    again = Loop(config, tmp_path / "run")
    again.resume()
    left = {row["update"]: row["dev_loss"] for row in loop.state.metrics if row["update"] in loop.checkpoints.updates()}
    best = min(left, key=left.get)
    assert (again.state.update, again.state.best_update, again.state.best_score) == (12, best, left[best])
    assert (
        f"update-00000003: the best so far, but missing or damaged; update {best} is the best"
        in capsys.readouterr().err
    )


# By update. The best is 11, and the best before it, 8, is forgotten when 11 is saved.
LOSSES = [9, 8, 7, 7.5, 6, 5, 5.5, 4, 4.5, 4.6, 3, 3.5, 3.6, 3.7, 3.8, 3.9]
DAMAGES = {
    "cut": cut,
    "another byte": lambda path: path.write_bytes(path.read_bytes()[:-9] + b"?" + path.read_bytes()[-8:]),
    "gone": lambda path: path.unlink(),
    "a number": lambda path: path.write_text("3"),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


def scored(config, folder, until=99):
    """A training with dev scores as in LOSSES, that is killed before the update `until`."""
    loop = Loop(config, folder)
    usual, sign = loop.update, -1 if config.training.best_by == "dev_bleu" else 1
    names = ("dev_loss", "dev_bleu")
    loop.dev.scores = lambda model: dict.fromkeys(names, sign * LOSSES[loop.state.update - 1])

    def update(portion):
        if loop.state.update == until:
            raise KeyboardInterrupt
        usual(portion)

    loop.update = update
    return loop


@pytest.mark.parametrize(
    ("settings", "until", "number", "name", "damage"),
    [
        ({}, 11, -1, "model.safetensors", "cut"),
        ({"best_by": "dev_bleu", "bleu_segments": 1}, 11, -1, "optimizer.safetensors", "another byte"),
        ({"average": 3, "average_of": "best"}, 11, -1, "state.json", "a number"),
        ({"average": 3}, 11, -1, DIGESTS, "gone"),
        ({"checkpoint_every": 1, "evaluate_every": 2, "keep_checkpoints": 1}, 11, 0, "model.safetensors", "a folder"),
        ({}, 13, 0, "model.safetensors", "another byte"),
        ({"average": 3, "average_of": "best"}, 13, 0, "model.safetensors", "cut"),
        ({"average": 4}, 13, 0, "model.safetensors", "gone"),
        ({"keep_checkpoints": 1}, 11, -1, "model.safetensors", "cut"),
        ({"keep_checkpoints": 1}, 13, 0, "state.json", "gone"),
    ],
)
def test_after_any_damage_the_same_command_publishes_or_says_why_not(
    config, tmp_path, settings, until, number, name, damage
):
    config = changed(config, **{"updates": 16, "evaluate_every": 1, "keep_checkpoints": 2, "patience": 4, **settings})
    with pytest.raises(KeyboardInterrupt):
        scored(config, tmp_path / "run", until).train()
    checkpoints = Checkpoints(tmp_path / "run/checkpoints")
    DAMAGES[damage](checkpoints.all()[number] / name)
    if checkpoints.updates() == [11]:
        with pytest.raises(UserError, match="no checkpoint of it can be read"):
            scored(config, tmp_path / "run").train()
        return
    loop = ended(scored(config, tmp_path / "run"))
    about = json.loads((tmp_path / "run/model/config.json").read_text())["about"]
    assert about["best_update"] == loop.state.best_update
    if until == 11:  # those weights are made again, and update 11 is evaluated, or else 12
        assert loop.state.best_update == 10 + config.training.evaluate_every


def test_weights_that_are_lost_before_they_are_published_are_replaced(config, tmp_path):
    loop = Loop(changed(config, average=3), tmp_path / "run")
    loop.train()
    for update in (10, 12):
        cut(loop.checkpoints.path(update) / "model.safetensors")
    publish(loop.config, loop.folder, loop.model, loop.dev, loop.state)
    assert json.loads((tmp_path / "run/model/config.json").read_text())["about"]["best_update"] == 8
    cut(loop.checkpoints.path(8) / "model.safetensors")
    with pytest.raises(UserError, match="no checkpoint of an evaluation can be read"):
        publish(loop.config, loop.folder, loop.model, loop.dev, loop.state)
