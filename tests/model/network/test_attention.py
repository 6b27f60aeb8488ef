from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import gradcheck

from model.config.model import ModelConfig
from model.network import attention
from model.network.attention import Attention, Between, Segments, attend, attend_by_products
from model.network.dropout import Dropout, draws_of

SIZES = ModelConfig(width=16, feedforward=32, heads=2, encoder_layers=1, decoder_layers=1, max_positions=16)
PADDING = torch.tensor([[True] * 5, [True] * 3 + [False] * 2, [True] + [False] * 4])[:, None, None, :]
OWN_ROWS = (torch.arange(5) % 2 == torch.arange(4)[:, None] % 2).expand(3, 1, 4, 5)  # as in a search with a beam
CASES = {  # queries, keys, mask, causal
    "padding": (5, 5, PADDING, False),
    "cross": (4, 5, PADDING, False),
    "rows of a beam": (4, 5, OWN_ROWS, False),
    "causal": (5, 5, None, True),
    "all": (1, 5, None, False),
}


def inputs(queries, keys, dtype):
    torch.manual_seed(0)
    # As in the layer: heads are a view of the last dimension.
    return [torch.randn(3, n, 2, 4).to(dtype).transpose(1, 2).requires_grad_() for n in (queries, keys, keys)]


def with_gradients(function, case, dtype):
    queries, keys, mask, causal = CASES[case]
    given = inputs(queries, keys, dtype)
    found = function(*given, mask, causal)
    return [found, *torch.autograd.grad((found * torch.arange(4)).sum(), given)]


def by_the_kernel(queries, keys, values, mask, causal):
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, is_causal=causal)


@pytest.mark.parametrize("case", CASES)
def test_products_give_results_and_gradients_of_torchs_kernel(case):
    found, expected = (with_gradients(f, case, torch.float32) for f in (attend_by_products, by_the_kernel))
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape and torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_products_in_bf16_are_near_those_in_float32(case):
    found, expected = (with_gradients(attend_by_products, case, dtype) for dtype in (torch.bfloat16, torch.float32))
    for one, other in zip(found, expected, strict=True):
        assert one.dtype is torch.bfloat16 and torch.allclose(one.float(), other, atol=0.1, rtol=0.05)


@pytest.mark.parametrize("case", CASES)
def test_gradients_of_products_are_those_of_finite_differences(case):
    queries, keys, mask, causal = CASES[case]
    assert gradcheck(lambda *x: attend_by_products(*x, mask, causal), inputs(queries, keys, torch.float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weights_are_dropped_where_the_rate_is_not_zero(dtype):
    given, seen = inputs(4, 5, dtype), []

    def drop(weights):
        seen.append(weights.shape)
        return weights * 0

    assert attend(*given, PADDING, False, 0.5, drop).eq(0).all() and seen == [(3, 2, 4, 5)]
    assert attend(*given, PADDING, False, 0.0, drop).ne(0).all() and len(seen) == 1


def test_a_query_that_may_attend_to_nothing_gives_numbers():
    given = inputs(4, 5, torch.bfloat16)
    found = attend_by_products(*given, torch.zeros(3, 1, 1, 5, dtype=torch.bool), False)
    assert all(x.isfinite().all() for x in (found, *torch.autograd.grad(found.sum(), given)))


@pytest.mark.parametrize("rate", [0.0, 0.5])
@pytest.mark.parametrize("training", [True, False])
def test_training_in_bf16_on_a_processor_computes_attention_in_float32(monkeypatch, rate, training):
    seen = []
    monkeypatch.setattr(attention, "attend", partial(watch, seen, attention.attend))
    monkeypatch.setattr(attention, "attend_by_products", partial(watch, seen, attention.attend_by_products))
    layer = Attention(SIZES, Dropout(rate, site=0)).train(training)
    x = torch.randn(3, 5, 16)
    with torch.autocast("cpu", torch.bfloat16), torch.set_grad_enabled(training):
        memory = layer.keys_values(x)
        assert layer(x, mask=PADDING, draws=draws_of(1, 0, 3)).dtype is torch.bfloat16
        assert layer(x, memory, PADDING, draws=draws_of(1, 0, 3)).dtype is torch.bfloat16
    assert set(seen) == {torch.float32 if training else torch.bfloat16}


def watch(seen, function, *given):
    seen.extend(x.dtype for x in given[:3])
    found = function(*given)
    seen.append(found.dtype)
    return found


def test_attention_in_float64_stays_in_float64():
    given = inputs(4, 5, torch.float64)
    assert torch.equal(attend(*given, PADDING, False), by_the_kernel(*given, PADDING, False))


def test_batches_of_all_shapes_are_one_compiled_graph():
    layer, graphs = Attention(SIZES, Dropout(0.1, site=0)), []

    def count(graph, _):
        graphs.append(graph)
        return graph

    compiled = torch.compile(layer, backend=count, dynamic=True, fullgraph=True)
    for rows, length in ((3, 5), (4, 7), (6, 9)):
        mask = torch.ones(rows, 1, 1, length, dtype=torch.bool)
        with torch.autocast("cpu", torch.bfloat16):
            compiled(torch.randn(rows, length, 16), mask=mask, draws=draws_of(1, 0, rows)).sum().backward()
    assert len(graphs) == 1


def test_rows_of_segments_lie_end_to_end():
    """Two rows with segments of two, one and three tokens: where they start, and who sees whom in a row."""
    side = Segments(torch.tensor([0, 2, 3, 6], dtype=torch.int32), torch.tensor([0, 1, 0, 0, 1, 2]), 3)
    assert side.starts_in(2).tolist() == [0, 2, 3, 6, 8, 9, 12]
    other = Segments(torch.tensor([0, 1, 2, 4], dtype=torch.int32), torch.tensor([0, 0, 0, 1]), 2)
    wanted = [[1, 0, 0, 0]] * 2 + [[0, 1, 0, 0]] + [[0, 0, 1, 1]] * 3
    assert Between(side, other).mask(causal=False).int().tolist() == wanted
    seen = Between(side, side).mask(causal=True).int()
    assert seen.sum(1).tolist() == [1, 2, 1, 1, 2, 3] and torch.equal(seen, seen.tril())
