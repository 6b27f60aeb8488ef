"""The sum by hand, and the command `python -m model.analysis.sensitivity` on a model and shards of three languages."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from model.analysis.parameter_vector import ParameterVector
from model.analysis.sensitivity import main, parameters_of, sensitivity
from model.batches.collate import collate
from model.batches.placement import placement_of
from model.command import UserError
from model.config.model import ModelConfig
from model.config.run import IntraDistillation, RunConfig, Task
from model.network.folder import load_model, save_model
from model.network.transformer import Transformer
from model.records import write_json
from model.shards.examples import read_shards
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from tests.model.toy_run import SIZES, TRAINING, changed
from tests.toy import sentences

# Worked out by hand: the loss is (θ · x - y)² / 2, so θ g = θ x (θ · x - y).
THETA = (0.5, -1.0, 2.0, 0.1)
BATCHES = {
    "A": [((1.0, 0.0, 1.0, 2.0), 1.0), ((0.0, 1.0, 1.0, -1.0), 0.0)],
    "B": [((2.0, 1.0, 0.0, 1.0), 1.0), ((1.0, 1.0, 1.0, 0.0), -1.0)],
}
SENSITIVITIES = {"A": (0.425, 0.45, 2.6, 0.215), "B": (1.075, 1.7, 2.5, 0.045)}
SMALL = ModelConfig(width=8, feedforward=16, heads=2, encoder_layers=1, decoder_layers=1, max_positions=9)


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
    model = Transformer(SMALL, 11)
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
    model = Transformer(SMALL, 11).double()
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


DIRECTIONS = ("en-gl", "gl-en", "en-pt", "pt-en")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """run.json of a run that translates and denoises, its shards, and a model that nobody has trained."""
    folder = tmp_path_factory.mktemp("run")
    subwords = folder / "subwords"
    subwords.mkdir()
    (subwords / "codes").write_text("#version: 0.2\nt h\nth e</w>\n")
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    text = {code: sentences(30, seed, ending) for seed, (code, ending) in enumerate((("gl", "x"), ("pt", "m")))}
    tokenizer = Tokenizer(subwords)
    words = [side for pairs in text.values() for pair in pairs for side in pair]
    counts = {piece: 1 for side in words for piece in tokenizer.pieces(tokenizer.words(side, "en"))}
    vocabulary = Vocabulary.build(counts, ["en", "gl", "pt"], 1, 1000)
    vocabulary.write(subwords / "vocabulary.tsv")
    tokenizer = Tokenizer(subwords)
    for direction in DIRECTIONS:
        source, target = direction.split("-")
        (code,) = {source, target} - {"en"}
        sides = dict(zip(("en", code), zip(*text[code], strict=True), strict=True))
        ids = tuple(tokenizer.encode_lines(sides[side], side) for side in (source, target))
        (folder / direction).mkdir()
        write_part(folder / direction / part_name(0), [ids], (source, target), vocabulary, 1, {})
    shards = [str(folder / direction) for direction in DIRECTIONS]
    tasks = [Task(objective="translation", shards=shards), Task(objective="cd", shards=shards)]
    config = RunConfig(
        run="toy", seed=1, subwords=str(subwords), vocabulary=str(subwords / "vocabulary.tsv"), tasks=tasks,
        dev=shards[:1], model=SIZES,
        training=TRAINING.model_copy(update={"batch_tokens": 10_000, "precision": "float32", "dropout": 0.3}),
    )  # fmt: skip
    write_json(folder / "run.json", config.model_dump(mode="json"))
    torch.manual_seed(1)
    model = Transformer(SIZES, len(vocabulary))
    for parameter in model.parameters():  # without biases of zero, which are sensitive to nothing
        torch.nn.init.normal_(parameter, std=0.3)
    save_model(folder / "model", model.state_dict(), SIZES, subwords, vocabulary, {})
    return folder


@pytest.fixture
def call(monkeypatch, folder, tmp_path):
    """The command: the vector it writes."""

    def run(*words, run="run.json", output="s.npy"):
        command = [folder / run, "--model", folder / "model", *words, tmp_path / output]
        monkeypatch.setattr(sys, "argv", ["sensitivity", *map(str, command)])
        main()
        vector = ParameterVector(tmp_path / output)
        return vector.read(0, len(vector))

    return run


def expected(folder, directions):
    """|θ · g| of one batch that holds all rows of some directions, without dropout and by the shortest way."""
    model, tokenizer = load_model(folder / "model", torch.device("cpu"))
    rows = read_shards([folder / direction for direction in directions], tokenizer.vocabulary)
    batch = collate(rows, np.arange(len(rows)), placement_of(SIZES))
    scores = model.logits(model(batch.source, batch.inputs)).flatten(0, 1)[batch.answers["decoder"].positions]
    smoothing = TRAINING.label_smoothing * len(tokenizer.vocabulary) / (len(tokenizer.vocabulary) - 1)
    torch.nn.functional.cross_entropy(scores, batch.answers["decoder"].ids, label_smoothing=smoothing).backward()
    return np.concatenate([(p.detach() * p.grad).abs().flatten().numpy() for p in model.parameters()])


@pytest.mark.parametrize(
    ("words", "directions"),
    [
        (["--language", "gl"], DIRECTIONS[:2]),
        (["--language", "gl", "--others"], DIRECTIONS[2:]),
        ([], DIRECTIONS),
    ],
)
def test_the_loss_is_that_of_the_batches_of_a_language_a_token(call, folder, words, directions):
    found = call(*words, "--batches", 1, "--no-dropout")
    assert found == pytest.approx(expected(folder, directions), rel=1e-3, abs=1e-7)
    assert np.count_nonzero(found) > 0.3 * len(found)


def test_dropout_is_on_unless_it_is_switched_off_and_follows_the_seed(call):
    words = ["--language", "gl", "--batches", 2]
    with_dropout = call(*words)
    assert np.array_equal(call(*words), with_dropout)
    assert not np.allclose(call(*words, "--no-dropout"), with_dropout, rtol=0.01)


def test_denoising_has_a_sensitivity_of_its_own_in_a_language_s_own_text(call, folder, tmp_path):
    found = call("--objective", "cd", "--language", "gl", "--batches", 2, "--no-dropout")
    assert found.any() and not np.allclose(found, call("--language", "gl", "--batches", 2, "--no-dropout"))
    index = json.loads((tmp_path / "s.json").read_text())
    assert index["objective"] == "translation" and index["batches"] == 2 and index["dropout"] is False
    call("--objective", "cd", "--language", "gl", "--batches", 1)
    assert json.loads((tmp_path / "s.json").read_text())["shards"] == [str(folder / "gl-en")]


def test_intra_distillation_is_part_of_the_loss(call, folder):
    config = RunConfig.model_validate_json((folder / "run.json").read_text())
    distilled = config.model_copy(update={"intra_distillation": IntraDistillation(alpha=5, passes=2)})
    write_json(folder / "distilled.json", distilled.model_dump(mode="json"))
    words = ["--language", "gl", "--batches", 1]
    assert not np.allclose(call(*words, run="distilled.json"), call(*words), rtol=0.01)
    without_dropout = call(*words, "--no-dropout", run="distilled.json")  # both passes are the same then
    assert without_dropout == pytest.approx(expected(folder, DIRECTIONS[:2]), rel=1e-3, abs=1e-7)


def test_batches_without_a_masked_word_are_passed_over(call, folder):
    config = RunConfig.model_validate_json((folder / "run.json").read_text())
    (folder / "gl").mkdir()
    words = Ragged.from_lists([[20 + n] for n in range(12)])  # seven in ten of which stay as they are
    write_part(folder / "gl" / part_name(0), [(words, words)], ("gl", "gl"), Vocabulary.read(config.vocabulary), 1, {})
    single = changed(config, batch_tokens=3).model_copy(
        update={"tasks": [Task(objective="cd", shards=[str(folder / "gl")])]}
    )
    write_json(folder / "single.json", single.model_dump(mode="json"))
    assert call("--objective", "cd", "--batches", 4, run="single.json").any()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--objective", "dae"], "--objective unknown 'dae'; known are translation, cd; run toy learns by no other"),
        (["--language", "fr"], "--language fr: run toy has none such among its shards of translation; name another"),
        (["--language", "en", "--others"], "--language en: run toy has no others among its shards of translation"),
        (["--others"], "--others: than which"),
        (["--batches", 0], "--batches 0: too few; give at least 1"),
    ],
)
def test_mistakes_are_one_line(call, tmp_path, words, message):
    with pytest.raises(UserError, match=message) as error:
        call(*words)
    assert "\n" not in str(error.value) and not list(tmp_path.iterdir())


def test_a_name_without_npy_is_refused(call):
    with pytest.raises(UserError, match="gl.txt: not the name of a vector; choose one that ends in .npy"):
        call(output="gl.txt")
