"""Metrics that need what does not come with this project, and tests of significance, against numpy."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import sentencepiece
from sacrebleu.tokenizers import tokenizer_spm

from model.command import UserError
from workflow_scripts.evaluation.compare import compare
from workflow_scripts.evaluation.score import score
from workflow_scripts.metrics import METRICS, Scored, check

SCORES = [[0.1, 0.5, 0.9, 0.4, 0.3, 0.8], [0.3, 0.4, 0.95, 0.6, 0.5, 0.8]]  # of the stand-in, by system and segment
SYSTEMS = [[f"{system} {segment}" for segment in range(6)] for system in range(2)]


class Model:
    """A stand-in for a COMET model, which knows what each hypothesis is worth."""

    def predict(self, rows, batch_size, gpus, progress_bar):
        assert all(row["src"] == "s" + row["mt"][-1] and row["ref"] == "r" for row in rows) and not gpus
        return SimpleNamespace(scores=[SCORES[int(row["mt"][0])][int(row["mt"][-1])] for row in rows])


@pytest.fixture
def scored(monkeypatch, tmp_path):
    (tmp_path / "model.ckpt").write_bytes(b"weights")
    monkeypatch.setitem(sys.modules, "comet", SimpleNamespace(load_from_checkpoint=lambda path: Model()))
    return Scored("en", [f"s{n}" for n in range(6)], str(tmp_path / "model.ckpt"))


def test_comet_is_a_hundred_times_the_mean_of_its_scores(scored):
    found = score("comet", SYSTEMS[0], ["r"] * 6, scored)
    assert found["score"] == 50 and found["ci_low"] < 50 < found["ci_high"]
    assert "model:9a129038d9a00aed" in found["signature"] and "bs:1000" in found["signature"]


def test_comet_without_its_library_is_one_line(monkeypatch, scored):
    monkeypatch.setitem(sys.modules, "comet", None)
    with pytest.raises(UserError, match=r"^metric comet: its library is not installed; pip install .*\[comet\]'$"):
        METRICS["comet"].make(scored)


def test_the_bootstrap_is_paired(scored, monkeypatch):
    monkeypatch.setenv("SACREBLEU_SEED", "7")
    found = compare("comet", "bootstrap", 500, SYSTEMS, ["r"] * 6, scored)
    means = 100 * np.array(SCORES)[:, np.random.default_rng(7).choice(6, (500, 6))].mean(2)
    differences = np.abs(means[1] - means[0])
    real = 100 * abs(np.mean(SCORES[1]) - np.mean(SCORES[0]))
    p = (np.sum(differences - differences.mean() > real) + 1) / 501
    assert found["difference"] == pytest.approx(real, abs=1e-4) and found["p"] == pytest.approx(p, abs=1e-6)
    assert 0 < p < 1 and "bs:500" in found["signature"] and "seed:7" in found["signature"]


def test_randomisation_swaps_segments_of_the_systems(scored):
    found = compare("comet", "randomisation", 4000, SYSTEMS, ["r"] * 6, scored)
    # All 64 ways to swap: a difference is larger in size than that of no swap in so many of them.
    signs = 1 - 2 * ((np.arange(64)[:, None] >> np.arange(6)) & 1)
    each = np.array(SCORES[1]) - np.array(SCORES[0])
    exact = np.mean(np.abs(signs @ each) > abs(each.sum()) + 1e-9)
    assert found["p"] == pytest.approx(exact, abs=0.03) and 0 < exact < 0.5


def test_a_system_does_not_differ_from_itself_and_differs_from_nonsense():
    lines = [f"the {word} house sees the old {word} ." for word in ("red", "blue", "big", "small", "tall") * 4]
    same = compare("sacrebleu", "bootstrap", 200, (lines, lines), lines, Scored("en"))
    assert (same["difference"], same["p"]) == (0, 1)
    worse = compare("chrf", "bootstrap", 200, (["zzz"] * 20, lines), lines, Scored("en"))
    assert worse["difference"] == 100 and worse["p"] < 0.05


def test_chrf_plus_plus_counts_words_and_pairs_of_words():
    # The same letters in the same order, other words: of words only 'd' is right.
    one = score("chrf", ["abc d"], ["ab c d"], Scored("en"))
    two = score("chrf2", ["abc d"], ["ab c d"], Scored("en"))
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
