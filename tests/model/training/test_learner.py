"""What each objective learns from."""

import numpy as np
import pytest
import torch
from torch.utils._pytree import tree_leaves

from model.batches.collate import Collator
from model.batches.placement import SIDES, TARGET, placement_of
from model.config.run import IntraDistillation
from model.objectives import OBJECTIVES, Objective
from model.objectives.noise import replace_words
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.text.words import Words
from model.training import learner as checkpointed
from tests.model.toy_batches import FIRST, AllBegin, batch_of, examples, learner
from tests.model.toy_run import prepare


def parts_with_gradient(objective, **sizes):
    made = learner(**sizes)
    made(batch_of(objective, 20, placement_of(made.model.config))).backward()
    names = {n for n, p in made.model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    return {name.split(".")[0] for name in names} | {n for n in names if "positions" in n}


def test_stacks_that_predict_are_those_that_are_trained():
    """For every row of the table, also one that has just been added."""
    for objective, row in OBJECTIVES.items():
        trained = parts_with_gradient(objective)
        assert "encoder" in trained and ("decoder" in trained) == ("decoder" in row.stacks), objective


class TwoIdsAWord(AllBegin):
    def begins(self, segments, languages):
        return (np.arange(len(segments.values)) - np.repeat(segments.starts[:-1], segments.lengths())) % 2 == 0


def test_an_encoder_that_predicts_keeps_the_length():
    """Its answers stand at its own positions: noise that moves them would make it learn something else."""
    with pytest.raises(ValueError, match="wrong: its encoder predicts at its own positions"):
        Collator("wrong", Objective("monolingual", replace_words, "all", None), SIDES, TwoIdsAWord()).batch(
            examples(5), np.arange(5), np.random.default_rng(0)
        )


BOTH = {"embedding", "encoder", "decoder", "embedding.source_positions.weight", "embedding.target_positions.weight"}
ENCODER = {"embedding", "encoder", "embedding.source_positions.weight"}


@pytest.mark.parametrize(
    ("objective", "sizes", "expected"),
    [
        ("translation", {}, BOTH),
        ("csr", {}, BOTH),
        ("cd", {}, BOTH),
        ("dae", {}, BOTH),
        ("mlm", {}, ENCODER),
        ("mass", {}, BOTH),
        ("mlm", {"encoder_projection": "separate"}, ENCODER | {"encoder_rows"}),
        ("cd", {"encoder_projection": "separate"}, BOTH | {"encoder_rows"}),
        ("translation", {"encoder_projection": "separate"}, BOTH),
    ],
)
def test_which_parameters_receive_a_gradient(objective, sizes, expected):
    assert parts_with_gradient(objective, **sizes) == expected


@pytest.mark.parametrize("objective", list(OBJECTIVES))
def test_each_objective_is_learned_by_heart(objective):
    """60 segments without dropout, the losses of all stacks near zero."""
    made, batch = learner(width=64, feedforward=128), batch_of(objective, 60)
    optimizer = torch.optim.Adam(made.model.parameters(), lr=1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        loss = made(batch) / batch.tokens
        loss.backward()
        optimizer.step()
        if loss < 0.05:
            break
    assert loss < 0.05


@pytest.mark.parametrize("placement", [SIDES, TARGET], ids=["sides", "target"])
def test_concurrent_denoising_predicts_the_same_tokens_at_the_same_positions(placement):
    batch = batch_of("cd", 30, placement)
    encoder, decoder = batch.answers["encoder"], batch.answers["decoder"]
    assert torch.equal(encoder.positions, decoder.positions)
    assert torch.equal(encoder.ids, decoder.ids) and batch.tokens == len(encoder.ids)
    clean = examples(30).source
    for row, ids in enumerate(clean.segments):
        # The decoder reads the clean segment, one to the right; the encoder the masked one.
        assert batch.inputs[row, placement.controls : placement.controls + len(ids)].tolist() == ids.tolist()
        at = (encoder.positions // batch.source.size(1)) == row
        places = (encoder.positions[at] % batch.source.size(1) - placement.before_source).numpy()
        assert encoder.ids[at].tolist() == ids[places].tolist()
        others = np.setdiff1d(np.arange(len(ids)), places)
        assert batch.source[row, others + placement.before_source].tolist() == ids[others].tolist()


def test_language_tokens_and_ends_are_never_predicted_by_what_is_masked():
    for objective in ("cd", "mlm", "mass"):
        for answers in batch_of(objective, ratio=0.9).answers.values():
            assert answers.ids.min() >= FIRST


@pytest.mark.parametrize("placement", [SIDES, TARGET], ids=["sides", "target"])
def test_mass_hides_from_the_decoder_what_it_need_not_predict(placement):
    batch = batch_of("mass", 30, placement)
    positions = batch.answers["decoder"].positions
    for row, ids in enumerate(examples(30).source.segments):
        at = positions[positions // batch.inputs.size(1) == row]
        places = (at % batch.inputs.size(1) - placement.before_answer).tolist()  # in the segment
        # The decoder reads a segment one to the right, and a mask for each token that is not to be predicted.
        shown = [int(token) if place in places else 3 for place, token in enumerate(ids)]
        assert batch.inputs[row, placement.controls : placement.controls + len(ids)].tolist() == shown
        assert [int(batch.source[row, place + placement.before_source]) for place in places] == [3] * len(places)


def test_a_batch_without_anything_to_predict_has_no_loss():
    batch = batch_of("mlm", 1, ratio=1e-9)
    assert batch.tokens == 0 and learner()(batch).item() == 0


def test_the_vocabulary_of_a_run_gives_the_ids_that_are_drawn(tmp_path):
    config = prepare(tmp_path)
    words = Words(Tokenizer(config.subwords))
    collator = Collator("cd", OBJECTIVES["cd"], SIDES, words)
    vocabulary = Vocabulary.read(config.vocabulary)
    assert not any(vocabulary.is_control(i) for i in collator._drawn) and len(collator._drawn) == len(vocabulary) - 7


@pytest.mark.parametrize("objective", ["translation", "cd"])
def test_torch_finds_the_tensors_of_a_batch_where_it_keeps_random_states(monkeypatch, objective):
    """It looks for them among the arguments of a checkpoint, in tuples, lists and dicts, but not in other classes."""
    given, usual = [], checkpointed.checkpoint

    def watched(function, *arguments, **settings):
        given.extend(tree_leaves(arguments))
        return usual(function, *arguments, **settings)

    monkeypatch.setattr(checkpointed, "checkpoint", watched)
    batch = batch_of(objective, 5)
    learner(dropout=0.1, distillation=IntraDistillation(passes=2, together=False))(batch)
    of_batch = [batch.source, batch.inputs, *(answers.positions for answers in batch.answers.values())]
    assert all(any(tensor is each for each in given) for tensor in of_batch)
