"""Training on a toy pair: what it learns, and that a run that was killed ends as one that was not."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model.command import UserError
from model.config.run import IntraDistillation, RunConfig
from model.config.search import SearchConfig
from model.network.folder import load_model
from model.text.vocabulary import Vocabulary
from model.train import Loop
from model.training.optimisation import learning_rate
from model.training.publish import updates_to_average
from model.translate import translate
from tests.model.toy_run import SIZES, TRAINING, changed, ended, prepare
from tests.toy import sentences


@pytest.fixture
def prepared(tmp_path):
    return prepare(tmp_path)


def trained(config: RunConfig, folder: Path) -> dict[str, torch.Tensor]:
    ended(Loop(config, folder))
    return load_file(folder / "model" / "model.safetensors")


def killed_at(config: RunConfig, folder: Path, update: int) -> None:
    loop = Loop(config, folder)
    usual, calls = loop.update, []

    def counted(portion):
        calls.append(portion)
        if len(calls) > update:
            raise KeyboardInterrupt
        return usual(portion)

    loop.update = counted
    with pytest.raises(KeyboardInterrupt):
        loop.train()


def metrics(folder: Path) -> list[dict[str, float]]:
    """The learning curve without what hangs on the clock."""
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").open()]
    return [
        {k: v for k, v in row.items() if k not in ("target_tokens_per_second", "flops_utilisation")} for row in rows
    ]


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[n], second[n]) for n in first)


def test_a_run_killed_twenty_times_ends_with_the_weights_of_an_unbroken_one(prepared, tmp_path):
    config = changed(prepared, updates=100, evaluate_every=10, checkpoint_every=3, batches_per_update=2)
    unbroken, draw = trained(config, tmp_path / "unbroken"), random.Random(0)
    for _ in range(20):
        killed_at(config, tmp_path / "killed", draw.randint(0, 6))
    assert equal(trained(config, tmp_path / "killed"), unbroken)
    assert metrics(tmp_path / "killed") == metrics(tmp_path / "unbroken")


@pytest.mark.parametrize("moment", [0, 3, 4, 6, 11])
def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(prepared, tmp_path, moment):
    unbroken = trained(prepared, tmp_path / "unbroken")
    killed_at(prepared, tmp_path / "killed", moment)
    assert not (tmp_path / "killed" / "model").exists()
    again = Loop(prepared, tmp_path / "killed")
    usual, updates = again.update, []
    again.update = lambda portion: updates.append(portion) or usual(portion)
    ended(again)
    assert len(updates) == TRAINING.updates - moment // TRAINING.evaluate_every * TRAINING.evaluate_every
    assert equal(load_file(tmp_path / "killed" / "model" / "model.safetensors"), unbroken)
    assert metrics(tmp_path / "killed") == metrics(tmp_path / "unbroken")


def test_deterministic_kernels_change_nothing_on_a_processor(prepared, tmp_path):
    distilled = prepared.model_copy(update={"intra_distillation": IntraDistillation(passes=2, together=False)})
    usual = trained(distilled, tmp_path / "usual")
    assert equal(trained(changed(distilled, deterministic=True), tmp_path / "deterministic"), usual)


def test_another_seed_gives_other_weights(prepared, tmp_path):
    other = prepared.model_copy(update={"seed": 2})
    assert not equal(trained(prepared, tmp_path / "one"), trained(other, tmp_path / "two"))


def test_checkpoints_of_changed_settings_are_not_continued(prepared, tmp_path):
    other = changed(prepared, dropout=0.3)
    fresh = trained(other, tmp_path / "fresh")
    trained(prepared, tmp_path / "again")
    assert equal(trained(other, tmp_path / "again"), fresh)


def test_the_best_weights_by_dev_loss_are_published(prepared, tmp_path):
    worse_later = {"updates": 40, "learning_rate": 0.5, "warmup": 40, "schedule": "inverse_sqrt"}
    loop = Loop(changed(prepared, **worse_later), tmp_path / "run")
    ended(loop)
    losses = {row["update"]: row["dev_loss"] for row in loop.state.metrics}
    best = min(losses, key=losses.get)
    assert best < 40, "the test wants a run that gets worse"
    about = json.loads((tmp_path / "run" / "model" / "config.json").read_text())["about"]
    assert about["best_update"] == best and about["dev_loss"] == losses[best]


def test_patience_ends_a_run_early(prepared, tmp_path):
    loop = Loop(changed(prepared, updates=400, learning_rate=0.3, warmup=30, patience=2), tmp_path / "run")
    loop.train()
    assert loop.state.update == loop.state.best_update + 2 * TRAINING.evaluate_every < 400


def test_it_learns_the_toy_language_and_translates_what_it_has_not_seen(prepared, tmp_path):
    settings = {"updates": 1000, "learning_rate": 3e-3, "warmup": 100, "dropout": 0.0, "evaluate_every": 100}
    larger = {"seed": 2, "model": SIZES.model_copy(update={"width": 64, "feedforward": 128})}
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


def test_batches_of_an_update_count_by_their_tokens(prepared, tmp_path):
    """Two batches an update give the gradient of their segments taken as one: the sum of losses over all tokens."""
    loop = Loop(changed(prepared, batches_per_update=2, dropout=0.0, attention_dropout=0.0), tmp_path / "run")
    portion, steps = next(iter(loop.mixture)), []
    loop.optimizer.step = lambda: steps.append({n: p.grad.clone() for n, p in loop.model.named_parameters()})
    loop.update(portion)
    losses = [loop.learner(batch) for batch in portion.batches]
    expected = torch.autograd.grad(sum(losses) / sum(b.tokens for b in portion.batches), [*loop.model.parameters()])
    for found, wanted in zip(steps[0].values(), expected, strict=True):
        assert torch.allclose(found, wanted, atol=1e-6)
    loop.settle()
    assert loop.state.losses["translation"] == pytest.approx(sum(losses).item(), rel=1e-5)


class Spoiled:
    """A model whose loss, and so its gradient, is no number."""

    def __init__(self, learner):
        self.learner, self.set_alpha = learner, learner.set_alpha

    def __call__(self, batch, draws):
        return self.learner(batch, draws) * float("nan")


def test_an_update_with_a_gradient_out_of_order_is_skipped_and_many_stop_the_run(prepared, tmp_path, capsys):
    loop = Loop(changed(prepared, max_skipped=2), tmp_path / "run")
    before = {name: tensor.clone() for name, tensor in loop.model.state_dict().items()}
    usual = loop.learner
    loop.learner = Spoiled(usual)
    portions = iter(loop.mixture)
    loop.update(next(portions))
    loop.update(next(portions))
    loop.settle()
    assert equal(dict(loop.model.state_dict()), before) and loop.state.skipped == 2 and loop.state.tokens == {}
    with pytest.raises(UserError, match=r"runs.toy: update 3 \(from epoch 0, pool 0, batch 2 to .*batch 3\).* lower"):
        loop.update(next(portions))
        loop.settle()
    assert capsys.readouterr().err.count("update skipped") == 3
    loop.learner, loop.state.skipped = usual, 2
    loop.update(next(portions))
    loop.settle()
    assert loop.state.skipped == 0 and not equal(dict(loop.model.state_dict()), before)


def test_clipping_bounds_the_gradient(prepared, tmp_path):
    loop, norms = Loop(changed(prepared, clip_norm=1e-3), tmp_path / "run"), []
    loop.optimizer.step = lambda: norms.append(torch.stack([p.grad.norm() for p in loop.model.parameters()]).norm())
    loop.update(next(iter(loop.mixture)))
    assert norms[0].item() == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("which", ["last", "best"])
@pytest.mark.parametrize("evaluations", [2, 3, 4, 5])
def test_as_many_are_averaged_as_there_are(prepared, tmp_path, evaluations, which):
    config = changed(prepared, updates=evaluations, evaluate_every=1, keep_checkpoints=1, average=4, average_of=which)
    loop = ended(Loop(config, tmp_path / "run"))
    averaged = updates_to_average(loop.state, config.training)
    assert len(averaged) == min(4, evaluations) and {*averaged} <= {*loop.checkpoints.updates()}
    worst = max(loop.state.metrics, key=lambda row: row["dev_loss"])["update"]
    assert evaluations < 5 or {1, 2, 3, 4, 5} - {*averaged} == {1 if which == "last" else worst}


def test_an_update_has_the_rate_of_its_schedule_and_the_settings_of_adam(prepared, tmp_path):
    loop, seen = Loop(changed(prepared, adam_betas=(0.8, 0.9), adam_eps=1e-5), tmp_path / "run"), []
    step = loop.optimizer.step
    loop.optimizer.step = lambda: seen.append(dict(loop.optimizer.param_groups[0])) or step()
    loop.train()
    assert [group["lr"] for group in seen] == [learning_rate(loop.config.training, n) for n in range(1, 13)]
    assert (seen[0]["betas"], seen[0]["eps"]) == ((0.8, 0.9), 1e-5)


def test_each_batch_drops_otherwise(prepared, tmp_path):
    """The same batch twice in an update: with one seed for both, or without dropout, its losses would be equal."""
    loop = Loop(changed(prepared, batches_per_update=2, dropout=0.3), tmp_path / "run")
    portion, losses = next(iter(loop.mixture)), []
    twice = replace(portion, batches=[portion.batches[0]] * 2)
    usual = loop.learner.forward

    def watched(batch, draws):
        losses.append(usual(batch, draws))
        return losses[-1]

    loop.learner.forward = watched
    loop.update(twice)
    assert losses[0] != losses[1]


def test_a_budget_smaller_than_a_segment_may_be_is_one_line(prepared, tmp_path):
    with pytest.raises(UserError, match=r"runs.toy.training.batch_tokens: 63 is too little for segments of 64 "):
        Loop(changed(prepared, batch_tokens=63), tmp_path / "run")


def test_the_learning_curve_can_be_read_while_it_grows(prepared, tmp_path):
    killed_at(prepared, tmp_path / "run", 9)
    assert [row["update"] for row in metrics(tmp_path / "run")] == [4, 8]


def test_more_positions_are_added_and_other_sizes_refused(prepared, tmp_path):
    first = trained(prepared, tmp_path / "first")
    start = prepared.model_copy(update={"init": str(tmp_path / "first/model")})
    longer = start.model_copy(update={"model": SIZES.model_copy(update={"max_positions": 100})})
    loop = Loop(longer, tmp_path / "second")
    name = "embedding.source_positions.weight"
    assert loop.sizes.max_positions == 100 and torch.equal(loop.model.state_dict()[name][:64], first[name])
    shorter = start.model_copy(update={"model": SIZES.model_copy(update={"max_positions": 20})})
    assert Loop(shorter, tmp_path / "third").sizes.max_positions == 64
    wider = start.model_copy(update={"model": SIZES.model_copy(update={"width": 48})})
    with pytest.raises(UserError, match=r"runs.toy: model.width is 48, but .*first/model has 32"):
        Loop(wider, tmp_path / "fourth")


def test_fine_tuning_begins_with_a_fresh_optimizer(prepared, tmp_path):
    trained(prepared, tmp_path / "first")
    loop = Loop(prepared.model_copy(update={"init": str(tmp_path / "first/model")}), tmp_path / "second")
    assert not loop.optimizer.state and loop.state.update == 0


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "vocabulary.tsv", "codes"])
def test_a_model_folder_with_a_file_missing_is_one_line(prepared, tmp_path, name):
    trained(prepared, tmp_path / "first")
    folder = tmp_path / "first/model"
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"model/{name}: not found"):
        load_model(folder, torch.device("cpu"))
    with pytest.raises(UserError, match=f"model/{name}: not found"):
        Loop(prepared.model_copy(update={"init": str(folder)}), tmp_path / "second")


def test_weights_that_are_cut_in_half_are_one_line(prepared, tmp_path):
    trained(prepared, tmp_path / "first")
    path = tmp_path / "first/model/model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"model.safetensors: damaged .*copy the model folder again"):
        load_model(path.parent, torch.device("cpu"))


def test_shards_of_another_vocabulary_are_refused(prepared, tmp_path):
    Vocabulary.build({"z": 1}, ["en", "gl"], 1, 10).write(tmp_path / "other.tsv")
    with pytest.raises(UserError, match="part-00000.parquet: made with another vocabulary"):
        Loop(prepared.model_copy(update={"vocabulary": str(tmp_path / "other.tsv")}), tmp_path / "run")
