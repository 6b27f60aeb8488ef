"""Concurrent denoising (Xu, Maillard and Goswami 2023, sections 3.1 and 4.2) in the batches of a run, and its loss."""

import math
from collections import Counter
from itertools import islice, takewhile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from model.batches.stream import Stream
from model.network.transformer import Transformer
from model.text.tokenizer import Tokenizer
from model.text.words import Words
from model.training.learner import Learner
from tests.papers.made_up import write_run
from tests.papers.plain import END, MASK, Network, cross_entropy, segments, shaken, weights_of

RATIO, EPOCHS = 0.3, 30


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def batches(run):
    """Those that denoise, of some epochs."""
    stream = Stream(run, run.tasks[1], Words(Tokenizer(run.subwords)), number=1)
    return [planned.make() for planned in takewhile(lambda b: b.start.epoch < EPOCHS, stream.planned())]


@pytest.fixture(scope="module")
def vocabulary(run):
    return [row.split("\t")[0] for row in Path(run.vocabulary).read_text().splitlines()]


@pytest.fixture(scope="module")
def words(batches, vocabulary):
    """Segment by segment, (clean ids, ids that the encoder reads, selected) of each word."""
    found = []
    for batch in batches:
        for source, inputs, answers in segments(batch):
            word, of_segment = [], []
            for place, clean in enumerate(inputs[1:]):
                word.append((clean, source[place], place in answers["encoder"]))
                if not vocabulary[clean].endswith("@@"):
                    of_segment.append(tuple(zip(*word, strict=True)))
                    word = []
            found.append(of_segment)
    return found


def within(count, expected, variance, errors=4):
    return abs(count - expected) <= errors * math.sqrt(variance)


def binomial(count, of, rate):
    return within(count, of * rate, of * rate * (1 - rate))


def test_both_stacks_answer_the_same_tokens_where_words_were_selected(batches, vocabulary):
    """The encoder's last token and the decoder's first are the language's; the decoder reads the clean segment."""
    for batch in batches:
        assert batch.objective == "cd" and not (batch.source == END).any()
        for source, inputs, answers in segments(batch):
            assert len(source) == len(inputs) and source[-1] == inputs[0]
            assert vocabulary[inputs[0]] in ("<lang:en>", "<lang:gl>")
            clean = [*inputs[1:], END]
            assert answers["encoder"] == answers["decoder"] == {place: clean[place] for place in answers["encoder"]}
            assert len(clean) - 1 not in answers["encoder"]
            assert all(source[n] == clean[n] for n in range(len(clean) - 1) if n not in answers["encoder"])


def test_an_epoch_has_the_languages_by_their_sizes_to_the_power_of_7_tenths(batches, run, vocabulary):
    rows = [row for folder in run.tasks[1].shards for row in pq.read_table(folder).to_pylist()]
    stored = Counter((row["source_lang"], *row["source"]) for row in rows)
    seen = Counter(
        (vocabulary[inputs[0]][len("<lang:") : -1], *inputs[1:]) for b in batches for _, inputs, _ in segments(b)
    )
    sizes, counts = (Counter(row[0] for row in each.elements()) for each in (stored, seen))
    for language, size in sizes.items():
        of_epoch = math.ceil(360 * size**0.7 / (300**0.7 + 60**0.7))
        assert counts[language] == EPOCHS * of_epoch
        rate = EPOCHS * of_epoch / size
        for row, count in stored.items():
            if row[0] == language:
                assert count * math.floor(rate) <= seen[row] <= count * math.ceil(rate)
    assert seen.keys() == stored.keys()


def test_of_n_words_a_ratio_is_selected_rounded_up_or_down_by_chance(words):
    up, chances, place = 0, [], Counter()
    for segment in words:
        selected = [any(each) for _, _, each in segment]
        assert selected == [all(each) for _, _, each in segment]
        least = math.floor(RATIO * len(segment) + 1e-9)
        assert sum(selected) - least in (0, 1)
        up += sum(selected) - least
        chances.append(max(0.0, RATIO * len(segment) - least))
        place.update(first=selected[0], last=selected[-1])
    assert within(up, sum(chances), sum(c * (1 - c) for c in chances))
    assert binomial(place["first"], len(words), RATIO) and binomial(place["last"], len(words), RATIO)


def test_selected_words_are_masked_replaced_or_kept_whole(words, vocabulary):
    """80, 10 and 10 in 100 words; masked ones have a mask for each subword. A random word may be the word itself."""
    text = [i for i, piece in enumerate(vocabulary) if not piece.startswith("<")]
    fates, drawn, chance = Counter(), Counter(), 0.0
    for clean, read, selected in (word for segment in words for word in segment):
        if not selected[0]:
            continue
        fate = "masked" if MASK in read else "kept" if read == clean else "random"
        fates[fate] += 1
        chance += len(text) ** -len(clean)
        assert fate != "masked" or set(read) == {MASK}
        drawn.update(read if fate == "random" else ())
    total = fates.total()
    assert binomial(fates["masked"], total, 0.8)
    assert binomial(fates["random"], total, 0.1 - 0.1 * chance / total)
    expected = drawn.total() / len(text)
    assert drawn.keys() == set(text)
    distance = sum((drawn[i] - expected) ** 2 / expected for i in text)
    assert within(distance, len(text) - 1, 2 * (len(text) - 1))


def test_its_loss_and_all_gradients_are_those_of_both_stacks(run, batches):
    """L_e + L_d, with the clean tokens as answers of both, label smoothing, and one matrix for both projections."""
    made = shaken(Transformer(run.model, len(Path(run.vocabulary).read_text().splitlines())))
    plain = Network(weights_of(made), run.model.heads)
    for batch in islice(batches, 3):
        found, expected = Learner(made, 0.1).train()(batch), 0.0
        for source, inputs, answers in segments(batch):
            encoded = plain.encode(source)
            states = {"encoder": encoded, "decoder": plain.decode(inputs, encoded)}
            for stack, told in answers.items():
                logits = plain.logits(states[stack][list(told)])
                expected = expected + cross_entropy(logits, [inputs[place + 1] for place in told], smoothing=0.1)
        assert found.item() == pytest.approx(expected.item(), rel=1e-5)
        ours = torch.autograd.grad(found, list(made.parameters()))
        theirs = torch.autograd.grad(expected, list(plain.weights.values()))
        for name, one, other in zip(plain.weights, ours, theirs, strict=True):
            assert torch.allclose(one.double(), other, rtol=1e-4, atol=1e-5 * other.abs().max().item()), name
