import sys

import numpy as np
import pytest
import torch

from model.analysis.parameter_vector import Parameter, ParameterVector, write_vector
from model.analysis.prune import chosen, lowest, main, set_to_zero, specificity
from model.analysis.sensitivity import parameters_of
from model.command import UserError
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.network.folder import read_weights, save_model
from model.network.transformer import Transformer
from model.text.vocabulary import Vocabulary
from model.translate import load, translate

VOCABULARY = Vocabulary.build(dict.fromkeys("abcdefgh", 1), ["en", "gl"], 1, 100)
SIZES = ModelConfig(width=8, feedforward=16, heads=2, encoder_layers=1, decoder_layers=1, max_positions=16)


def test_specificity_is_that_of_the_worked_example():
    own, others = np.float32([0.425, 0.45, 2.6, 0.215]), np.float32([1.075, 1.7, 2.5, 0.045])
    assert specificity(own, others).tolist() == pytest.approx([-0.604651, -0.735294, 0.04, 3.777777], rel=1e-5)


def test_what_the_others_do_not_feel_at_all_is_most_specific():
    assert specificity(np.float32([1e-3, 0]), np.float32([0, 0])).tolist() == pytest.approx([1e5, 0], rel=1e-6)


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [3]), (2, [1, 3]), (3, [1, 2, 3]), (4, [1, 2, 3, 5]), (6, [0, 1, 2, 3, 4, 5])]
)
def test_of_equal_values_the_first_are_the_lowest(count, expected):
    values = np.float32([7, 2, 2, 1, 7, 2])
    assert np.flatnonzero(lowest(values, count)).tolist() == expected


def vectors(folder, parameters, own, others):
    """Two vectors on disk, from all their values one after the other."""
    cuts = [parameter.offset for parameter in parameters][1:]
    for name, values in (("own", own), ("others", others)):
        write_vector(folder / f"{name}.npy", parameters, np.split(np.float32(values), cuts), {})
    return ParameterVector(folder / "own.npy"), ParameterVector(folder / "others.npy")


# 20 parameters, 16 of them prunable: the most sensitive two are 0 (prunable) and 17 (not).
TWO = [
    Parameter(name="weight", shape=(4, 4), offset=0, prunable=True),
    Parameter(name="norm", shape=(4,), offset=16, prunable=False),
]
OWN = [9.0, *[1.0] * 15, 0.1, 8.0, 0.1, 0.1]
OTHERS = [90.0, *[1.0 + n for n in range(15)], *[50.0] * 4]


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0, []),
        # D falls from parameter 1 on; 0, with D = -0.9, is protected, and layer norms (D = -0.998) are not counted.
        (0.1, [14, 15]),  # round(0.1 * 16) = 2
        (0.3, [11, 12, 13, 14, 15]),
        (0.9375, list(range(1, 16))),
    ],
)
def test_the_least_specific_go_but_for_protected_ones_and_layer_norms(tmp_path, ratio, expected):
    assert np.flatnonzero(chosen(*vectors(tmp_path, TWO, OWN, OTHERS), ratio)).tolist() == expected


def test_a_ratio_that_would_take_protected_parameters_is_refused(tmp_path):
    with pytest.raises(UserError, match="--ratio 0.99: 16 parameters, but 15 are not protected; lower it"):
        chosen(*vectors(tmp_path, TWO, OWN, OTHERS), 0.99)


def test_only_what_was_chosen_becomes_zero_and_another_models_vector_is_refused():
    weights = {"weight": torch.ones(4, 4), "norm": torch.ones(4)}
    mask = np.zeros(20, bool)
    mask[[5, 6]] = True
    set_to_zero(weights, TWO, mask)
    assert weights["weight"].flatten().tolist() == [1] * 5 + [0, 0] + [1] * 9 and weights["norm"].all()
    with pytest.raises(UserError, match="--sensitivity: of another model than the folder's"):
        set_to_zero({"weight": torch.ones(4, 4)}, TWO, mask)


@pytest.fixture
def folder(tmp_path):
    """A model folder, and beside it vectors of random sensitivities."""
    subwords = tmp_path / "subwords"
    subwords.mkdir()
    (subwords / "codes").write_text("#version: 0.2\n")
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    torch.manual_seed(1)
    model = Transformer(SIZES, len(VOCABULARY))
    for parameter in model.parameters():  # biases and padding are zero at first, which would look pruned
        torch.nn.init.normal_(parameter)
    save_model(tmp_path / "model", model.state_dict(), SIZES, subwords, VOCABULARY, {"run": "toy"})
    parameters = parameters_of(model)
    random = np.random.default_rng(2)
    vectors(tmp_path, parameters, *random.gamma(0.3, size=(2, sum(p.size for p in parameters))))
    return tmp_path / "model"


def prune(monkeypatch, folder, ratio, output):
    beside = ["--sensitivity", folder.parent / "own.npy", "--others", folder.parent / "others.npy"]
    monkeypatch.setattr(sys, "argv", ["prune", *map(str, [folder, *beside, "--ratio", ratio, output])])
    main()


def test_a_model_folder_becomes_one_that_translates(monkeypatch, folder, tmp_path):
    prune(monkeypatch, folder, 0.3, tmp_path / "pruned")
    before, after = read_weights(folder), read_weights(tmp_path / "pruned")
    own = ParameterVector(tmp_path / "own.npy")
    zeros, prunable = 0, 0
    sensitive = np.sort(own.read(0, len(own)))[-round(0.1 * len(own))]
    for parameter in own.parameters:
        changed = before[parameter.name] != after[parameter.name]
        zeros += int((after[parameter.name] == 0).sum())
        prunable += parameter.size * parameter.prunable
        assert not (after[parameter.name][changed]).any()
        assert parameter.prunable or not changed.any()
        values = torch.from_numpy(own.read(parameter.offset, parameter.offset + parameter.size)).view(parameter.shape)
        assert not (changed & (values >= sensitive)).any()
    assert zeros == round(0.3 * prunable) and len(after) == len(before)
    models, tokenizer = load([tmp_path / "pruned"], "torch", SearchConfig())
    assert len(translate(["a b c"], ("en", "gl"), models, tokenizer, SearchConfig())) == 1


def test_ratio_0_leaves_the_model_as_it_is(monkeypatch, folder, tmp_path):
    prune(monkeypatch, folder, 0, tmp_path / "same")
    assert (tmp_path / "same" / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("ratio", "output", "message"),
    [
        (1.0, "pruned", "--ratio 1.0: must be at least 0 and less than 1"),
        (0.3, "model", "model: is the model itself; name another folder"),
    ],
)
def test_mistakes_are_one_line(monkeypatch, folder, tmp_path, ratio, output, message):
    with pytest.raises(UserError, match=message):
        prune(monkeypatch, folder, ratio, tmp_path / output)
    assert read_weights(folder)
