"""Metrics that need what does not come with this project."""

import sys

import pytest
import sentencepiece
from sacrebleu.tokenizers import tokenizer_spm

from model.command import UserError
from tests.workflow_scripts.metrics.stand_in import SYSTEMS, scored_by_comet
from workflow_scripts.evaluation.score import score
from workflow_scripts.metrics import METRICS, Scored, check


@pytest.fixture
def scored(monkeypatch, tmp_path):
    return scored_by_comet(monkeypatch, tmp_path)


def test_comet_is_a_hundred_times_the_mean_of_its_scores(scored):
    found = score("comet", SYSTEMS[0], ["r"] * 6, scored)
    assert found["score"] == 50 and found["ci_low"] < 50 < found["ci_high"]
    assert "model:9a129038d9a00aed" in found["signature"] and "bs:1000" in found["signature"]


def test_comet_without_its_library_is_one_line(monkeypatch, scored):
    monkeypatch.setitem(sys.modules, "comet", None)
    with pytest.raises(UserError, match=r"^metric comet: its library is not installed; pip install .*\[comet\]'$"):
        METRICS["comet"].make(scored)


def test_chrf_plus_plus_counts_words_and_pairs_of_words():
    # The same letters in the same order, other words: of words only 'd' is right.
    one = score("chrf", ["abc d"], ["ab c d"], Scored("en"))
    two = score("chrf++", ["abc d"], ["ab c d"], Scored("en"))
    assert one["score"] == 100 and two["score"] < 90 and "nw:2" in two["signature"]


def test_spbleu_wants_a_model_that_nothing_fetches(monkeypatch, tmp_path):
    monkeypatch.setattr(tokenizer_spm, "SACREBLEU_DIR", str(tmp_path))
    path = tmp_path / "models" / "flores200sacrebleuspm"
    with pytest.raises(UserError, match=f"^{path}: metric spbleu needs .* put https://.* there$"):
        METRICS["spbleu"].make(Scored("en"))
    check(["sacrebleu", "comet"])
    path.parent.mkdir()
    lines = ["a house by the sea", "the old tree", "a sea of trees", "the house"]
    with open(path, "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=file, vocab_size=20, minloglevel=2
        )
    found = score("spbleu", lines, lines, Scored("en"))
    assert found["score"] == 100 and "tok:flores200" in found["signature"]
