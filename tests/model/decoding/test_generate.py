import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.decoding.beam_search import BeamSearch
from model.decoding.generate import generate
from model.decoding.steps import BLOCK, Hypothesis
from model.network.transformer import Transformer
from model.text.vocabulary import END_ID

SIZES = ModelConfig(width=8, feedforward=16, heads=2, encoder_layers=1, decoder_layers=1, max_positions=9)
ROWS, LANGUAGE, WORDS = 9, 5, [6, 7, 8]
FORBIDDEN = torch.tensor([i not in [END_ID, *WORDS] for i in range(ROWS)])
SOURCE = torch.tensor([[4, 6, 7, 1], [4, 8, 1, 0]])
ALONE = [SOURCE[:1], SOURCE[1:, :3]]


def spread(sizes=SIZES, seed=3, rows=ROWS):
    """A random model whose scores differ clearly."""
    torch.manual_seed(seed)
    net = Transformer(sizes, rows).eval()
    with torch.no_grad():
        net.embedding.tokens.weight.mul_(4)
    return net


@pytest.fixture
def model():
    return spread()


def distribution(models, source, words):
    """Log-probabilities of what follows the words, computed anew from the beginning: a list of floats."""
    inputs = torch.tensor([[END_ID, LANGUAGE, *words]])
    with torch.no_grad():
        each = [net.logits(net(source, inputs))[0, -1].double().softmax(-1) for net in models]
    return [math.log(sum(p) / len(p)) for p in zip(*(x.tolist() for x in each), strict=True)]


def log_probability(models, source, words):
    """Of the words and </s> after `<lang>`."""
    return sum(distribution(models, source, words[:i])[word] for i, word in enumerate([*words, END_ID]))


def repeats(words, size):
    """Whether an n-gram stands twice."""
    grams = [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]
    return len(set(grams)) < len(grams)


def obvious_search(models, source, beam, penalty, limit, forbidden, size=100, enough=None):
    """Beam search over plain lists that keeps nothing but the hypotheses: (score, words), best first."""
    beams, ended = [(0.0, [])], []
    for length in range(1, limit + 1):
        candidates = []
        for score, words in beams:
            for token, value in enumerate(distribution(models, source, words)):
                if token == END_ID or (not forbidden[token] and length < limit and not repeats([*words, token], size)):
                    candidates.append((score + value, [*words, token]))
        candidates.sort(key=lambda c: -c[0])
        ended += [(score / length**penalty, words[:-1]) for score, words in candidates[:beam] if words[-1] == END_ID]
        beams = [c for c in candidates if c[1][-1] != END_ID][:beam]
        if len(ended) >= (enough or beam):
            break
    return sorted(ended, key=lambda e: -e[0])


def search(models, source=SOURCE, forbidden=FORBIDDEN, **settings):
    models = models if isinstance(models, list) else [models]
    return generate(models, source, LANGUAGE, SearchConfig(**settings), forbidden)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("beam", [1, 3])
def test_no_n_gram_stands_twice_where_that_is_asked_for(size, beam):
    sizes = SIZES.model_copy(update={"max_positions": 12})
    models, limit = [spread(sizes, seed=5)], 10
    found = search(models, beam=beam, nbest=beam, length_penalty=1.0, no_repeat_ngram_size=size)
    for source, hypotheses in zip(ALONE, found, strict=True):
        expected = obvious_search(models, source, beam, 1.0, limit, FORBIDDEN, size)[:beam]
        assert [h.ids for h in hypotheses] == [words for _, words in expected]
    sampled = search(models, sampling=True, nbest=20, no_repeat_ngram_size=size)
    assert not any(repeats(h.ids, size) for hypotheses in sampled for h in hypotheses)
    free = search(models, sampling=True, nbest=20)
    assert any(repeats(h.ids, size) for hypotheses in free for h in hypotheses)


