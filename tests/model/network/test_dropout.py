"""Dropout that any rows of a batch draw as the whole batch does."""

import numpy as np
import pytest
import torch
from torch import nn

from model.network.dropout import Dropout, draws_of, of_pass

ONES = torch.ones(7, 3, 5)


def dropout(rate=0.25, site=2):
    return Dropout(rate, site).train()


@pytest.mark.parametrize(("first", "last"), [(0, 7), (0, 3), (3, 7), (2, 3), (4, 4)])
def test_some_rows_lose_what_they_lose_in_the_whole_batch(first, last):
    whole = dropout()(ONES, draws_of(9, 0, 7))
    assert torch.equal(dropout()(ONES[first:last], draws_of(9, first, last - first)), whole[first:last])


def test_passes_in_one_batch_lose_what_they_lose_alone():
    together = dropout()(ONES[:4].repeat(3, 1, 1), draws_of(9, 2, 4))
    alone = [dropout()(ONES[:4], of_pass(draws_of(9, 2, 4), number)) for number in range(3)]
    assert torch.equal(together, torch.cat(alone))
    assert not torch.equal(alone[0], alone[1])


def test_another_seed_or_layer_draws_otherwise():
    found = [dropout(0.5, site)(ONES, draws_of(seed, 0, 7)) for seed, site in ((1, 0), (1, 1), (2, 0), (1, 0))]
    assert torch.equal(found[0], found[3])
    assert not torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rate", [0.1, 0.3, 0.9])
def test_so_many_are_dropped_and_the_mean_stays(rate, dtype):
    x = torch.ones(100, 10_000, dtype=dtype)
    found = dropout(rate)(x, draws_of(5, 0, 100)).double()
    error = (rate * (1 - rate) / x.numel()) ** 0.5
    assert (found == 0).double().mean().item() == pytest.approx(rate, abs=4 * error)
    assert found.max().item() == pytest.approx(1 / (1 - rate), rel=1e-3 if dtype is torch.float32 else 1e-2)
    # Neighbours are independent of each other: both are dropped with probability rate².
    both = ((found[:, 1:] == 0) & (found[:, :-1] == 0)).double().mean().item()
    assert both == pytest.approx(rate**2, abs=8 * error)


@pytest.mark.parametrize("rate", [0.999999, 1 - 1e-12])
def test_a_rate_near_one_is_the_largest_that_can_be_drawn(rate):
    found = dropout(rate)(torch.ones(1, 2**20), draws_of(5, 0, 1))
    assert set(found.unique().tolist()) == {0.0, 65_536.0}


def test_numbers_are_those_of_numpy():
    """Row 1 of a batch of two: 15 numbers of 16 bits, from the 15th on."""
    drawn = np.random.PCG64([9, 2, 0]).random_raw(8).view(np.uint16)[15:30]
    expected = torch.from_numpy((drawn >= 2**14) / (1 - 0.25)).float().view(1, 3, 5)
    assert torch.equal(dropout()(ONES[:1], draws_of(9, 1, 1)), expected)


def test_the_gradient_loses_the_same_numbers():
    x = torch.randn(6, 3, 4, dtype=torch.float64, requires_grad=True)
    draws = draws_of(3, 1, 3)
    assert torch.autograd.gradcheck(lambda x: dropout()(x, draws), x)
    mask = dropout()(torch.ones_like(x), draws)
    (gradient,) = torch.autograd.grad(dropout()(x, draws).sum(), x)
    assert torch.equal(gradient, mask)
    across = x.transpose(1, 2)  # another layout in memory: the same numbers, in the order of the shape
    assert torch.equal(dropout()(across, draws), across * dropout()(torch.ones_like(across), draws))


def test_a_model_in_use_and_a_rate_of_nothing_drop_nothing():
    draws = draws_of(1, 0, 7)
    assert torch.equal(Dropout(0.5, 0).eval()(ONES, draws), ONES) and torch.equal(dropout(0.0)(ONES, draws), ONES)


def test_without_draws_torch_draws():
    torch.manual_seed(4)
    found = dropout()(ONES)
    torch.manual_seed(4)
    assert torch.equal(found, nn.functional.dropout(ONES, 0.25))


def test_compiled_it_is_part_of_one_graph_and_drops_the_same():
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph.forward

    layers = nn.Sequential(nn.Linear(5, 5), dropout())
    compiled = torch.compile(lambda x, draws: layers[1](layers[0](x), draws), backend=backend, dynamic=True)
    for rows in (7, 4, 6):
        x, draws = torch.randn(rows, 3, 5), draws_of(rows, 0, rows)
        assert torch.equal(compiled(x, draws), layers[1](layers[0](x), draws))
    assert len(graphs) == 1
