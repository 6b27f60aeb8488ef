import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from model.network.linear import ROUND, Linear, linear, rounded

CPU, LOW = "cpu", torch.bfloat16


class Products(TorchDispatchMode):
    """Collects the shapes of all products of matrices."""

    def __init__(self):
        super().__init__()
        self.shapes = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.addmm):
            self.shapes.add(tuple(x.shape for x in args[-2:]))
        return function(*args, **(kwargs or {}))


def with_gradients(function, shape, precision):
    torch.manual_seed(0)
    x, weight, bias = (torch.randn(size, requires_grad=True) for size in (shape, (6, 4), (6,)))
    with torch.autocast(CPU, precision, enabled=precision is LOW):
        found = function(x, weight, bias)
    return [found, *torch.autograd.grad((found.float() * torch.arange(6)).sum(), (x, weight, bias))]


@pytest.mark.parametrize("shape", [(5, 4), (3, 21, 4), (2, 32, 4), (13, 5, 4), (0, 7, 4)])
def test_results_and_gradients_in_bf16_are_those_of_torchs_linear_layer(shape):
    found, expected = (with_gradients(function, shape, LOW) for function in (linear, F.linear))
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape and one.dtype is other.dtype
        assert torch.allclose(one.float(), other.float(), rtol=0.02, atol=0.05)


def test_in_float32_nothing_changes():
    found, expected = (with_gradients(function, (3, 5, 4), torch.float32) for function in (linear, F.linear))
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_a_search_computes_only_the_rows_that_it_has():
    with Products() as products, torch.autocast(CPU, LOW), torch.no_grad():
        Linear(5, 7)(torch.ones(2, 3, 5))
    assert products.shapes == {((6, 5), (5, 7))}


def test_batches_of_many_sizes_are_products_of_few_shapes():
    layer = Linear(5, 7)
    for precision, few in ((LOW, True), (torch.float32, False)):
        with Products() as products:
            for length in range(1, ROUND):
                with torch.autocast(CPU, precision, enabled=precision is LOW):
                    loss = layer(torch.ones(2, length, 5, requires_grad=True)).sum()
                loss.backward()
        # Up to 2 * ROUND rows: two products for each of the result, the gradient of the input and that of the weight.
        assert len(products.shapes) == (2 if few else ROUND - 1) * 3


def test_rows_are_filled_up_with_zeros():
    found = rounded(torch.ones(2, 3, 4), LOW)
    assert found.shape == (ROUND, 4) and found.dtype is LOW and found[:6].eq(1).all() and found[6:].eq(0).all()
