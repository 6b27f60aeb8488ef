import numpy as np
import pytest
import torch
from sacrebleu.metrics import BLEU

from model import command
from model.config.model import ModelConfig
from model.decoding.generate import generate, longest
from model.decoding.steps import Hypothesis
from model.shards.examples import Examples, read_shards
from model.text.vocabulary import END_ID
from model.train import Loop
from model.training import validation
from tests.model.toy_run import changed, ended, prepare
from tests.toy import sentences


@pytest.fixture
def loop(tmp_path):
    return Loop(changed(prepare(tmp_path), bleu_segments=50), tmp_path / "run")


def test_the_dev_loss_is_the_mean_over_tokens_without_dropout_or_smoothing(loop):
    segments, total, tokens = sentences(300)[250:], 0.0, 0
    loop.model.eval()
    tokenizer = loop.dev.tokenizer
    for source, target in segments:  # one at a time, by torch's own loss
        sides = [
            [loop.vocabulary.language_id(code), *tokenizer.encode(line, code), 1]
            for line, code in ((source, "en"), (target, "gl"))
        ]
        with torch.no_grad():
            states = loop.model(torch.tensor([sides[0]]), torch.tensor([[1, *sides[1][:-1]]]))
            logits = loop.model.logits(states[0])
        total += torch.nn.functional.cross_entropy(logits, torch.tensor(sides[1]), reduction="sum").item()
        tokens += len(sides[1])
    loop.model.train()
    assert loop.dev.loss(loop.model) == pytest.approx(total / tokens, rel=1e-5) and loop.model.training


def test_dev_bleu_is_that_of_the_translations(loop, monkeypatch):
    answers = ["u gatu rodu vidu u arbu vellu .", "nada"]
    ids = [loop.dev.tokenizer.encode(line, "gl") for line in answers]
    given = []

    def search(models, source, language, config, forbidden):
        given.extend(source)
        return [[Hypothesis(ids[n % 2], 0.0)] for n in range(len(source))]

    monkeypatch.setattr(validation, "generate", search)
    found = loop.dev.bleu(loop.model)
    references = [loop.dev.tokenizer.decode(row.tolist(), "gl") for row in loop.dev.examples.target.segments]
    assert len(given) == 50 and sorted(references) == sorted(target for _, target in sentences(300)[250:])
    # Which answer each got hangs on the batches; half of them, up to one a batch, got either.
    assert 0 < found < BLEU().corpus_score(references, [references]).score == pytest.approx(100)


def test_translations_for_dev_bleu_may_be_as_long_as_the_positions_allow(loop, monkeypatch):
    logits, never, lengths = loop.model.logits, torch.zeros(len(loop.vocabulary)), set()
    never[END_ID] = 1e4  # nothing ends before it must
    loop.model.logits = lambda states: logits(states) - never.to(states)

    def search(*arguments):
        found = generate(*arguments)
        lengths.update(len(best.ids) for best, *_ in found)
        return found

    monkeypatch.setattr(validation, "generate", search)
    loop.dev.bleu(loop.model)
    assert lengths == {loop.config.model.max_positions - 3}


def test_translations_for_dev_bleu_end_before_many_positions_are_used():
    source = torch.full((1, 39), 5)  # of 37 tokens, with </s> and the language
    (limit,) = longest([ModelConfig(max_positions=1000)], source, validation.GREEDY.max_length_factor)
    assert limit == 6 * 39 + 10


def test_a_perfect_model_has_a_bleu_of_100(loop, monkeypatch):
    by_source = {
        tuple(source.tolist()): target.tolist()
        for source, target in zip(loop.dev.examples.source.segments, loop.dev.examples.target.segments, strict=True)
    }

    def search(models, source, language, config, forbidden):
        return [[Hypothesis(by_source[tuple(row[row > 1][1:].tolist())], 0.0)] for row in source]

    monkeypatch.setattr(validation, "generate", search)
    assert loop.dev.bleu(loop.model) == pytest.approx(100)


