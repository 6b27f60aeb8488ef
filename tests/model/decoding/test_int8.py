import copy

import pytest
import torch
from torch import nn

from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.decoding.int8 import Int8Linear, in_int8
from model.machine.devices import has_int8
from model.network.transformer import Transformer
from tests.model.decoding.test_generate import FORBIDDEN, LANGUAGE, SIZES, SOURCE, spread

pytestmark = pytest.mark.skipif(not has_int8(torch.device("cpu")), reason="this processor has no VNNI")


def test_products_are_those_of_integers_worked_out_by_hand():
    layer = Int8Linear(torch.tensor([[127.0, -3.4], [0.5, 0.25]]), torch.tensor([1.0, -1.0]))
    # The scales of the weight are 1 and 0.5 / 127, so its integers are [127, -3] and [127, 64].
    # That of the first row of x is 2, so its integers are [127, 10]; the second row is zero.
    outputs = layer(torch.tensor([[254.0, 20.9], [0.0, 0.0]]))
    sums = torch.tensor([[127 * 127 - 3 * 10, 127 * 127 + 64 * 10], [0, 0]])
    expected = sums * torch.tensor([2.0, 0.5 / 127 * 2]) + torch.tensor([1.0, -1.0])
    assert torch.allclose(outputs, expected, rtol=1e-6)


def test_products_are_computed_by_the_instructions_that_the_processor_has(capfd):
    """And not by oneDNN's reference, which is a thousand times as slow."""
    torch.manual_seed(0)
    layer, x = Int8Linear(torch.randn(256, 64)), torch.randn(20, 64)
    with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):
        layer(x)
    products = [line for line in capfd.readouterr().out.splitlines() if ",exec,cpu,matmul," in line]
    assert products and not any(",ref" in line for line in products), products


def test_a_layer_computes_only_the_outputs_that_are_asked_for():
    torch.manual_seed(0)
    layer, x = Int8Linear(torch.randn(12, 8), torch.randn(12)), torch.randn(3, 2, 8)
    whole = layer(x)
    assert whole.shape == (3, 2, 12)
    assert torch.equal(layer(x, slice(4)), whole[..., :4]) and torch.equal(layer(x, slice(4, None)), whole[..., 4:])


def test_outputs_of_a_row_do_not_depend_on_the_others():
    torch.manual_seed(0)
    layer, x = Int8Linear(torch.randn(16, 64)), torch.randn(5, 64)
    x[1] *= 1000
    assert torch.equal(layer(x)[:1], layer(x[:1]))


@pytest.mark.parametrize("options", [{}, {"norm": "pre"}, {"output_bias": True}], ids=str)
def test_a_model_in_int8_scores_almost_as_in_float32_and_stays_as_it_was(options):
    torch.manual_seed(0)
    net = Transformer(SIZES.model_copy(update={"width": 64, "feedforward": 128, **options}), 40).eval()
    if options.get("output_bias"):
        nn.init.normal_(net.output_bias, std=5)
    before, source = copy.deepcopy(net.state_dict()), torch.tensor([[4, *range(6, 30), 1]])
    quick, inputs = in_int8(net), torch.tensor([[1, LANGUAGE, 7, 8]])
    assert not any(isinstance(module, nn.Linear) for module in quick.modules())
    assert quick.embedding.tokens.weight is net.embedding.tokens.weight  # no second copy of what is not cast
    with torch.no_grad():
        exact, rounded = (model.logits(model(source[:, :9], inputs)) for model in (net, quick))
    assert all(torch.equal(weight, before[name]) for name, weight in net.state_dict().items())
    assert 0 < (exact - rounded).norm() / exact.norm() < 0.05
    assert in_int8(quick) is quick


@pytest.mark.parametrize("settings", [{"beam": 3}, {"sampling": True, "nbest": 2}], ids=str)
def test_a_search_in_int8_gives_hypotheses(settings):
    for hypotheses in generate([in_int8(spread())], SOURCE, LANGUAGE, SearchConfig(**settings), FORBIDDEN):
        assert hypotheses and all(hypothesis.score < 0 for hypothesis in hypotheses)
