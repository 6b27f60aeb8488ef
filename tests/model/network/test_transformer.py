import pytest
import torch
import torch.nn.functional as F

from model.config.model import ModelConfig
from model.network.cache import Cache
from model.network.transformer import Norm, Transformer, sinusoids

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


PUBLISHED = {  # what published models have beside the options of the two papers
    "mbart": {"norm": "pre", "embedding_norm": True},
    "marian": {"activation": "swish", "positions": "fixed", "output_bias": True},
    "mrasp2": {"norm": "pre", "embedding_norm": True, "embedding_scale": "none"},
}


def published(name):
    torch.manual_seed(0)
    return Transformer(SIZES.model_copy(update=PUBLISHED[name]), 12).eval()


@pytest.mark.parametrize("net", [model().eval(), model("pre").eval(), *map(published, PUBLISHED)])
def test_decoding_step_by_step_equals_decoding_at_once(net):
    memory, cache = net.memory(*net.encode(SOURCE)), Cache(layers=2)
    steps = [net.decode(INPUTS[:, t : t + 1], memory, cache) for t in range(4)]
    assert torch.allclose(torch.cat(steps, 1), net(SOURCE, INPUTS), atol=1e-5)


def test_dropout_is_drawn_while_training_only():
    net = model(dropout=0.5)
    assert not torch.equal(net(SOURCE, INPUTS), net(SOURCE, INPUTS))
    net.eval()
    assert torch.equal(net(SOURCE, INPUTS), net(SOURCE, INPUTS))


@pytest.mark.parametrize(
    ("preset", "vocabulary", "layers"), [("mrasp", 64_808, (6, 6)), ("m8", 32_010, (6, 6)), ("m15", 32_010, (12, 12))]
)
def test_the_presets_have_the_papers_numbers_of_parameters(preset, vocabulary, layers):
    d, f, positions = 1024, 4096, 256
    encoder_layer = 4 * (d * d + d) + 2 * d * f + f + d + 2 * 2 * d
    decoder_layer = 8 * (d * d + d) + 2 * d * f + f + d + 3 * 2 * d
    expected = layers[0] * encoder_layer + layers[1] * decoder_layer + vocabulary * d
    expected += 2 * positions * d if preset == "mrasp" else 2 * 2 * d  # learned positions, or the two last norms
    with torch.device("meta"):
        found = sum(x.numel() for x in Transformer(ModelConfig(preset=preset), vocabulary).parameters())
    assert found == expected
    # In millions: mRASP; the two models of the second paper, whose own figures count the tied matrix twice.
    assert found / 1e6 == pytest.approx({"mrasp": 243.3, "m8": 209.14, "m15": 385.50}[preset], abs=0.06)


