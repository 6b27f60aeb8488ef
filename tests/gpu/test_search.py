"""Translations of the device are those of the processor, in float32."""

import pytest
import torch

from model.batches.collate import collate
from model.batches.placement import placement_of
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.decoding.steps import forbidden_rows
from model.network.folder import load_model
from model.shards.examples import read_shards
from model.train import Loop
from tests.model.toy_run import changed, ended

SEARCHES = [
    SearchConfig(beam=1),
    SearchConfig(beam=5),
    SearchConfig(beam=4, nbest=3),
    SearchConfig(beam=3, no_repeat_ngram_size=2),
]


@pytest.fixture
def folder(run, tmp_path):
    """A model that has learned a little, so that its scores differ."""
    ended(Loop(changed(run, updates=60, evaluate_every=60, warmup=10, compile="no"), tmp_path / "run"))
    return tmp_path / "run" / "model"


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: f"beam {search.beam}, nbest {search.nbest}")
def test_it_finds_what_the_processor_finds(folder, run, device, search):
    found = []
    for place in (device, torch.device("cpu")):
        model, tokenizer = load_model(folder, place)
        examples = read_shards(run.dev, tokenizer.vocabulary).take(range(40))
        source = collate(examples, list(range(40)), placement_of(model.config)).source.to(place)
        language = int(examples.target.language[0])
        forbidden = forbidden_rows(tokenizer.vocabulary).to(place)
        best = generate([model], source, language, search, forbidden)
        found.append([(list(each.ids), each.score) for hypotheses in best for each in hypotheses])
    assert len(found[0]) == len(found[1]) >= 40
    same = [one[0] == other[0] for one, other in zip(*found, strict=True)]
    # Two hypotheses may have scores that are equal up to rounding.
    assert sum(same) >= 0.95 * len(same)
    for (ids, score), (others, other) in zip(*found, strict=True):
        assert ids != others or score == pytest.approx(other, abs=1e-3)
