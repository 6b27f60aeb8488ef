import json
import string
import sys
from collections import Counter

import pytest
import torch

from model.analysis.tune_search import main, spread
from model.command import UserError
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.network.folder import save_model
from model.network.transformer import Transformer
from model.text.vocabulary import Vocabulary
from model.translate import load, translations

VOCABULARY = Vocabulary.build(dict.fromkeys(string.ascii_lowercase, 1), ["en", "gl"], 1, 100)
SIZES = ModelConfig(width=16, feedforward=32, heads=2, encoder_layers=1, decoder_layers=1, max_positions=12)
ENGLISH = ["a b c", "", "z y x w", "q", "m n", "b a"]
GALICIAN = ["b c d", "x", "a z y x", "", "n o", "c b"]
COMMON = [0, 2, 4, 5]  # lines that both languages have


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model that has never learned, so the length penalty decides how long its hypotheses are; and a dev set."""
    path = tmp_path_factory.mktemp("tuned")
    (path / "codes").write_text("#version: 0.2\n")
    (path / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    torch.manual_seed(3)
    weights = Transformer(SIZES, len(VOCABULARY)).state_dict()
    save_model(path / "model", weights, SIZES, path, VOCABULARY, {})
    for code, lines in (("en", ENGLISH), ("gl", GALICIAN)):
        (path / f"{code}.txt").write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.fixture
def call(monkeypatch, folder, tmp_path):
    """The command, run here: what it writes."""

    def run(*words, penalties=(0, 3), directions=("en-gl", "gl-en")):
        command = ["tune_search", tmp_path / "out.json", "--model", folder / "model", "--testset", folder]
        command += ["--directions", *directions, "--length-penalties", *penalties, "--engine", "torch"]
        monkeypatch.setattr(sys, "argv", [str(word) for word in [*command, "--threads", 1, *words]])
        main()
        return json.loads((tmp_path / "out.json").read_text())

    return run


def test_each_setting_has_the_translations_of_model_translate(call, folder):
    found = call("--beams", 1, 3, "--search", '{"max_length_factor": 0.5, "nbest": 5}')
    assert found["lines"] == dict.fromkeys(("en-gl", "gl-en"), [row + 1 for row in COMMON])
    settings = [(d, b, p) for d in (("en", "gl"), ("gl", "en")) for b in (1, 3) for p in (0, 3)]
    rows = found["translations"]
    assert [((row["source"], row["target"]), row["beam"], row["length_penalty"]) for row in rows] == settings
    for row, (direction, beam, penalty) in zip(rows, settings, strict=True):
        search = SearchConfig(beam=beam, length_penalty=penalty, max_length_factor=0.5)
        lines = [{"en": ENGLISH, "gl": GALICIAN}[direction[0]][n] for n in COMMON]
        expected = translations(lines, direction, *load([folder / "model"], "torch", search), search, Counter())
        assert row["hypotheses"] == [best[0].text for best in expected]
    assert len({str(row["hypotheses"]) for row in rows[:4]}) > 1, "the test wants settings that differ"


def test_segments_are_spread_over_those_that_both_languages_have(call):
    assert call("--segments", 2, directions=["en-gl"])["lines"] == {"en-gl": [3, 6]}
    assert spread([3, 5, 8, 9], 3) == [3, 8, 9] and spread([3, 5], 9) == spread([3, 5], None) == [3, 5]
    assert call(directions=["en-gl"])["translations"][0]["beam"] == 5


def test_each_patience_is_tried_with_each_length_penalty(call):
    rows = call("--patiences", 1, 2.5, directions=["en-gl"])["translations"]
    tried = [(row["beam"], row["patience"], row["length_penalty"]) for row in rows]
    assert tried == [(5, 1, 0), (5, 1, 3), (5, 2.5, 0), (5, 2.5, 3)]


@pytest.mark.slow
def test_any_number_of_processes_writes_the_same(call):
    assert call("--beams", 1, 3) == call("--beams", 1, 3, "--threads", 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--search", '{"baem": 4}'], "--search: unknown 'baem'; did you mean 'beam'?"),
        (["--search", '{"sampling": true}'], "--search: sampling does not rank by length"),
        (["--beams", "0"], "--beams, --patiences, --length-penalties: beam: Input should be greater than 0, not 0"),
        (["--directions", "en"], "--directions: en: expected SOURCE-TARGET"),
    ],
)
def test_mistakes_are_one_line(call, words, message):
    with pytest.raises(UserError) as error:
        call(*words)
    assert message in str(error.value) and "\n" not in str(error.value)
