"""Passes that are made to agree, by the worked examples of the paper's facts."""

import pytest
import torch

from model.config.run import IntraDistillation
from model.network.dropout import Dropout
from model.training.learner import alpha_at
from tests.model.toy_batches import batch_of, learner
from tests.model.training.definitions import intra_distillation, label_smoothed_cross_entropy, x_divergence


def test_x_divergence_of_the_papers_worked_example():
    """Section 5(1) of its facts, where KL(p | m) and KL(m | p) of p = p1, p2 are given one by one."""
    first, second = torch.tensor([[0.7, 0.2, 0.1]]).log(), torch.tensor([[0.5, 0.3, 0.2]]).log()
    given = 0.022730 + 0.024115 + 0.021072 + 0.020660
    assert x_divergence(first, second).item() == pytest.approx(given / 2, abs=1e-6)
    # Of four passes, two of them equal to two others, the mean is the same and each divergence counts twice.
    assert x_divergence(first, second, second, first).item() == pytest.approx(2 * given / 4, abs=1e-6)


Z1 = torch.tensor([[2.0, 1, 0, -1], [0.5, 0.5, 0, 0], [1, 2, 3, 4]], dtype=torch.float64)
Z2 = torch.tensor([[1.0, 2, 0, -1], [0, 0, 1, 0.5], [4, 3, 2, 1]], dtype=torch.float64)


def x_of(*logits):
    return x_divergence(*(each.log_softmax(-1) for each in logits))


def test_x_divergence_of_logits_and_its_gradient_by_hand():
    """Section 5(2)."""
    assert x_of(Z1[:1], Z2[:1]).item() == pytest.approx(0.203516, abs=1e-6)
    assert x_of(Z1[1:2], Z2[1:2]).item() == pytest.approx(0.106855, abs=1e-6)
    assert x_of(Z1[:2], Z2[:2]).item() == pytest.approx(0.310371, abs=1e-6)
    assert x_of(Z1, Z2).item() == pytest.approx(1.303024, abs=1e-6)  # with what would be padding
    first = Z1.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(x_of(first, Z2), first)
    assert gradient[0].tolist() == pytest.approx([0.197213, -0.185083, -0.008868, -0.003262], abs=1e-6)


@pytest.mark.parametrize("passes", [2, 3, 4])
def test_the_gradient_of_x_divergence_by_finite_differences(passes):
    torch.manual_seed(0)
    logits = [torch.randn(3, 5, dtype=torch.float64, requires_grad=True) for _ in range(passes)]
    assert torch.autograd.gradcheck(x_of, logits)


def test_x_divergence_of_scores_far_apart_is_a_number():
    far = torch.tensor([[1000.0, 0.0], [0.0, 0.0]])
    assert torch.isfinite(x_of(far, far.flip(1))) and x_of(far, far) == 0


def test_the_objective_of_the_papers_worked_example():
    """Section 5(4): two positions, label smoothing .1, alpha 5."""
    targets = torch.tensor([2, 3])
    assert label_smoothed_cross_entropy(targets, Z1[:2], 0.1).item() == pytest.approx(4.007414, abs=1e-6)
    assert label_smoothed_cross_entropy(targets, Z2[:2], 0.1).item() == pytest.approx(3.741319, abs=1e-6)
    assert intra_distillation(targets, Z1[:2], Z2[:2], smoothing=0.1, alpha=5.0).item() == pytest.approx(
        5.426221, abs=1e-6
    )


@pytest.mark.parametrize(("weight", "expected"), [(1.0, 8.6), (0.5, 7.95)])
def test_equation_8_and_what_their_code_does(monkeypatch, weight, expected):
    """Section 5(5): losses and divergences of translation, encoder and decoder as given numbers."""
    settings = IntraDistillation(alpha=5, passes=2, weight_on_denoising=weight)
    made, divergences = learner(distillation=settings), {}
    losses = {"translation": ([3.0, 3.2], 0.10), "encoder": ([2.0, 2.2], 0.20), "decoder": ([1.5, 1.7], 0.06)}

    def given(criterion, ids, rows, *states, bias):
        which = divergences["which"].pop(0)
        (first, second), divergence = losses[which]
        return torch.tensor((first + second) / 2) + criterion.keywords["alpha"] * divergence

    monkeypatch.setattr("model.training.learner.over_vocabulary", given)
    divergences["which"] = ["translation", "encoder", "decoder"]
    total = sum(made(batch_of(name, 5)) for name in ("translation", "cd"))
    assert total.item() == pytest.approx(expected, abs=1e-6) and not divergences["which"]


