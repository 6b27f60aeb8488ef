"""Models exported to CTranslate2 say what ours say: scores of given targets, and translations by search."""

import json
import os
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from model.batches.placement import placement_of
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.interop.ctranslate2 import convert
from model.network.folder import save_model
from model.network.transformer import Transformer
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import END_ID, Vocabulary
from tests import ROOT

ctranslate2 = pytest.importorskip("ctranslate2")

WORDS = [f"w{i:02}" for i in range(20)]
VOCABULARY = Vocabulary.build(dict.fromkeys(WORDS, 1), ["en", "gl"], 1, 100)
FIRST = len(VOCABULARY) - len(WORDS)
ENGLISH, GALICIAN = map(VOCABULARY.language_id, ("en", "gl"))
CONTROLS = [piece for row, piece in enumerate(VOCABULARY.pieces) if VOCABULARY.is_control(row) and row != END_ID]
SIZES = {"width": 16, "feedforward": 24, "heads": 4, "encoder_layers": 2, "decoder_layers": 3, "max_positions": 24}
VARIANTS = {
    "mrasp": {},
    "m8": {"norm": "pre", "activation": "relu", "positions": "sinusoidal"},
    "pre, learned": {"norm": "pre"},
    "post, sinusoidal": {"positions": "sinusoidal"},
    "relu": {"activation": "relu"},
    "target": {"language_tokens": "target", "norm": "pre"},
    "mbart": {"norm": "pre", "embedding_norm": True},
    "marian": {"activation": "swish", "positions": "fixed", "output_bias": True},
    "unscaled": {"embedding_scale": "none"},
    "front": {"language_tokens": "front"},
    "none": {"language_tokens": "none"},
}
LINES = [[0, 4], [3, 8], [7, 9], [12, 12], [15, 19], [9, 3], [1, 2, 5], [18]]


def save(model, path):
    """A model folder with a model of these rows."""
    subwords = path / "subwords"
    subwords.mkdir()
    (subwords / "codes").write_text(
        "#version: 0.2\nt h\n" + "".join(f"w {i}\nw{i} {j}</w>\n" for i in (0, 1) for j in range(10))
    )
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    save_model(path / "model", model.state_dict(), model.config, subwords, VOCABULARY, {})
    return path / "model"


