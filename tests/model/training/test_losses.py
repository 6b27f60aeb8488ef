from functools import partial

import pytest
import torch

from model.training import losses
from model.training.losses import loss_and_gradients, over_vocabulary
from tests.model.training.definitions import intra_distillation, label_smoothed_cross_entropy

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


def random(passes, positions=5, rows=7, scale=1.0, dtype=torch.float64):
    torch.manual_seed(0)
    return torch.randint(0, rows, (positions,)), scale * torch.randn(passes, positions, rows, dtype=dtype)


def both(targets, logits, smoothing, alpha, rows=None):
    """Loss and gradients by the closed form, and by autograd of the definition."""
    logits = logits.requires_grad_()
    kept = logits if rows is None else logits[..., :rows]
    expected = intra_distillation(targets, *kept, smoothing=smoothing, alpha=alpha)
    (gradients,) = torch.autograd.grad(expected, logits)
    found = loss_and_gradients(targets, logits.detach().clone(), kept.size(-1), smoothing, alpha)
    return found, (expected.detach(), gradients)


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("alpha", [0.0, 5.0])
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
def test_the_closed_form_is_that_of_the_definition(passes, smoothing, alpha, scale):
    given = random(passes, scale=scale)
    found, expected = both(*given, smoothing, torch.tensor(alpha, dtype=torch.float64))
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-12 * scale)
    single = loss_and_gradients(given[0], given[1].detach().float(), 7, smoothing, torch.tensor(alpha))
    for ours, theirs in zip(single, expected, strict=True):
        assert ours.isfinite().all() and torch.allclose(ours, theirs.float(), rtol=1e-4, atol=1e-6 * scale)


class ClosedForm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, targets, logits):
        loss, gradients = loss_and_gradients(targets, logits.clone(), 7, 0.1, 2.0)
        ctx.save_for_backward(gradients)
        return loss

    @staticmethod
    def backward(ctx, outer):
        return None, outer * ctx.saved_tensors[0]


@pytest.mark.parametrize("passes", [1, 2, 3])
def test_the_gradients_by_finite_differences(passes):
    targets, logits = random(passes)
    assert torch.autograd.gradcheck(partial(ClosedForm.apply, targets), (logits.requires_grad_(),))


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_that_do_not_count_have_no_probability_and_no_gradient(passes, dtype):
    targets, logits = random(passes, rows=9, dtype=torch.float32)
    targets, logits = targets % 7, logits.to(dtype)
    (loss, gradients), (expected, wanted) = both(targets, logits.float(), 0.1, 5.0, rows=7)
    low = loss_and_gradients(targets, logits.clone(), 7, 0.1, 5.0)
    assert low[0].dtype == torch.float32 and low[1].dtype == dtype and low[1].shape == logits.shape
    assert torch.equal(low[0], loss) and torch.equal(low[1], gradients.to(dtype))
    assert torch.allclose(loss, expected) and torch.allclose(gradients, wanted, atol=1e-6)
    assert not gradients[..., 7:].any()


@pytest.mark.parametrize("passes", [1, 2])
def test_of_no_position_it_is_nothing(passes):
    nothing = torch.zeros(0, dtype=torch.int64)
    loss, gradients = loss_and_gradients(nothing, torch.zeros(passes, 0, 7), 7, 0.1, 5.0)
    assert loss == 0 and gradients.shape == (passes, 0, 7)
    weight, states = torch.randn(7, 3, requires_grad=True), [torch.randn(0, 3, requires_grad=True)] * passes
    over_vocabulary(partial(loss_and_gradients, smoothing=0.1, alpha=5.0), nothing, weight, *states).backward()
    assert not weight.grad.any() and states[0].grad.shape == (0, 3)


