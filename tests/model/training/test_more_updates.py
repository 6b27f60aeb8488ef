"""A training that has ended, and is given more updates or fewer."""

import pytest
import torch

from model.config.run import IntraDistillation
from model.train import Loop
from model.training.checkpoint import FREE, fingerprint
from tests.model.toy_run import changed, ended, prepare


@pytest.fixture
def config(tmp_path):
    return changed(prepare(tmp_path), evaluate_every=2, keep_checkpoints=3)


def test_a_training_that_has_ended_goes_on_with_more_updates(config, tmp_path, capsys):
    endless = changed(config, schedule="inverse_sqrt")
    ended(Loop(endless, tmp_path / "run"))
    more = ended(Loop(changed(endless, updates=20), tmp_path / "run"))
    at_once = ended(Loop(changed(endless, updates=20), tmp_path / "at_once"))
    for ours, others in zip(more.model.parameters(), at_once.model.parameters(), strict=True):
        assert torch.equal(ours, others)
    assert [row["update"] for row in more.state.metrics] == [row["update"] for row in at_once.state.metrics]
    fewer = Loop(changed(endless, updates=18), tmp_path / "run")
    fewer.resume()
    assert fewer.state.update == 18
    assert "update-00000020: the run has only 18 updates now; kept in later/" in capsys.readouterr().out
    again = Loop(changed(endless, updates=20), tmp_path / "run")
    again.resume()
    assert again.state.update == 20


def test_updates_decide_the_weights_where_the_schedule_ends_with_them(config):
    endless = changed(config, schedule="inverse_sqrt")
    rising = endless.model_copy(update={"intra_distillation": IntraDistillation(passes=2, schedule="adaptive")})
    steady = endless.model_copy(update={"intra_distillation": IntraDistillation(passes=2)})
    for made, decide in ((config, True), (rising, True), (endless, False), (steady, False)):
        assert (fingerprint(made) != fingerprint(changed(made, updates=20))) == decide


def test_a_training_that_an_earlier_version_began_goes_on(config, tmp_path):
    endless = changed(config, schedule="inverse_sqrt")
    loop = ended(Loop(endless, tmp_path / "run"))
    loop.state.fingerprint = fingerprint(endless, FREE)
    loop.save()
    again = Loop(endless, tmp_path / "run")
    again.resume()
    assert again.state.update == 12 and again.state.fingerprint == fingerprint(endless)