def spread(variant):
    """A model that gives clearly different scores, whose biases are no zeros and whose norms do something."""
    torch.manual_seed(7)
    model = Transformer(ModelConfig(**SIZES, **VARIANTS[variant]), len(VOCABULARY)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    return model


def placed(model, source, target):
    """What encoder and decoder read of ids of words [B, n], and what they are to predict."""
    placement, english, galician = (
        placement_of(model.config),
        *(np.full(len(source), row) for row in (ENGLISH, GALICIAN)),
    )
    answer = placement.answer(Ragged.from_lists(target.tolist()), galician)
    read = placement.source(Ragged.from_lists(source.tolist()), english, galician), placement.inputs(answer, galician)
    return (*map(torch.from_numpy, read), torch.from_numpy(answer))


def ids_of(line):
    return torch.tensor([[FIRST + i for i in line]])


@cache
def trained(variant):
    """A model that has learned to count from the first word of a source to its last, so that hypotheses end."""
    torch.manual_seed(7)
    small = {**SIZES, "encoder_layers": 1, "decoder_layers": 1}
    model = Transformer(ModelConfig(**small, **VARIANTS[variant]), len(VOCABULARY))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for update in range(200):
        longer = 1 + update % 6
        words = FIRST + torch.randint(len(WORDS) - longer, (32, 1)) + torch.arange(longer + 1)
        source, inputs, outputs = placed(model, words[:, [0, -1]], words)
        states = model(source, inputs)
        optimizer.zero_grad()
        F.cross_entropy(model.logits(states).flatten(0, 1), outputs.flatten()).backward()
        optimizer.step()
    return model.eval()


def translator(folder, output, quantization=None):
    convert(folder, output, quantization)
    return ctranslate2.Translator(str(output), inter_threads=1, intra_threads=1, compute_type="float32")


def pieces(line, language="en"):
    return [f"<lang:{language}>", *(WORDS[i] for i in line)]


def source_ids(model, line):
    return placed(model, ids_of(line), ids_of(line))[0]


def source_pieces(model, line):
    return [VOCABULARY.pieces[i] for i in source_ids(model, line)[0].tolist() if i != END_ID]


def prefix(model):
    """What a translation begins with that CTranslate2 does not add itself."""
    return [] if placement_of(model.config).begin == "zero" else ["<lang:gl>"]


def log_probabilities(model, line, target):
    """Of each token of `<lang:gl> target </s>`, by our model alone; the first only where it is predicted."""
    source, inputs, (ids,) = placed(model, ids_of(line), ids_of(target))
    with torch.no_grad():
        logits = model.logits(model(source, inputs))[0]
    return logits.log_softmax(-1)[range(len(ids)), ids].tolist()


def scores(engine, model):
    """Log-probabilities of the same targets by CTranslate2 and by us, one after the other."""
    targets = LINES[::-1]
    sources = [source_pieces(model, line) for line in LINES]
    found = engine.score_batch(sources, [[*prefix(model), *(WORDS[i] for i in line)] for line in targets])
    theirs = [score for result in found for score in result.log_probs]
    ours = [s for line, target in zip(LINES, targets, strict=True) for s in log_probabilities(model, line, target)]
    return theirs, ours


@pytest.mark.parametrize("variant", VARIANTS)
def test_targets_have_the_scores_they_have_here(tmp_path, variant):
    model = spread(variant)
    theirs, ours = scores(translator(save(model, tmp_path), tmp_path / "exported"), model)
    assert theirs == pytest.approx(ours, abs=1e-4) and min(ours) < max(ours) - 2


def our_search(model, beam, **settings):
    """The numbers of the words of the best hypothesis of each line."""
    config = SearchConfig(beam=beam, length_penalty=0, max_length_factor=100, **settings)
    forbidden = torch.tensor([piece in CONTROLS for piece in VOCABULARY.pieces])
    found = (generate([model], source_ids(model, s), GALICIAN, config, forbidden)[0][0] for s in LINES)
    return [[i - FIRST for i in hypothesis.ids] for hypothesis in found]


def their_search(model, tmp_path, beam, **options):
    """The same by CTranslate2, and the score of each."""
    results = translator(save(model, tmp_path), tmp_path / "exported").translate_batch(
        [source_pieces(model, line) for line in LINES],
        target_prefix=[prefix(model)] * len(LINES),
        beam_size=beam,
        length_penalty=0,
        min_decoding_length=0,  # ours may end at once, and where it may not, the others' probabilities are greater
        max_decoding_length=SIZES["max_positions"] - 2,
        return_scores=True,
        **options,
    )
    given = placement_of(model.config).before_answer
    assert all((result.hypotheses[0][0] == "<lang:gl>") == bool(given) for result in results)
    return [[WORDS.index(word) for word in r.hypotheses[0][given:]] for r in results], [r.scores[0] for r in results]


@pytest.mark.parametrize("variant", ["mrasp", "m8", "target", "front", "none"])
def test_the_best_word_each_time_is_the_same(tmp_path, variant):
    model = trained(variant)
    found, _ = their_search(model, tmp_path, 1, suppress_sequences=[[piece] for piece in CONTROLS])
    assert found == our_search(model, 1)
    assert len(set(map(tuple, found))) > 5 and max(map(len, found)) < SIZES["max_positions"] - 3


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("variant", ["m8", "post, sinusoidal"])
def test_n_grams_that_may_stand_once_are_the_same(tmp_path, variant, size):
    model, repeats = spread(variant), {"no_repeat_ngram_size": size}
    suppressed = {"suppress_sequences": [[piece] for piece in CONTROLS]}
    found, _ = their_search(model, tmp_path, 1, **suppressed, **repeats)
    assert [words[:20] for words in found] == [words[:20] for words in our_search(model, 1, **repeats)]
    assert found != our_search(model, 1)


@pytest.mark.parametrize("variant", ["mrasp", "m8", "target", "front", "none"])
def test_beam_search_finds_what_ours_finds_or_better(tmp_path, variant):
    """Ours ends after so many finished hypotheses; with no length penalty theirs ends when the best one does."""
    model = trained(variant)
    (found, theirs), expected = their_search(model, tmp_path, 4), our_search(model, 4)
    for line, hypothesis, score, other in zip(LINES, found, theirs, expected, strict=True):
        given = placement_of(model.config).before_answer
        assert score == pytest.approx(sum(log_probabilities(model, line, hypothesis)[given:]), abs=1e-4)
        assert score > sum(log_probabilities(model, line, other)[given:]) - 1e-4
    assert sum(hypothesis == other for hypothesis, other in zip(found, expected, strict=True)) >= len(LINES) / 2


@pytest.mark.parametrize(("quantization", "bound"), [("float16", 0.005), ("int8", 0.05)])
def test_quantised_weights_give_nearly_the_same_scores(tmp_path, quantization, bound):
    """With arithmetic in float32: that in int8 depends on the processor, see docs/how-to/serve.md."""
    torch.manual_seed(7)
    model = Transformer(ModelConfig(**SIZES), len(VOCABULARY)).eval()
    theirs, ours = scores(translator(save(model, tmp_path), tmp_path / "exported", quantization), model)
    assert theirs == pytest.approx(ours, abs=bound) and theirs != pytest.approx(ours, abs=1e-4)


def test_the_folder_serves_alone(tmp_path):
    folder = save(spread("mrasp"), tmp_path)
    engine = translator(folder, tmp_path / "exported")
    folder.rename(tmp_path / "elsewhere")
    tokenizer = Tokenizer(tmp_path / "exported")
    assert tokenizer.vocabulary.pieces == VOCABULARY.pieces and tokenizer.pieces(["th"]) == ["t@@", "h"]
    assert json.loads((tmp_path / "exported" / "config.json").read_text())["max_positions"] == SIZES["max_positions"]
    assert engine.translate_batch([pieces([1])], max_decoding_length=3)[0].hypotheses


def test_the_program_of_the_how_to_page_works(tmp_path):
    page = (ROOT / "docs" / "how-to" / "serve.md").read_text(encoding="utf-8")
    (tmp_path / "serve.py").write_text(re.search(r"```python\n(.*?)```", page, re.S)[1])
    convert(save(trained("mrasp"), tmp_path), tmp_path / "exported")
    command = [sys.executable, str(tmp_path / "serve.py"), str(tmp_path / "exported"), "en", "gl"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, input="w07 w09\n\n" + "w03 " * 50, capture_output=True, text=True, env=environment, check=True
    )
    first, empty, long = done.stdout.removesuffix("\n").split("\n")
    assert (first, empty) == ("w07 w08 w09", "") and set(long.split()) <= set(WORDS)
