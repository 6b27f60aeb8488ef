import pytest
import torch

from model.training import losses
from model.training.losses import label_smoothed_cross_entropy, over_vocabulary

# Worked out by hand: logits (2, 1, 0, -1, .5), target 0, V = 5.
LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0, 0.5]])


def test_without_smoothing_it_is_the_negative_log_probability():
    assert label_smoothed_cross_entropy(torch.tensor([0]), LOGITS, 0.0).item() == pytest.approx(0.574438, abs=1e-6)


def test_smoothing_is_spread_over_the_other_rows_only():
    assert label_smoothed_cross_entropy(torch.tensor([0]), LOGITS, 0.1).item() == pytest.approx(0.761938, abs=1e-6)


def test_it_is_a_sum_over_positions():
    loss = label_smoothed_cross_entropy(torch.tensor([0, 0, 0]), LOGITS.repeat(3, 1), 0.1)
    assert loss.item() == pytest.approx(3 * 0.761938, abs=3e-6)


def test_two_positions_of_the_papers_worked_example():
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0], [0.5, 0.5, 0.0, 0.0]])
    loss = label_smoothed_cross_entropy(torch.tensor([2, 3]), logits, 0.1)
    assert loss.item() == pytest.approx(4.007414, abs=1e-6)


@pytest.mark.parametrize("held", [1, 7 * 11, 10**6])
def test_in_chunks_the_loss_and_its_gradients_are_those_of_all_at_once(monkeypatch, held):
    monkeypatch.setitem(losses.LOGITS, "cpu", held)  # 1 position a chunk, 3 (of two states), all
    torch.manual_seed(0)
    targets, weight = torch.randint(0, 11, (20,)), torch.randn(11, 6, requires_grad=True)
    states = [torch.randn(20, 6, requires_grad=True) for _ in range(2)]

    def both(wanted, *logits):  # a loss that needs several scores of a position at once, as intra-distillation will
        first, second = (label_smoothed_cross_entropy(wanted, each, 0.1) for each in logits)
        return first + 2 * second + (logits[0].softmax(-1) * logits[1]).sum()

    found = over_vocabulary(both, targets, weight, *states)
    expected = both(targets, *(each @ weight.T for each in states))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    for ours, theirs in zip(
        torch.autograd.grad(3 * found, [weight, *states]),
        torch.autograd.grad(3 * expected, [weight, *states]),
        strict=True,
    ):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_under_autocast_products_are_bfloat16_and_sums_float32():
    torch.manual_seed(0)
    targets, weight, states = torch.randint(0, 11, (20,)), torch.randn(11, 6), torch.randn(20, 6)
    loss = lambda wanted, logits: label_smoothed_cross_entropy(wanted, logits, 0.0)  # noqa: E731
    with torch.autocast("cpu", torch.bfloat16):
        found = over_vocabulary(loss, targets, weight.requires_grad_(), states.requires_grad_())
    exact = over_vocabulary(loss, targets, weight, states)
    assert found.dtype == torch.float32 and found != exact and found.item() == pytest.approx(exact.item(), rel=1e-2)
    found.backward()
    assert weight.grad.dtype == states.grad.dtype == torch.float32


def test_without_gradients_it_is_the_same_loss():
    targets, weight, states = torch.tensor([1, 0]), torch.nn.Parameter(torch.eye(3)), torch.ones(2, 3)
    asked = []

    def loss(wanted, logits):
        asked.append(logits.requires_grad)
        return label_smoothed_cross_entropy(wanted, logits, 0.0)

    with torch.no_grad():
        assert over_vocabulary(loss, targets, weight, states).item() == pytest.approx(2 * 1.0986123)
    over_vocabulary(loss, targets, weight, states)
    assert asked == [False, True]
