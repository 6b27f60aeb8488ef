import numpy as np
import pytest
import torch
from torch import nn

from model.analysis.sensitivity import parameters_of, sensitivity
from model.config.model import ModelConfig
from model.network.transformer import Transformer

# Worked out by hand: the loss is (θ · x - y)² / 2, so θ g = θ x (θ · x - y).
THETA = (0.5, -1.0, 2.0, 0.1)
BATCHES = {
    "A": [((1.0, 0.0, 1.0, 2.0), 1.0), ((0.0, 1.0, 1.0, -1.0), 0.0)],
    "B": [((2.0, 1.0, 0.0, 1.0), 1.0), ((1.0, 1.0, 1.0, 0.0), -1.0)],
}
SENSITIVITIES = {"A": (0.425, 0.45, 2.6, 0.215), "B": (1.075, 1.7, 2.5, 0.045)}
SIZES = ModelConfig(width=8, feedforward=16, heads=2, encoder_layers=1, decoder_layers=1, max_positions=9)


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(THETA))
        self.idle = nn.Parameter(torch.ones(2))


def squared(model, tokens=1):
    """The summed loss of a batch that holds its one example so many times."""
    return lambda batch: (tokens * 0.5 * (model.theta @ torch.tensor(batch[0]) - batch[1]) ** 2, tokens)


@pytest.mark.parametrize("name", ["A", "B"])
def test_it_is_the_mean_of_what_each_batch_says_without_its_sign(name):
    model = Linear()
    found = sensitivity(model, BATCHES[name], squared(model))
    assert found["theta"].dtype == torch.float64
    assert found["theta"].tolist() == pytest.approx(SENSITIVITIES[name], rel=1e-6)
    assert found["idle"].tolist() == [0, 0] and model.theta.grad is None


def test_it_is_not_what_the_mean_gradient_says():
    """Both examples as one batch have the mean of their gradients: there .34 and -.09 of the last parameter cancel."""
    model = Linear()
    both = lambda batch: (sum(squared(model)(example)[0] for example in batch), len(batch))  # noqa: E731
    of_the_mean = sensitivity(model, [BATCHES["A"]], both)["theta"][3].item()
    assert of_the_mean == pytest.approx(0.125)
    assert sensitivity(model, BATCHES["A"], squared(model))["theta"][3].item() == pytest.approx(0.215)


def test_batches_of_many_and_of_few_tokens_weigh_alike():
    model = Linear()
    tokens = iter((1, 5))
    found = sensitivity(model, BATCHES["A"], lambda batch: squared(model, next(tokens))(batch))
    assert found["theta"].tolist() == pytest.approx(SENSITIVITIES["A"], rel=1e-6)


def test_small_terms_are_not_lost_beside_a_large_one():
    model, (x, y) = Linear(), BATCHES["A"][0]

    def total(scales):
        loss = lambda scale: (scale * squared(model)((x, y))[0], 1)  # noqa: E731
        return sensitivity(model, scales, loss)["theta"][0].item() * len(scales)

    small = total([1.0] + [1e-8] * 2000) - total([1.0])  # in float32, 1 + 1e-8 is 1
    assert small == pytest.approx(0.85 * 2000 * 1e-8, rel=1e-4)


def test_the_tied_matrix_stands_in_the_vector_once_and_layer_norms_are_not_prunable():
    model = Transformer(SIZES, 11)
    found = parameters_of(model)
    assert [p.name for p in found] == [name for name, _ in model.named_parameters()]
    assert found[0].name == "embedding.tokens.weight" and found[0].shape == (11, 8)
    assert len([p for p in found if p.shape == (11, 8)]) == 1
    sizes = [p.size for p in found]
    assert [p.offset for p in found] == [0, *np.cumsum(sizes[:-1]).tolist()]
    assert sum(sizes) == sum(p.numel() for p in model.parameters())
    kept = {p.name.split(".")[-2] for p in found if not p.prunable}
    assert kept == {"norm"}


def test_both_uses_of_the_tied_matrix_count_together():
    torch.manual_seed(1)
    model = Transformer(SIZES, 11).double()
    source, inputs, targets = (torch.tensor([row]) for row in ([5, 6, 1], [1, 7, 8], [7, 8, 1]))

    def loss(batch):
        scores = model.logits(model(source, inputs))
        return nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction="sum"), 3

    found = sensitivity(model, [None], loss)["embedding.tokens.weight"]
    total, tokens = loss(None)
    (gradient,) = torch.autograd.grad(total / tokens, [model.embedding.tokens.weight])
    assert torch.allclose(found, (gradient * model.embedding.tokens.weight).abs())
    assert found[9].any(), "a row that no text has is read out by the projection"
    assert not found[0].any(), "padding, zero at first, stays without effect"