def test_dev_bleu_takes_the_first_segments_of_each_direction(loop, monkeypatch):
    forth = loop.dev.examples
    back = Examples(forth.target, forth.source)
    mixed = np.random.default_rng(0).permutation(2 * len(forth))
    loop.dev.examples = Examples.joined([forth, back]).take(mixed)
    loop.dev.config = changed(loop.config, bleu_segments=7)
    given = []

    def search(models, source, language, config, forbidden):
        given.extend((language, tuple(row[row > 1][1:].tolist())) for row in source)
        return [[Hypothesis([], 0.0)] for _ in source]

    monkeypatch.setattr(validation, "generate", search)
    loop.dev.bleu(loop.model)
    for examples, rows in ((forth, mixed[mixed < 50]), (back, mixed[mixed >= 50] - 50)):
        wanted = {(examples.target.language[0], tuple(examples.source.segments[row].tolist())) for row in rows[:7]}
        assert wanted == {some for some in given if some[0] == examples.target.language[0]}
    assert len(given) == 14


def test_the_best_weights_may_be_those_with_the_best_bleu(tmp_path):
    config = changed(prepare(tmp_path), best_by="dev_bleu", bleu_segments=50, updates=8)
    loop = ended(Loop(config, tmp_path / "run"))
    scores = {row["update"]: row["dev_bleu"] for row in loop.state.metrics}
    assert -loop.state.best_score == max(scores.values()) == scores[loop.state.best_update]


def test_evaluations_keep_to_their_share_of_the_time(loop, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(validation.time, "monotonic", lambda: clock[0])
    settings = loop.config.training.model_copy(update={"evaluate_every": 2, "evaluation_share": 0.1, "updates": 9})
    pace = validation.Pace(settings, loop.processes)
    assert pace.is_due(2)  # how long one takes is not known yet
    with pace.measured():
        clock[0] += 3
    for later, due in ((0, False), (26.9, False), (0.1, True)):  # 3 seconds of 30
        clock[0] += later
        assert pace.is_due(4) is due and not pace.is_due(5) and pace.is_due(9)
    free = validation.Pace(settings.model_copy(update={"evaluation_share": 1.0}), loop.processes)
    free.took = 1e9
    assert free.is_due(2)


def test_an_evaluation_that_comes_too_soon_is_left_out(tmp_path, monkeypatch):
    config = changed(prepare(tmp_path), updates=7, evaluate_every=2, evaluation_share=0.5)
    loop, answers = Loop(config, tmp_path / "run"), [True, False, True]
    monkeypatch.setattr(loop.pace, "_allowed", lambda: answers.pop(0))
    ended(loop)
    assert [row["update"] for row in loop.state.metrics] == [2, 6, 7] and not answers


def test_no_segment_that_fits_is_one_line(tmp_path):
    loop = Loop(prepare(tmp_path), tmp_path / "run")
    loop.dev.examples = read_shards(loop.config.dev, loop.vocabulary)
    loop.model.config = loop.model.config.model_copy(update={"max_positions": 3})
    with pytest.raises(command.UserError, match="no dev segment fits into 3 positions"):
        loop.dev.loss(loop.model)


def test_a_guess_by_frequency_is_as_good_as_a_model_of_nothing_but_biases(loop):
    """Its loss by torch, of each dev target alone, with the language's token always right."""
    rows = [[*row.tolist(), 1] for row in loop.dev.examples.target.segments]
    counts = torch.bincount(torch.tensor([i for row in rows for i in row])).double()
    total = sum(
        torch.nn.functional.cross_entropy(counts.log().expand(len(row), -1), torch.tensor(row), reduction="sum")
        for row in rows
    )
    tokens = sum(map(len, rows))
    assert loop.dev.loss_of_a_guess(ModelConfig()) == pytest.approx(float(total) / (tokens + len(rows)))
    without = loop.dev.loss_of_a_guess(ModelConfig(language_tokens="target"))
    assert without == pytest.approx(float(total) / tokens)