@pytest.mark.parametrize("objective", ["translation", "cd", "dae", "mlm"])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("repeated", [True, False])
def test_without_dropout_passes_are_equal_and_x_is_nothing(objective, together, repeated):
    settings = IntraDistillation(alpha=5, passes=3, together=together, encoder_repeated=repeated)
    made = learner(smoothing=0.1, distillation=settings)
    batch = batch_of(objective, 20)
    once = learner(smoothing=0.1)(batch)
    assert made(batch).item() == pytest.approx(once.item(), rel=1e-5)


def divergence(made, batch):
    """X alone: the loss of alpha 1 without that of alpha 0, with the same dropout."""
    found = []
    for alpha in (0.0, 1.0):
        torch.manual_seed(3)
        made.alpha.fill_(alpha)
        found.append(made(batch).item())
    return found[1] - found[0]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("objective", ["translation", "cd", "mlm"])
def test_the_passes_draw_different_masks(objective, together):
    for repeated in (True, False):
        settings = IntraDistillation(alpha=5, passes=2, together=together, encoder_repeated=repeated)
        assert divergence(learner(dropout=0.2, distillation=settings), batch_of(objective, 20)) > 0.01


def test_an_encoder_that_is_not_repeated_drops_once():
    """Dropout of the encoder alone: the decoder's passes are equal then, the encoder's are not."""
    for repeated in (True, False):
        for together in (True, False):
            settings = IntraDistillation(alpha=5, passes=2, encoder_repeated=repeated, together=together)
            made = learner(distillation=settings)
            for module in made.model.encoder.modules():
                if isinstance(module, Dropout):
                    module.rate = 0.5
            assert (divergence(made, batch_of("translation", 10)) > 0.01) == repeated
            assert divergence(made, batch_of("mlm", 10)) > 0.01


@pytest.mark.parametrize("repeated", [True, False])
def test_what_is_computed_anew_for_gradients_drops_the_same(monkeypatch, repeated):
    settings = IntraDistillation(alpha=5, passes=2, together=False, encoder_repeated=repeated)
    made, batch = learner(dropout=0.3, distillation=settings), batch_of("cd", 6)

    def gradients():
        torch.manual_seed(7)
        return torch.autograd.grad(made(batch), list(made.parameters()))

    anew = gradients()
    monkeypatch.setattr("model.training.learner.checkpoint", lambda function, *given, use_reentrant: function(*given))
    assert all(torch.equal(found, kept) for found, kept in zip(anew, gradients(), strict=True))


def test_it_is_for_the_objectives_that_were_named_and_for_training_alone():
    settings = IntraDistillation(alpha=5, passes=2, objectives=["cd"])
    made = learner(dropout=0.2, distillation=settings)
    translated, denoised = batch_of("translation", 10), batch_of("cd", 10)
    assert divergence(made, translated) == 0 and divergence(made, denoised) > 0.01
    made.eval()
    assert divergence(made, denoised) == 0


def test_it_adds_no_parameters():
    count = lambda made: sum(p.numel() for p in made.parameters())  # noqa: E731
    assert count(learner()) == count(learner(distillation=IntraDistillation(alpha=5, passes=2)))


def test_alpha_rises_from_1_to_its_whole():
    """As in the first paper of the method, at K = 3: alpha 5, p 5, q 10, 50,000 updates."""
    settings = IntraDistillation(alpha=5, passes=3, schedule="adaptive")
    assert alpha_at(5_000, 50_000, settings) == pytest.approx(1.0)
    assert alpha_at(10_000, 50_000, settings) == alpha_at(50_000, 50_000, settings) == 5.0
    assert alpha_at(2_500, 50_000, settings) == pytest.approx(0.2)  # halving the update divides by 5
    assert alpha_at(1, 50_000, settings.model_copy(update={"schedule": "constant"})) == 5.0
    made = learner(distillation=settings)
    made.set_alpha(2_500, 50_000)
    assert made.alpha.item() == pytest.approx(0.2)
