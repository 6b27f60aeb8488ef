"""All engines do the same work: the same sources, and translations of the length that was asked for."""

import sys

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from bench.translate_throughput import ENGINES, Variant, Work, converted, padded, sources, speed, write_model
from model.command import UserError
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.network.folder import WEIGHTS
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import END_ID, Vocabulary

VOCABULARY = Vocabulary.build(dict.fromkeys("abcdefgh", 9), ["en", "gl"], 1, 99)  # a … h are rows 6 … 13
LENGTHS = [3, 1, 9, 4, 6, 2]


@pytest.fixture
def shards(tmp_path):
    """Shards of six pairs whose sources begin with 6, 7, …, and a subword folder."""
    draw = np.random.default_rng(0)
    lists = [[6 + n, *draw.integers(6, 14, length - 1).tolist()] for n, length in enumerate(LENGTHS)]
    (tmp_path / "en-gl").mkdir()
    sides = Ragged.from_lists(lists), Ragged.from_lists([[6]] * len(lists))
    write_part(tmp_path / "en-gl" / part_name(0), [sides], ("en", "gl"), VOCABULARY, 1, {})
    VOCABULARY.write(tmp_path / "vocabulary.tsv")
    (tmp_path / "codes").write_text("#version: 0.2\n")
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    return tmp_path


@pytest.fixture
def work(shards):
    sizes = ModelConfig(
        width=16, feedforward=32, heads=2, encoder_layers=1, decoder_layers=1, max_positions=20, norm="pre"
    )
    batches, language = sources([shards / "en-gl"], shards / "vocabulary.tsv", 6, 4, 20)
    folders = shards / "model", shards / "ctranslate2"
    search = SearchConfig(beam=3)
    made = Work(*folders, sizes, shards / "vocabulary.tsv", batches, language, search, 8, 1, "float32")
    write_model(made, shards)
    weights = load_file(made.model / WEIGHTS)
    rows = weights["embedding.tokens.weight"]
    rows[END_ID] = 2 * rows[language]  # so that a sentence would end at once
    save_file(weights, made.model / WEIGHTS)
    return made


def test_batches_are_by_length_and_hold_each_sentence_once(work):
    assert work.language == 6
    assert [[len(ids) for ids in batch] for batch in work.batches] == [[3, 4, 5, 6], [8, 11]]
    everything = [ids for batch in work.batches for ids in batch]
    assert {(ids[0], ids[-1]) for ids in everything} == {(5, 1)}
    assert sorted(ids[1] for ids in everything) == [6, 7, 8, 9, 10, 11]


def test_sentences_that_are_too_long_are_left_out(shards):
    rest = shards / "vocabulary.tsv", 5, 64, 8
    batches, _ = sources([shards / "en-gl"], *rest)
    assert [len(ids) for ids in batches[0]] == [3, 4, 5, 6, 8]
    with pytest.raises(UserError, match="5 sentences fit"):
        sources([shards / "en-gl"], shards / "vocabulary.tsv", 6, 64, 8)


def test_a_batch_is_padded():
    assert padded([[4, 7, 1], [4, 1]]).tolist() == [[4, 7, 1], [4, 1, 0]]


@pytest.mark.parametrize("engine", ["ours", "mbart", "ctranslate2"])
def test_every_translation_has_the_length_that_was_asked_for(work, engine):
    if engine == "mbart":
        pytest.importorskip("transformers")
    if engine == "ctranslate2" and (why := converted(work)):
        pytest.skip(why)
    kind = {"ours": "bfloat16", "mbart": "sdpa", "ctranslate2": "float32"}[engine]
    found = speed(Variant(engine, engine, kind), 1, work, 1)
    assert (found.tokens, found.others) == (6 * 8, 6)  # the warm-up is not counted


def test_processes_share_the_batches(work, monkeypatch):
    found = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        found.append(speed(Variant("ours", "ours", processes=2), 1, work, 3))  # more batches to warm up than it has
    assert [trial.others for trial in found] == [len(batch) for batch in work.batches]


def test_another_length_is_an_error(work, monkeypatch):
    monkeypatch.setitem(ENGINES, "short", lambda *_: lambda batch: [len(batch[0])] * len(batch))
    with pytest.raises(UserError, match=r"wrote \[3\] subwords in place of 8"):
        speed(Variant("x", "short"), 1, work, 0)


def test_ctranslate2_is_left_out_where_it_is_not_installed(work, monkeypatch):
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    assert converted(work).startswith("CTranslate2 is not measured: no ctranslate2")
