"""Training under torch.compile, which here only traces."""

from contextlib import closing

import pytest
import torch

from model.config.run import IntraDistillation
from model.train import Loop
from tests.model.toy_run import changed, prepare

APART = IntraDistillation(passes=2, together=False)


@pytest.fixture
def only_traced(monkeypatch):
    torch._dynamo.reset()
    usual = torch.compile
    monkeypatch.setattr(torch, "compile", lambda function, **options: usual(function, backend="eager", **options))


@pytest.mark.slow
def test_passes_one_after_the_other_train_where_the_rest_is_compiled(tmp_path, only_traced):
    run = prepare(tmp_path).model_copy(update={"intra_distillation": APART})
    loop = Loop(changed(run, compile="yes"), tmp_path / "run")
    with closing(iter(loop.mixture)) as portions:
        loop.update(next(portions))
        loop.settle()
    assert loop.state.norms and not loop.state.skipped
