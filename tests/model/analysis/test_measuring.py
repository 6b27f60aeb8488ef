"""The command `python -m model.analysis.sensitivity`, on a model and shards of three languages."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from model.analysis.parameter_vector import ParameterVector
from model.analysis.sensitivity import main
from model.batches.collate import collate
from model.batches.placement import placement_of
from model.command import UserError
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
        (["--batches", 0], "--batches 0: is no number of batches"),
    ],
)
def test_mistakes_are_one_line(call, tmp_path, words, message):
    with pytest.raises(UserError, match=message) as error:
        call(*words)
    assert "\n" not in str(error.value) and not list(tmp_path.iterdir())


def test_a_name_without_npy_is_refused(call):
    with pytest.raises(UserError, match="gl.txt: is no name of a vector; let it end in .npy"):
        call(output="gl.txt")
