"""Training on a toy pair: what it learns, and that a run that was killed ends as one that was not."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model.command import UserError
from model.config import ModelConfig, RunConfig, SearchConfig, TrainingConfig
from model.folder import load_model
from model.shards import part_name, write_part
from model.tokenizer import Tokenizer
from model.train import Loop
from model.translate import translate
from model.vocabulary import Vocabulary
from tests.toy import sentences

SIZES = ModelConfig(width=32, feedforward=64, heads=2, encoder_layers=1, decoder_layers=1, max_positions=64)
TRAINING = TrainingConfig(updates=12, batch_tokens=300, learning_rate=5e-3, warmup=4, dropout=0.1, evaluate_every=4)


@pytest.fixture
def prepared(tmp_path):
    """A subword folder and shards of the toy pair en-gl: (RunConfig for it, tmp_path)."""
    subwords = tmp_path / "subwords"
    subwords.mkdir()
    (subwords / "codes").write_text("#version: 0.2\nt h\nth e</w>\n")
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    pairs, tokenizer = sentences(300), Tokenizer(subwords)
    counts = {p: 1 for pair in pairs for side in pair for p in tokenizer.pieces(tokenizer.words(side, "en"))}
    Vocabulary.build(counts, ["en", "gl"], 1, 1000).write(subwords / "vocabulary.tsv")
    for name, some in (("train", pairs[:250]), ("dev", pairs[250:])):
        source, target = zip(*some, strict=True)
        sides = tokenizer.encode_lines(source, "en"), tokenizer.encode_lines(target, "gl")
        (tmp_path / name).mkdir()
        write_part(tmp_path / name / part_name(0), [sides], ("en", "gl"), tokenizer.vocabulary, 1, {})
    return RunConfig(
        run="toy",
        seed=1,
        subwords=str(subwords),
        vocabulary=str(subwords / "vocabulary.tsv"),
        shards=[str(tmp_path / "train")],
        dev=[str(tmp_path / "dev")],
        model=SIZES,
        training=TRAINING,
    )


def trained(config: RunConfig, folder: Path) -> dict[str, torch.Tensor]:
    loop = Loop(config, folder)
    loop.train()
    loop.publish()
    return load_file(folder / "model" / "model.safetensors")


def killed_at(config: RunConfig, folder: Path, update: int) -> None:
    loop = Loop(config, folder)
    whole, calls = loop.update, []

    def counted(batch):
        calls.append(batch)
        if len(calls) > update:
            raise KeyboardInterrupt
        return whole(batch)

    loop.update = counted
    with pytest.raises(KeyboardInterrupt):
        loop.train()


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[n], second[n]) for n in first)


@pytest.mark.parametrize("moment", [0, 3, 4, 6, 11])
def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(prepared, tmp_path, moment):
    unbroken = trained(prepared, tmp_path / "unbroken")
    killed_at(prepared, tmp_path / "killed", moment)
    assert not (tmp_path / "killed" / "model").exists()
    again = Loop(prepared, tmp_path / "killed")
    whole, updates = again.update, []
    again.update = lambda batch: updates.append(batch) or whole(batch)
    again.train()
    again.publish()
    assert len(updates) == TRAINING.updates - moment // TRAINING.evaluate_every * TRAINING.evaluate_every
    assert equal(load_file(tmp_path / "killed" / "model" / "model.safetensors"), unbroken)
    rows = [[json.loads(line) for line in (tmp_path / n / "metrics.jsonl").open()] for n in ("unbroken", "killed")]
    for first, second in zip(*rows, strict=True):
        assert (first["update"], first["train_loss"], first["dev_loss"]) == (
            second["update"],
            second["train_loss"],
            second["dev_loss"],
        )


def test_another_seed_gives_other_weights(prepared, tmp_path):
    other = prepared.model_copy(update={"seed": 2})
    assert not equal(trained(prepared, tmp_path / "one"), trained(other, tmp_path / "two"))


def test_checkpoints_of_changed_settings_are_not_continued(prepared, tmp_path):
    changed = prepared.model_copy(update={"training": TRAINING.model_copy(update={"dropout": 0.3})})
    fresh = trained(changed, tmp_path / "fresh")
    trained(prepared, tmp_path / "again")
    assert equal(trained(changed, tmp_path / "again"), fresh)


def test_the_best_weights_by_dev_loss_are_published(prepared, tmp_path):
    worse_later = {"updates": 40, "learning_rate": 0.5, "warmup": 40, "schedule": "inverse_sqrt"}
    loop = Loop(prepared.model_copy(update={"training": TRAINING.model_copy(update=worse_later)}), tmp_path / "run")
    loop.train()
    loop.publish()
    losses = {row["update"]: row["dev_loss"] for row in loop.state.metrics}
    best = min(losses, key=losses.get)
    assert best < 40, "the test wants a run that gets worse"
    about = json.loads((tmp_path / "run" / "model" / "config.json").read_text())["about"]
    assert about["best_update"] == best and about["dev_loss"] == losses[best]


def test_patience_ends_a_run_early(prepared, tmp_path):
    settings = TRAINING.model_copy(update={"updates": 400, "learning_rate": 0.3, "warmup": 30, "patience": 2})
    loop = Loop(prepared.model_copy(update={"training": settings}), tmp_path / "run")
    loop.train()
    assert loop.state.update == loop.state.best_update + 2 * TRAINING.evaluate_every < 400


def test_it_learns_the_toy_language_and_translates_what_it_has_not_seen(prepared, tmp_path):
    settings = {"updates": 1000, "learning_rate": 3e-3, "warmup": 100, "dropout": 0.0, "evaluate_every": 100}
    larger = {"model": SIZES.model_copy(update={"width": 64, "feedforward": 128})}
    trained(prepared.model_copy(update={**larger, "training": TRAINING.model_copy(update=settings)}), tmp_path / "run")
    model, tokenizer = load_model(tmp_path / "run" / "model", torch.device("cpu"))
    pairs = sentences(300)[250:]
    lines = [source for source, _ in pairs]
    found = translate([*lines, "", "the " * 200], ("en", "gl"), [model], tokenizer, SearchConfig(beam=3))
    assert len(found) == len(pairs) + 2 and found[-2] == "" and found[-1]
    right = sum(hypothesis == target for hypothesis, (_, target) in zip(found, pairs, strict=False))
    assert right >= len(pairs) / 2


def test_a_run_that_starts_from_another_keeps_its_rows_and_gains_new_ones(prepared, tmp_path):
    first = trained(prepared, tmp_path / "first")
    longer = Vocabulary.read(prepared.vocabulary).extended({"novu": 3}, ["pt"], 1)
    longer.write(tmp_path / "longer.tsv")
    start = prepared.model_copy(
        update={"init": str(tmp_path / "first" / "model"), "vocabulary": str(tmp_path / "longer.tsv")}
    )
    embedding = Loop(start, tmp_path / "second").model.state_dict()["embedding.tokens.weight"]
    old = first["embedding.tokens.weight"]
    assert torch.equal(embedding[: len(old)], old) and len(embedding) == len(old) + 2


def test_starting_from_a_model_with_other_subwords_is_refused(prepared, tmp_path):
    trained(prepared, tmp_path / "first")
    Vocabulary.build({"z": 1}, ["en", "gl"], 1, 10).write(tmp_path / "other.tsv")
    other = prepared.model_copy(
        update={"init": str(tmp_path / "first" / "model"), "vocabulary": str(tmp_path / "other.tsv")}
    )
    with pytest.raises(UserError, match="vocabulary"):
        Loop(other, tmp_path / "second")