@pytest.mark.parametrize(("patience", "enough"), [(1.0, 3), (1.4, 4), (3.0, 9)])
def test_with_patience_more_hypotheses_end_before_a_sentence_is_done(patience, enough):
    net, limit = spread(SIZES.model_copy(update={"max_positions": 22}), seed=3), 20
    found = search(net, beam=3, nbest=3, length_penalty=2.0, patience=patience)
    for source, hypotheses in zip(ALONE, found, strict=True):
        expected = obvious_search([net], source, 3, 2.0, limit, FORBIDDEN, enough=enough)
        assert [h.ids for h in hypotheses] == [words for _, words in expected[:3]]
    if patience > 1:
        assert ids(found) != ids(search(net, beam=3, nbest=3, length_penalty=2.0))


VARIANTS = [
    {},
    {"norm": "pre", "activation": "relu", "positions": "sinusoidal", "decoder_layers": 2},
    {"positions": "sinusoidal", "encoder_layers": 2},
    {"norm": "pre"},
]


@pytest.mark.parametrize("change", VARIANTS, ids=str)
@pytest.mark.parametrize(("beam", "penalty"), [(1, 0.5), (3, 1.0), (5, 0.0), (2, 4.0)])
def test_hypotheses_and_scores_are_those_of_an_obvious_search(monkeypatch, change, beam, penalty):
    rows = BLOCK * 12 + 5  # columns behind the last block among them
    net = spread(SIZES.model_copy(update={"max_positions": 40, **change}), len(change), rows)
    forbidden = torch.arange(rows) < 6
    forbidden[END_ID] = False
    with torch.no_grad():  # </s> and a few words are likely, so that hypotheses end at different lengths
        net.embedding.tokens.weight[END_ID].mul_(2.0)
    sources = [[4, 6, 300, 772, 1], [4, 8, 1], [4, 50, 1], [4, 99, 98, 97, 96, 95, 94, 1]]
    batch = torch.zeros(4, 8, dtype=torch.long)
    for row, source in zip(batch, sources, strict=True):
        row[: len(source)] = torch.tensor(source)
    found = search(net, batch, forbidden, beam=beam, nbest=beam, length_penalty=penalty, max_length_factor=0.5)
    for source, hypotheses in zip(sources, found, strict=True):
        limit = int(0.5 * len(source) + 10)
        expected = obvious_search([net], torch.tensor([source]), beam, penalty, limit, forbidden)[:beam]
        assert [h.ids for h in hypotheses] == [words for _, words in expected]
        assert [h.score for h in hypotheses] == pytest.approx([score for score, _ in expected], abs=1e-4)
    monkeypatch.setattr("model.decoding.generate.SHRINK", 0)  # sentences that are done stay in the batch
    again = search(net, batch, forbidden, beam=beam, nbest=beam, length_penalty=penalty, max_length_factor=0.5)
    assert ids(again) == ids(found)
    for nbest in {1, beam - 1} - {0}:  # fewer hypotheses may end before a sentence is done, but they are the same
        fewer = search(net, batch, forbidden, beam=beam, nbest=nbest, length_penalty=penalty, max_length_factor=0.5)
        assert ids(fewer) == [hypotheses[:nbest] for hypotheses in ids(found)]


def test_the_probabilities_of_several_models_are_averaged(model):
    # The first has other sizes and knows more positions; those of the second, less two, are the limit.
    models = [spread(ModelConfig(**{**SIZES.model_dump(), "width": 12, "max_positions": 20}), 4), model]
    found = search(models, beam=3, nbest=3, max_length_factor=0.01)
    for source, hypotheses in zip(ALONE, found, strict=True):
        expected = obvious_search(models, source, 3, 0.5, 7, FORBIDDEN)[:3]
        assert [h.ids for h in hypotheses] == [words for _, words in expected]
        assert [h.score for h in hypotheses] == pytest.approx([score for score, _ in expected], abs=1e-5)
    assert [h.score for h in search(model, beam=3)[0]] != pytest.approx([found[0][0].score], abs=1e-3)