@pytest.mark.parametrize("passes", [1, 2])
def test_a_bias_of_the_logits_counts_and_gets_its_gradient(monkeypatch, passes):
    monkeypatch.setattr(losses, "logits_at_once", lambda weight: 7 * 11)
    torch.manual_seed(0)
    targets, weight = torch.randint(0, 11, (20,)), torch.randn(11, 6, requires_grad=True)
    states = [torch.randn(20, 6, requires_grad=True) for _ in range(passes)]
    bias = torch.randn(11, requires_grad=True)
    found = over_vocabulary(partial(loss_and_gradients, smoothing=0.1, alpha=5.0), targets, weight, *states, bias=bias)
    expected = intra_distillation(targets, *(x @ weight.T + bias for x in states), smoothing=0.1, alpha=5.0)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    wanted = torch.autograd.grad(expected, [weight, bias, *states])
    for one, other in zip(torch.autograd.grad(found, [weight, bias, *states]), wanted, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize("held", [1, 7 * 11, 10**6])
def test_in_chunks_the_loss_and_its_gradients_are_those_of_all_at_once(monkeypatch, held, passes):
    monkeypatch.setattr(losses, "logits_at_once", lambda weight: held)  # 1 position a chunk, some, all
    torch.manual_seed(0)
    targets, weight = torch.randint(0, 11, (20,)), torch.randn(11, 6, requires_grad=True)
    states = [torch.randn(20, 6, requires_grad=True) for _ in range(passes)]
    found = over_vocabulary(partial(loss_and_gradients, smoothing=0.1, alpha=5.0), targets, weight, *states)
    expected = intra_distillation(targets, *(each @ weight.T for each in states), smoothing=0.1, alpha=5.0)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    for ours, theirs in zip(
        torch.autograd.grad(3 * found, [weight, *states]),
        torch.autograd.grad(3 * expected, [weight, *states]),
        strict=True,
    ):
        assert torch.allclose(ours, theirs, atol=1e-4)


def test_chunks_are_no_smaller_than_the_weights_nor_larger_than_the_caches():
    sizes = [(2**10, 2**7), (2**14, 2**9), (2**16, 2**10)]  # rows and width of the vocabulary
    assert [losses.logits_at_once(torch.empty(size, device="cpu")) for size in sizes] == [2**21, 2**23, 2**23]


def test_under_autocast_products_are_bfloat16_and_sums_float32():
    torch.manual_seed(0)
    targets, weight, states = torch.randint(0, 11, (20,)), torch.randn(11, 6), torch.randn(20, 6)
    loss = partial(loss_and_gradients, smoothing=0.0)
    with torch.autocast("cpu", torch.bfloat16):
        found = over_vocabulary(loss, targets, weight.requires_grad_(), states.requires_grad_())
    exact = over_vocabulary(loss, targets, weight, states)
    assert found.dtype == torch.float32 and found != exact and found.item() == pytest.approx(exact.item(), rel=1e-2)
    found.backward()
    assert weight.grad.dtype == states.grad.dtype == torch.float32


@pytest.mark.parametrize("passes", [1, 2])
def test_in_bf16_any_number_of_positions_makes_products_of_the_same_shapes(monkeypatch, passes):
    torch.manual_seed(0)
    weight, loss = torch.randn(11, 6, requires_grad=True), partial(loss_and_gradients, smoothing=0.1, alpha=5.0)
    shapes, product = set(), torch.Tensor.__matmul__
    for count in range(1, 33):
        states, targets = [torch.randn(count, 6, requires_grad=True) for _ in range(passes)], torch.arange(count) % 11
        exact = torch.autograd.grad(over_vocabulary(loss, targets, weight, *states), [weight, *states])
        with monkeypatch.context() as patch, torch.autocast("cpu", torch.bfloat16):
            patch.setattr(torch.Tensor, "__matmul__", lambda a, b: shapes.add((a.shape, b.shape)) or product(a, b))
            found = torch.autograd.grad(over_vocabulary(loss, targets, weight, *states), [weight, *states])
        for ours, theirs in zip(found, exact, strict=True):
            assert ours.shape == theirs.shape and torch.allclose(ours, theirs, atol=0.2, rtol=0.05)
    assert shapes == {((64, 6), (6, 11)), ((64, 11), (11, 6)), ((11, 64), (64, 6))}


def test_without_gradients_it_is_the_same_loss():
    targets, weight, states = torch.tensor([1, 0]), torch.nn.Parameter(torch.eye(3)), torch.ones(2, 3)
    with torch.no_grad():
        found = over_vocabulary(partial(loss_and_gradients, smoothing=0.0), targets, weight, states)
    assert found.item() == pytest.approx(2 * 1.0986123) and not found.requires_grad


def test_compiled_it_is_the_same_in_one_graph_for_all_sizes():
    graphs = []

    def counted(graph, inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(loss_and_gradients, backend=counted, dynamic=True)
    for positions, rows in ((5, 7), (3, 9), (8, 12)):
        targets, logits = random(2, positions, rows, dtype=torch.bfloat16)
        targets %= rows - 1
        for alpha in (1.0, 2.0):
            found = compiled(targets, logits.clone(), rows - 1, 0.1, torch.tensor(alpha))
            expected = loss_and_gradients(targets, logits.clone(), rows - 1, 0.1, torch.tensor(alpha))
            assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, expected, strict=True))
    assert len(graphs) == 1


@pytest.mark.parametrize("passes", [1, 2])
def test_where_no_gradient_is_wanted_none_is_computed(passes):
    torch.manual_seed(0)
    results, weight = [], torch.randn(11, 6, requires_grad=True)
    targets, states = torch.arange(20) % 11, [torch.randn(20, 6, requires_grad=True) for _ in range(passes)]

    def watched(*given, **settings):
        results.append(loss_and_gradients(*given, smoothing=0.1, alpha=5.0, **settings))
        return results[-1]

    wanted = over_vocabulary(watched, targets, weight, *states)
    with torch.no_grad():
        found = over_vocabulary(watched, targets, weight, *states)
    assert torch.equal(found, wanted) and [gradients is None for _, gradients in results] == [False, True]
