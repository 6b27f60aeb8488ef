from collections import Counter

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.decoding.steps import BLOCK, best, cast_once, forbidden_rows
from model.text.vocabulary import END_ID, Vocabulary
from tests.model.decoding.test_generate import LANGUAGE, SIZES, SOURCE, never_ending, spread


def test_the_largest_columns_are_found_wherever_they_lie():
    torch.manual_seed(0)
    for columns in (3, BLOCK, 5 * BLOCK, 9 * BLOCK + 7):
        rows = torch.randn(20, columns)
        rows[:10, -2:] += 5
        values, where = best(rows, 4)
        expected = rows.topk(min(4, columns), 1)
        assert torch.equal(values, expected.values) and torch.equal(where, expected.indices)


def test_forbidden_rows_are_asked_once_a_vocabulary(monkeypatch):
    vocabulary, asked = Vocabulary.build(dict.fromkeys("abc", 9), ["en", "gl"], 1, 99), []
    is_control = vocabulary.is_control
    monkeypatch.setattr(vocabulary, "is_control", lambda row: asked.append(row) or is_control(row))
    for _ in range(3):
        forbidden = forbidden_rows(vocabulary).tolist()
    assert forbidden == [is_control(row) and row != END_ID for row in range(len(vocabulary))]
    assert asked == list(range(len(vocabulary)))


class Casts(TorchDispatchMode):
    """Counts the casts of tensors by their shape."""

    def __init__(self):
        super().__init__()
        self.shapes = Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function is torch.ops.aten.to.dtype and args[0].dtype != args[1]:
            self.shapes[tuple(args[0].shape)] += 1
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("settings", [{"beam": 1}, {"beam": 2}, {"sampling": True}], ids=str)
@pytest.mark.parametrize("norm", ["post", "pre"])
def test_weights_are_cast_once_and_not_at_every_position(norm, settings):
    counted = []
    for positions in (12, 22):
        sizes = {"width": 16, "feedforward": 48, "max_positions": positions, "norm": norm, "decoder_layers": 2}
        net = never_ending(spread(SIZES.model_copy(update=sizes), rows=100))
        shapes = {tuple(weight.shape) for weight in net.parameters() if weight.dim() == 2}
        forbidden = torch.zeros(100, dtype=torch.bool)
        with torch.autocast("cpu", torch.bfloat16), Casts() as casts:
            (hypothesis,) = generate([net], SOURCE[:1], LANGUAGE, SearchConfig(**settings), forbidden)[0]
        assert len(hypothesis.ids) == positions - 3
        counted.append({shape: count for shape, count in casts.shapes.items() if shape in shapes})
    assert counted[0] == counted[1]


def test_a_model_cast_once_finds_what_autocast_finds(monkeypatch):
    net = spread(SIZES.model_copy(update={"width": 16, "max_positions": 30}), rows=100)
    forbidden = torch.zeros(100, dtype=torch.bool)
    cast = cast_once(net, torch.bfloat16)
    assert cast_once(cast, torch.bfloat16) is cast and cast_once(net, torch.float32) is net
    assert cast.embedding.tokens.weight is net.embedding.tokens.weight  # no second copy of what is not cast
    found = generate([cast], SOURCE, LANGUAGE, SearchConfig(beam=3, nbest=3), forbidden)
    with torch.autocast("cpu", torch.bfloat16):
        assert generate([net], SOURCE, LANGUAGE, SearchConfig(beam=3, nbest=3), forbidden) == found
        monkeypatch.setattr("model.decoding.generate.cast_once", lambda model, precision: model)
        assert generate([net], SOURCE, LANGUAGE, SearchConfig(beam=3, nbest=3), forbidden) == found
