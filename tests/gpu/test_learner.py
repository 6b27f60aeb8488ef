"""Losses and gradients on the device: those of the processor, in each way to compute them."""

import pytest
import torch

from model.config.run import IntraDistillation
from model.machine.devices import autocast
from model.objectives import OBJECTIVES
from tests.model.toy_batches import batch_of, learner

CLOSE = {"rtol": 1e-3, "atol": 1e-4}


def learned(made, batch, device, seed=7):
    """The loss of a batch and the gradients of all parameters, on the processor."""
    made, batch = made.to(device), batch.to(device)
    made.zero_grad()
    torch.manual_seed(seed)
    loss = made(batch)
    loss.backward()
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in made.parameters()]
    return loss.detach().cpu(), [gradient.cpu().clone() for gradient in gradients]


def assert_close(found, wanted, **close):
    torch.testing.assert_close(found[0], wanted[0], **(close or CLOSE))
    scale = max(gradient.abs().max() for gradient in wanted[1])
    for one, other in zip(found[1], wanted[1], strict=True):
        torch.testing.assert_close(one / scale, other / scale, **(close or CLOSE))


PASSES = [None, IntraDistillation(passes=2), IntraDistillation(passes=3, encoder_repeated=False)]


@pytest.mark.parametrize("distillation", PASSES, ids=["one pass", "two", "three of the decoder"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_loss_and_gradients_are_those_of_the_processor(device, objective, distillation):
    batch = batch_of(objective, 20)
    made = [learner(smoothing=0.1, distillation=distillation) for _ in range(2)]
    assert_close(learned(made[0], batch, device), learned(made[1], batch, torch.device("cpu")))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_in_bf16_they_are_near_those_of_float32(device, objective):
    batch, made = batch_of(objective, 60), [learner(smoothing=0.1) for _ in range(2)]
    with autocast(device, torch.bfloat16):
        rough = learned(made[0], batch, device)
    exact = learned(made[1], batch, device)
    torch.testing.assert_close(rough[0], exact[0], rtol=0.02, atol=0.0)
    each = [torch.cat([gradient.flatten() for gradient in gradients]) for _, gradients in (rough, exact)]
    assert torch.cosine_similarity(*each, dim=0) > 0.99


@pytest.mark.parametrize("repeated", [True, False])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_passes_together_and_apart_are_the_same_without_dropout(device, objective, repeated):
    batch, found = batch_of(objective, 12), []
    for together in (True, False):
        settings = IntraDistillation(passes=2, together=together, encoder_repeated=repeated)
        found.append(learned(learner(smoothing=0.1, distillation=settings), batch, device))
    assert_close(*found)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("repeated", [True, False])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_is_computed_anew_for_gradients_drops_the_same(device, objective, repeated, precision, monkeypatch):
    """A gradient of another dropout than that of the loss has no error message, and is wrong by its own length."""
    settings = IntraDistillation(passes=2, together=False, encoder_repeated=repeated)
    batch, found = batch_of(objective, 12), []
    for anew in (True, False):
        if not anew:
            usual = "model.training.learner.checkpoint"
            monkeypatch.setattr(usual, lambda function, *given, **_: function(*given))
        with autocast(device, precision):
            found.append(learned(learner(dropout=0.3, distillation=settings), batch, device))
    close = CLOSE if precision == torch.float32 else {"rtol": 0.05, "atol": 0.02}
    assert_close(*found, **close)


def test_dropout_differs_between_passes_and_seeds(device):
    settings = IntraDistillation(passes=2, alpha=5)
    batch = batch_of("translation", 20)
    made = learner(dropout=0.3, distillation=settings)
    losses = [learned(made, batch, device, seed)[0] for seed in (1, 1, 2)]
    assert losses[0] == pytest.approx(losses[1].item(), rel=1e-5) and losses[0] != losses[2]
    alone = learner(dropout=0.3, distillation=settings.model_copy(update={"alpha": 1e-9}))
    assert learned(alone, batch, device, 1)[0] < losses[0]  # the passes are apart