def test_a_model_twice_is_that_model(model):
    once, twice = search(model, beam=4, nbest=4), search([model, model], beam=4, nbest=4)
    for a, b in zip(once, twice, strict=True):
        assert [h.ids for h in a] == [h.ids for h in b]
        assert [h.score for h in a] == pytest.approx([h.score for h in b], abs=1e-5)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_beam_as_wide_as_the_space_finds_the_best_hypothesis(model, penalty):
    # Factor 0.01 of the source and 10: the limit is the model's positions less two, 7 tokens with </s>.
    found = search(model, beam=3**6, length_penalty=penalty, max_length_factor=0.01)
    every = [list(words) for n in range(7) for words in product(WORDS, repeat=n)]
    for source, (hypothesis,) in zip(ALONE, found, strict=True):
        inputs = torch.tensor([[END_ID, LANGUAGE, *words, END_ID, *[0] * (6 - len(words))] for words in every])
        with torch.no_grad():
            log_probs = model.logits(model(source.expand(len(every), -1), inputs[:, :-1])).log_softmax(-1)
        scores = log_probs[:, 1:].gather(2, inputs[:, 2:, None])[:, :, 0] * (inputs[:, 2:] != 0)
        best_of_all = max(
            s / (len(words) + 1) ** penalty for s, words in zip(scores.sum(1).tolist(), every, strict=True)
        )
        assert hypothesis.score == pytest.approx(best_of_all, abs=1e-4)


@pytest.mark.parametrize("beam", [1, 3])
def test_sentences_searched_together_or_alone_give_the_same(beam):
    torch.manual_seed(5)
    longer = Transformer(SIZES.model_copy(update={"max_positions": 64}), ROWS).eval()
    long_source = torch.tensor([[4, *([6, 7, 8] * 6), 1]])
    batch = torch.zeros(2, long_source.size(1), dtype=torch.long)
    batch[0], batch[1, :3] = long_source[0], torch.tensor([4, 8, 1])
    alone = [search(longer, long_source, beam=beam)[0], search(longer, torch.tensor([[4, 8, 1]]), beam=beam)[0]]
    assert ids(search(longer, batch, beam=beam)) == ids(alone)
    # Hypotheses of a model that has learned nothing run up to the limit: 2 * length + 10 tokens, </s> among them.
    assert len(search(longer, torch.tensor([[4, 8, 1]]), beam=beam, max_length_factor=2.0)[0][0].ids) <= 2 * 3 + 9


def never_ending(net):
    """The model, which ends a hypothesis only where nothing else may follow."""
    never, logits = torch.zeros(len(net.embedding.tokens.weight)), net.logits
    never[END_ID] = 1e4
    net.logits = lambda states: logits(states) - never
    return net


@pytest.mark.parametrize("settings", [{"beam": 1}, {"beam": 3, "nbest": 3}, {"sampling": True, "nbest": 2}], ids=str)
def test_an_output_may_be_as_long_as_the_positions_allow_whatever_its_source(settings):
    net = never_ending(spread(SIZES.model_copy(update={"max_positions": 40})))
    source = torch.zeros(5, 20, dtype=torch.long)
    for row, length in zip(source, (1, 2, 5, 9, 18), strict=True):
        row[0], row[1 : length + 1], row[length + 1] = 4, 6, END_ID
    assert {len(words) for sentence in ids(search(net, source, **settings)) for words in sentence} == {40 - 3}
    for sentence, length in zip(
        ids(search(net, source, max_length_factor=1.0, **settings)), (3, 4, 7, 11, 20), strict=True
    ):
        assert {len(words) for words in sentence} == {length + 10 - 1}


@pytest.mark.parametrize(("penalty", "most"), [(0.0, 2), (1.0, 4), (-0.5, 2)])
def test_a_sentence_is_done_when_no_open_hypothesis_can_be_better(penalty, most):
    beam = BeamSearch(torch.zeros(1, 1), np.array([4]), SearchConfig(beam=3, length_penalty=penalty))
    log_probs = torch.full((1, ROWS), -50.0)
    log_probs[0, [END_ID, 6]] = torch.tensor([-1.0, -3.5])  # (-3.5 / 4) is above -1, and so is no other quotient
    beam.choose(log_probs, np.arange(1))
    assert len(beam.ended[0]) == 1 and beam.is_open(np.arange(1)).tolist() == [most == 4]