def test_embeddings_with_a_norm_and_without_a_scale():
    net = published("mrasp2").embedding
    with torch.no_grad():
        for norm in (net.source_norm, net.target_norm):
            norm.weight.copy_(torch.rand(16) + 1), norm.bias.copy_(torch.randn(16))
    tokens, places = net.tokens.weight[SOURCE], net.source_positions.weight[:5]
    x = tokens + places
    apart = (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
    assert torch.allclose(net.source(SOURCE), apart * net.source_norm.weight + net.source_norm.bias, atol=1e-5)
    x = net.tokens.weight[INPUTS] + net.target_positions.weight[:4]
    apart = (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
    assert torch.allclose(
        net.target(INPUTS, net.target_positions(0, 4)), apart * net.target_norm.weight + net.target_norm.bias, atol=1e-5
    )
    assert torch.allclose(model().embedding.source(SOURCE) - 4 * model().embedding.tokens(SOURCE), places, atol=1e-5)


def test_a_fixed_table_of_positions_is_saved_and_not_trained():
    net = published("marian")
    table = "embedding.source_positions.weight"
    assert table in net.state_dict() and table not in dict(net.named_parameters())
    assert torch.equal(net.state_dict()[table], sinusoids(16, 16))


def test_an_output_bias_is_added_to_the_scores():
    net, states = published("marian"), torch.randn(2, 3, 16)
    without = net.logits(states)
    with torch.no_grad():
        net.output_bias.copy_(torch.arange(12.0))
    assert torch.allclose(net.logits(states), without + torch.arange(12.0), atol=1e-5)


def test_swish_is_the_activation_where_the_config_says_so():
    first, activation, second = published("marian").encoder[0].feedforward
    x = torch.randn(4, 16)
    inner = first(x)
    assert torch.allclose(second(activation(inner)), second(inner / (1 + (-inner).exp())), atol=1e-6)


def test_sinusoids_by_hand():
    table = sinusoids(4, 6)  # rates 1, 1/100, 1/10000
    assert table[3].tolist() == pytest.approx([0.14112001, 0.0299955, 0.0003, -0.9899925, 0.99955003, 1.0], abs=1e-6)
    assert sinusoids(2, 7).shape == (2, 7)


def test_hypotheses_that_branch_are_decoded_as_if_each_were_alone():
    """Of each sentence three: first all from one row, then each from another one's past."""
    net, tokens = model().eval(), torch.randint(6, 12, (3, 2, 3))  # positions, B, n
    memory, cache, parents = net.memory(*net.encode(SOURCE)), Cache(2, rows=3), torch.tensor([[2, 0, 2], [1, 1, 0]])
    net.decode(torch.full((2, 1), 1), memory, cache)
    cache.branch(torch.zeros(2, 3, dtype=torch.long))
    net.decode(tokens[0], memory, cache)
    cache.branch(parents)
    net.decode(tokens[1], memory, cache)
    found = net.decode(tokens[2], memory, cache)
    for sentence in range(2):
        for row in range(3):
            before = tokens[0, sentence, parents[sentence, row]]
            inputs = torch.tensor([[1, before, tokens[1, sentence, row], tokens[2, sentence, row]]])
            alone = net(SOURCE[sentence : sentence + 1], inputs)[0, -1]
            assert torch.allclose(found[sentence, row], alone, atol=1e-5)


def test_a_repeated_memory_is_that_of_the_repeated_sources():
    net = model().eval()
    once = net.memory(*net.encode(SOURCE))
    repeated, twice = once.repeat(2), net.memory(*net.encode(SOURCE.repeat(2, 1)))
    assert torch.equal(repeated.mask, twice.mask)
    for (keys, values), expected in zip(repeated.layers, twice.layers, strict=True):
        assert torch.allclose(keys, expected[0], atol=1e-6) and torch.allclose(values, expected[1], atol=1e-6)


def test_relu_and_sinusoids_are_used_where_the_config_says_so():
    other = SIZES.model_copy(update={"activation": "relu", "positions": "sinusoidal"})
    torch.manual_seed(0)
    net = Transformer(other, 12)
    assert isinstance(net.encoder[0].feedforward[1], torch.nn.ReLU)
    assert not [name for name, _ in net.named_parameters() if "positions" in name]
    assert "embedding.source_positions.weight" not in net.state_dict()


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_residual_sums_in_bf16_change_only_the_rounding(norm):
    net, formats = model(norm), []
    for layer in (*net.encoder, *net.decoder):
        layer.register_forward_hook(lambda _, given, found: formats.append(found.dtype))
    found = []
    for residual in (torch.float32, torch.bfloat16):
        net.embedding.residual = residual
        net.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            states = net(SOURCE, INPUTS)
        (states.float() * torch.arange(16)).mean().backward()
        found.append((states.float(), net.encoder[0].feedforward[0].weight.grad))
        assert set(formats) == {residual}
        formats.clear()
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=0.1) and not torch.equal(one, other)
    assert net(SOURCE, INPUTS).dtype is torch.float32  # products in float32 have sums in float32
    assert net.state_dict().keys() == model(norm).state_dict().keys()


def test_autocast_which_makes_norms_float32_on_a_gpu_does_not_reach_one_in_bf16(monkeypatch):
    seen, own = [], F.layer_norm
    monkeypatch.setattr(
        F, "layer_norm", lambda *x: seen.append((torch.is_autocast_enabled("cpu"), x[2].dtype)) or own(*x)
    )
    with torch.autocast("cpu", torch.bfloat16):
        Norm(4)(torch.ones(2, 4, dtype=torch.bfloat16))
    assert seen == [(False, torch.bfloat16)]


def test_a_norm_in_bf16_has_its_statistics_in_float32():
    torch.manual_seed(0)
    x = (300 + torch.randn(4, 512)).bfloat16()  # a mean that bf16 holds to a unit only
    expected = F.layer_norm(x.float(), (512,))
    assert torch.allclose(Norm(512)(x).float(), expected, atol=0.02)


def test_how_weights_begin():
    """The bounds of Xavier's rule, and of embeddings the standard deviation of fairseq (docs/architecture.md)."""
    sizes = ModelConfig(width=64, feedforward=256, heads=4, encoder_layers=1, decoder_layers=1)
    for name, tensor in Transformer(sizes, 3000).state_dict().items():
        if "norm" in name:
            continue
        if name.endswith("bias"):
            assert not tensor.any(), name
        elif "embedding" in name:
            assert tensor.std().item() == pytest.approx(64**-0.5, rel=0.05), name
        else:
            bound = (6 / (64 + (256 if "feedforward" in name else 64))) ** 0.5
            bound *= 0.5**0.5 if "query" in name else 1
            assert bound * 0.95 < tensor.abs().max().item() <= bound, name
            assert tensor.std().item() == pytest.approx(bound / 3**0.5, rel=0.05), name
