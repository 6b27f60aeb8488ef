from itertools import product

import pytest
import torch

from model.config import ModelConfig, SearchConfig
from model.search import beam_search
from model.transformer import Transformer
from model.vocabulary import END_ID

SIZES = ModelConfig(width=8, feedforward=16, heads=2, encoder_layers=1, decoder_layers=1, max_positions=9)
ROWS, LANGUAGE, WORDS = 9, 5, [6, 7, 8]
FORBIDDEN = torch.tensor([i not in [END_ID, *WORDS] for i in range(ROWS)])
SOURCE = torch.tensor([[4, 6, 7, 1], [4, 8, 1, 0]])


@pytest.fixture
def model():
    torch.manual_seed(3)
    net = Transformer(SIZES, ROWS).eval()
    with torch.no_grad():  # spread the scores, so that hypotheses differ clearly
        net.embedding.tokens.weight.mul_(4)
    return net


def log_probability(model, source, words):
    """Of `<lang>` being given, then the words and </s>: computed at once, without the search's cache."""
    inputs = torch.tensor([[END_ID, LANGUAGE, *words]])
    with torch.no_grad():
        scores = model.logits(model(source, inputs))[0].log_softmax(-1)
    return sum(scores[i + 1, word].item() for i, word in enumerate([*words, END_ID]))


def best_of_all(model, source, longest, penalty):
    """Exhaustive search over every sequence of words."""
    every = [list(words) for n in range(longest + 1) for words in product(WORDS, repeat=n)]
    return max(every, key=lambda words: log_probability(model, source, words) / (len(words) + 1) ** penalty)


def search(model, source=SOURCE, **settings):
    return beam_search(model, source, LANGUAGE, SearchConfig(**settings), FORBIDDEN)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_beam_as_wide_as_the_space_finds_the_best_hypothesis(model, penalty):
    # Factor 0.01 of the source and 10: the limit is the model's positions less two, 7 tokens with </s>.
    found = search(model, beam=3**6, length_penalty=penalty, max_length_factor=0.01)
    for row, source in enumerate((SOURCE[:1], SOURCE[1:, :3])):
        best = best_of_all(model, source, 6, penalty)
        assert log_probability(model, source, found[row]) / (len(found[row]) + 1) ** penalty == pytest.approx(
            log_probability(model, source, best) / (len(best) + 1) ** penalty, abs=1e-4
        )


def test_a_beam_of_one_takes_the_best_token_each_time(model):
    for row, source in enumerate((SOURCE[:1], SOURCE[1:, :3])):
        words = []
        while len(words) < 6:
            with torch.no_grad():
                states = model(source, torch.tensor([[END_ID, LANGUAGE, *words]]))
            token = model.logits(states)[0, -1].masked_fill(FORBIDDEN, float("-inf")).argmax().item()
            if token == END_ID:
                break
            words.append(token)
        assert search(model, beam=1)[row] == words


@pytest.mark.parametrize("beam", [1, 3])
def test_sentences_searched_together_or_alone_give_the_same(beam):
    torch.manual_seed(5)
    longer = Transformer(SIZES.model_copy(update={"max_positions": 64}), ROWS).eval()
    long_source = torch.tensor([[4, *([6, 7, 8] * 6), 1]])
    batch = torch.zeros(2, long_source.size(1), dtype=torch.long)
    batch[0], batch[1, :3] = long_source[0], torch.tensor([4, 8, 1])
    alone = [search(longer, long_source, beam=beam)[0], search(longer, torch.tensor([[4, 8, 1]]), beam=beam)[0]]
    assert search(longer, batch, beam=beam) == alone
    # Hypotheses of a model that has learned nothing run up to the limit: 2 * length + 10 tokens, </s> among them.
    assert len(alone[1]) <= 2 * 3 + 9


def test_no_hypothesis_holds_a_forbidden_row_or_is_too_long(model):
    for words in search(model, beam=4):
        assert set(words) <= set(WORDS) and len(words) <= SIZES.max_positions - 3
