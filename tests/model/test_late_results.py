"""Results of an update are read after the next one has begun: limits of norms must not depend on when that was."""

import pytest
import torch

from tests.model.test_train import equal, killed_at, trained
from tests.model.toy_run import changed, prepare


@pytest.mark.parametrize("checkpoint_every", [1, 3])  # each checkpoint waits for results
def test_a_run_that_skips_many_updates_skips_the_same_after_kills(tmp_path, monkeypatch, capsys, checkpoint_every):
    for place in ("model.training.optimisation", "model.train"):
        monkeypatch.setattr(f"{place}.USUAL", 3)
    config = changed(prepare(tmp_path), updates=24, spike=0.8, max_skipped=24, evaluate_every=8)
    unbroken = trained(config, tmp_path / "unbroken")
    assert 3 <= capsys.readouterr().err.count("update skipped") <= 20
    config = changed(config, checkpoint_every=checkpoint_every)
    for update in (9, 3, 5):
        killed_at(config, tmp_path / "killed", update)
    again = trained(config, tmp_path / "killed")
    assert all(torch.isfinite(tensor).all() for tensor in again.values()) and equal(again, unbroken)