def ids(found):
    return [[h.ids for h in hypotheses] for hypotheses in found]


def test_no_hypothesis_holds_a_forbidden_row_or_is_too_long(model):
    for found in (search(model, beam=4, nbest=4), sampled(model, nbest=50)):
        for words in [words for sentence in ids(found) for words in sentence]:
            assert set(words) <= set(WORDS) and len(words) <= SIZES.max_positions - 3


def sampled(models, source=SOURCE, **settings):
    models = models if isinstance(models, list) else [models]
    return generate(models, source, LANGUAGE, SearchConfig(sampling=True, **settings), FORBIDDEN)


def test_samples_are_drawn_by_their_probability(model):
    model.config = SIZES.model_copy(update={"max_positions": 4})  # so that there are two tokens with </s>
    found, draws = sampled(model, SOURCE.repeat_interleave(400, 0), nbest=5, length_penalty=0), 2000
    for row, source in enumerate(ALONE):
        hypotheses = [h for sentence in found[row * 400 : (row + 1) * 400] for h in sentence]
        first = [math.exp(p) for p in distribution([model], source, [])]
        allowed = sum(first[token] for token in [END_ID, *WORDS])
        assert len(hypotheses) == draws and {len(h.ids) for h in hypotheses} <= {0, 1}
        for word in WORDS:
            expected = first[word] / allowed
            seen = [h for h in hypotheses if h.ids == [word]]
            assert len(seen) / draws == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / draws))
            assert {round(h.score, 3) for h in seen} <= {round(log_probability([model], source, [word]), 3)}


def test_a_sample_scores_what_its_words_have_under_the_models(model):
    models = [model, spread(seed=8)]
    for source, hypotheses in zip(ALONE, sampled(models, nbest=5, temperature=1.7, length_penalty=1.0), strict=True):
        assert hypotheses == sorted(hypotheses, key=lambda h: -h.score)
        for h in hypotheses:
            assert h.score == pytest.approx(log_probability(models, source, h.ids) / (len(h.ids) + 1), abs=1e-4)


def test_the_best_token_alone_or_a_low_temperature_is_greedy_search(model):
    greedy = search(model, beam=1)
    for settings in ({"top_k": 1}, {"temperature": 1e-3}):
        for one, other in zip(sampled(model, **settings), greedy, strict=True):
            assert [replace(h, score=0) for h in one] == [replace(h, score=0) for h in other]


def test_the_seed_decides_what_is_drawn(model):
    assert ids(sampled(model, nbest=8, seed=1)) == ids(sampled(model, nbest=8, seed=1))
    assert ids(sampled(model, nbest=8, seed=1)) != ids(sampled(model, nbest=8, seed=2))


def test_a_model_that_may_not_end_says_nothing(model):
    never = FORBIDDEN.clone()
    never[END_ID] = True
    assert search(model, forbidden=never, beam=2) == [[Hypothesis([], float("-inf"))]] * 2


def test_more_hypotheses_than_the_beam_holds_are_refused():
    with pytest.raises(ValueError, match="nbest 6 is more than beam 5"):
        SearchConfig(nbest=6)


def test_a_sentence_that_is_done_takes_no_more_hypotheses_while_it_stays_in_the_batch():
    settings = SearchConfig(beam=1, length_penalty=0)
    beam = BeamSearch(torch.zeros(3, 1), np.array([9, 9, 1]), settings)
    beam.ended, beam.written = [[Hypothesis([6], -9.0)], [], []], np.full((3, 1, 1), 7)
    log_probs = torch.full((3, ROWS), -5.0)
    log_probs[:, END_ID], log_probs[:, 6] = -1.0, -2.0
    beam.choose(log_probs, np.arange(3))  # the third stands beyond its limit
    assert beam.ended == [[Hypothesis([6], -9.0)], [Hypothesis([7], -1.0)], []]
