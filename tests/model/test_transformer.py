import pytest
import torch

from model.config import ModelConfig
from model.transformer import Cache, Transformer

SIZES = ModelConfig(width=16, feedforward=32, heads=2, encoder_layers=2, decoder_layers=2, max_positions=16)
SOURCE = torch.tensor([[4, 6, 7, 8, 1], [4, 9, 1, 0, 0]])
INPUTS = torch.tensor([[1, 5, 6, 7], [1, 5, 8, 0]])


def model(norm="post", **rates):
    torch.manual_seed(0)
    return Transformer(SIZES.model_copy(update={"norm": norm}), 12, **rates)


def test_the_number_of_parameters():
    d, f, v, p = 16, 32, 12, 16
    attention, feedforward, norm = 4 * (d * d + d), 2 * d * f + f + d, 2 * d
    layers = 2 * (attention + feedforward + 2 * norm) + 2 * (2 * attention + feedforward + 3 * norm)
    embedding = v * d + 2 * p * d  # one token matrix for source, target and output
    assert sum(x.numel() for x in model().parameters()) == layers + embedding
    assert sum(x.numel() for x in model("pre").parameters()) == layers + embedding + 2 * norm


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_a_position_sees_no_later_target(norm):
    net = model(norm).eval()
    changed = INPUTS.clone()
    changed[:, 3] = 11
    before, after = net(SOURCE, INPUTS), net(SOURCE, changed)
    assert torch.allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert not torch.allclose(before[:, 3], after[:, 3], atol=1e-3)


def test_padding_of_the_source_changes_nothing():
    net = model().eval()
    alone = net(SOURCE[1:, :3], INPUTS[1:, :3])
    beside = net(SOURCE, INPUTS)[1:, :3]
    assert torch.allclose(alone, beside, atol=1e-6)


def test_every_source_token_matters():
    net = model().eval()
    for position in range(5):
        changed = SOURCE.clone()
        changed[0, position] = 10
        assert not torch.allclose(net(SOURCE, INPUTS)[0], net(changed, INPUTS)[0], atol=1e-4)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_decoding_step_by_step_equals_decoding_at_once(norm):
    net = model(norm).eval()
    states, mask = net.encode(SOURCE)
    memories, caches = net.memories(states), [Cache(), Cache()]
    steps = [net.decode(INPUTS[:, t : t + 1], memories, mask, caches, start=t) for t in range(4)]
    assert torch.allclose(torch.cat(steps, 1), net(SOURCE, INPUTS), atol=1e-5)


def test_dropout_is_drawn_while_training_only():
    net = model(dropout=0.5)
    assert not torch.equal(net(SOURCE, INPUTS), net(SOURCE, INPUTS))
    net.eval()
    assert torch.equal(net(SOURCE, INPUTS), net(SOURCE, INPUTS))
