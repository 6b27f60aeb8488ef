"""Batches without padding give the losses and gradients of padded ones."""

from contextlib import closing, nullcontext

import pytest
import torch

from model.batches.placement import SIDES, TARGET
from model.config.run import IntraDistillation
from model.network.attention import computes_segments, takes_segments
from model.objectives import OBJECTIVES
from model.train import Loop
from tests.model.network.varlen import backward, flash_on_the_processor, forward
from tests.model.toy_batches import SIZES, batch_of, learner
from tests.model.toy_run import changed, prepare

PASSES = {
    "one pass": None,
    "two together": IntraDistillation(passes=2),
    "two of the decoder": IntraDistillation(passes=2, encoder_repeated=False),
    "two apart": IntraDistillation(passes=2, together=False),
    "two of the decoder, apart": IntraDistillation(passes=2, together=False, encoder_repeated=False),
}
KERNELS = {"by a mask": nullcontext, "by the kernel of a GPU": flash_on_the_processor}


def learned(made, batch):
    made.zero_grad()
    loss = made(batch)
    loss.backward()
    return loss.detach(), {name: p.grad for name, p in made.named_parameters() if p.grad is not None}


def assert_the_same(made, batch, kernel):
    wanted = learned(made, batch)
    with KERNELS[kernel]():
        found = learned(made, batch.packed())
    torch.testing.assert_close(found[0], wanted[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[1], wanted[1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("passes", PASSES)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_losses_and_gradients_are_those_of_padded_batches(objective, passes):
    made = learner(smoothing=0.1, distillation=PASSES[passes])
    assert_the_same(made, batch_of(objective, 4), "by a mask")


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("placement", [SIDES, TARGET], ids=["sides", "target"])
def test_they_are_in_each_form_of_the_model_and_by_each_kernel(placement, norm, kernel):
    for objective, passes in (("translation", "two of the decoder"), ("cd", "two together"), ("mass", "two apart")):
        made = learner(smoothing=0.1, distillation=PASSES[passes], norm=norm, positions="sinusoidal")
        assert_the_same(made, batch_of(objective, 4, placement), kernel)


def test_a_training_without_padding_learns_what_one_with_padding_learns(tmp_path, monkeypatch):
    config, found = changed(prepare(tmp_path), dropout=0.0, attention_dropout=0.0), []
    for packed in (False, True):
        monkeypatch.setattr("model.train.takes_segments", lambda *_, packed=packed: packed)
        loop = Loop(config, tmp_path / str(packed))
        with closing(iter(loop.mixture)) as portions:
            for _ in range(3):
                portion = next(portions)
                assert all(bool(batch.segments) == packed for batch in portion.batches)
                loop.update(portion)
        loop.settle()
        found.append(loop.state.norms)
    assert found[1] == pytest.approx(found[0], rel=1e-4)


def test_a_device_without_the_kernel_or_with_a_wrong_one_pads():
    given = torch.device("cpu"), torch.bfloat16, SIZES
    assert not takes_segments(*given) and not computes_segments(*given)
    with flash_on_the_processor():
        assert not takes_segments(*given) and computes_segments(*given)
    for wrong in (
        {"forward": lambda *x, **_: forward(*x[:8], False, False)},  # not causal
        {"backward": lambda *x, **_: [2 * gradient for gradient in backward(*x)]},
    ):
        with flash_on_the_processor(**wrong):
            assert not computes_segments(*given), wrong
