import json
import sys

import pytest
import yaml

from model.command import UserError
from model.text.lines import write_lines
from tests import ROOT
from tests.workflow_scripts.pairs import write_pairs
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.evaluation.score import main, score, scored_lines
from workflow_scripts.metrics import Scored

OFFLINE = ["sacrebleu", "tokenised_bleu", "chrf", "chrf++"]  # that need nothing beside this project's packages
LINES = ["A well-known fact, isn't it?", 'He said: open the file "a & b".']


@pytest.mark.parametrize("name", OFFLINE)
def test_identical_text_scores_100(name):
    result = score(name, LINES, LINES, Scored("en"))
    assert result["score"] == pytest.approx(100) and result["ci_low"] == pytest.approx(100)


@pytest.mark.parametrize("name", OFFLINE)
def test_case_and_words_count(name):
    worse = [line.lower().replace("file", "door") for line in LINES]
    assert score(name, worse, LINES, Scored("en"))["score"] < 90


def test_bleu_by_hand():
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 quadruples are right; both sides have 6 words.
    result = score("sacrebleu", ["the cat sat on a mat"], ["the cat sat on the mat"], Scored("en"))
    assert result["score"] == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25, abs=1e-3)
    tokenised = score("tokenised_bleu", ["the cat sat on a mat"], ["the cat sat on the mat"], Scored("en"))
    assert tokenised["score"] == result["score"]


def test_signatures_tell_the_metrics_apart():
    signatures = {name: score(name, LINES, LINES, Scored("en"))["signature"] for name in OFFLINE}
    assert "tok:13a" in signatures["sacrebleu"] and "tok:none" in signatures["tokenised_bleu"]
    assert "nc:6" in signatures["chrf"]


@pytest.mark.parametrize(
    ("language", "tokenizer", "words"),
    [("zh_Hant", "zh", "jieba"), ("ja", "ja-mecab", "mecab"), ("ko", "13a", "moses"), ("th", "char", "characters")],
)
def test_scripts_without_spaces_are_scored_by_words_or_characters(language, tokenizer, words):
    assert (
        f"tok:{tokenizer}" in score("sacrebleu", ["これは本です。"], ["これは本です。"], Scored(language))["signature"]
    )
    signature = score("tokenised_bleu", ["これは本です。"], ["これは本です。"], Scored(language))["signature"]
    assert signature.endswith(f"|words:{words}")


FLORES = list(
    yaml.safe_load((ROOT / "workflow_scripts/sources/flores200.yaml").read_text())["flores200/1@dev"]["datasets"]
)
# Languages of FLORES-200 that are written without spaces between words.
UNSPACED = {
    "ja": "ja-mecab", "zh_Hans": "zh", "zh_Hant": "zh", "yue": "zh",
    **dict.fromkeys(("bo", "dz", "km", "lo", "my", "shn", "th"), "char"),
}  # fmt: skip


@pytest.mark.parametrize("language", FLORES)
def test_words_are_what_stands_between_spaces_in_every_language_that_writes_them(language):
    signature = score("sacrebleu", ["a b c d e"], ["a b c d e"], Scored(language))["signature"]
    assert f"|tok:{UNSPACED.get(language, '13a')}" in signature


def test_korean_is_scored_by_words():
    references = ["나는 어제 친구와 함께 학교에 갔다 .", "우리는 내일 시장에서 사과를 살 것이다 ."]
    hypotheses = ["나도 어제는 친구들과 같이 학교로 갔다 .", "우리가 내일은 시장에 가서 사과도 살 것이다 ."]
    worse = score("sacrebleu", hypotheses, references, Scored("ko"))["score"]
    by_character = score("sacrebleu", hypotheses, references, Scored("th"))["score"]
    assert worse < 15 < 25 < by_character


def test_written_spaces_are_no_words_of_tokenised_bleu():
    hypotheses, references = ["ผมชื่อจอห์น ยินดีที่ได้รู้จัก"], ["ผมชื่อ จอห์นยินดีที่ได้รู้จัก"]
    assert score("tokenised_bleu", hypotheses, references, Scored("th"))["score"] == pytest.approx(100)


def test_only_segments_that_both_languages_have_are_scored(tmp_path):
    write_lines(tmp_path / "en.txt", ["a", "b", "", "d"])
    write_lines(tmp_path / "gl.txt", ["A", "", "C", "D"])
    write_lines(tmp_path / "h.txt", ["x", "", "", "y"])
    assert scored_lines(tmp_path, "en-gl", tmp_path / "h.txt") == (["x", "y"], ["A", "D"])
    write_lines(tmp_path / "h.txt", ["x", "y"])
    with pytest.raises(UserError, match="2 lines, the test set has 4"):
        scored_lines(tmp_path, "en-gl", tmp_path / "h.txt")


@pytest.mark.parametrize("sides", [(["", ""], ["A", "B"]), (["a", "b"], ["", ""]), (["a", ""], ["", "B"]), ([], [])])
def test_a_test_set_without_a_segment_of_a_direction_is_refused_in_one_line(sides, tmp_path):
    for code, lines in zip(("en", "gl"), sides, strict=True):
        write_lines(tmp_path / f"{code}.txt", lines)
    write_lines(tmp_path / "h.txt", ["x"] * len(sides[0]))
    with pytest.raises(UserError, match="^.*: no line has text in both languages of en-gl, so nothing can be scored; "):
        scored_lines(tmp_path, "en-gl", tmp_path / "h.txt")


def test_a_system_that_is_right_in_one_line_of_many_has_an_interval_too():
    hypotheses, references = ["the cat", *["x"] * 9], ["the cat", *["duas palabras"] * 9]
    found = score("chrf", hypotheses, references, Scored("gl"))
    assert found["ci_low"] <= found["ci_high"] and found["signature"].startswith("nrefs:1")


@pytest.mark.parametrize(("limit", "train_pairs"), [(None, 7), (5, 5), (9, 7)])
def test_the_command_scores_by_the_metrics_of_the_study_and_says_what_it_scored(
    limit, train_pairs, tmp_path, monkeypatch
):
    learned = {"translation": {"segments": limit} if limit else 1}
    study = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl"]},
        "runs": {"direct": {"train_on": "all", "per": "direction", "seeds": [3, 4], "objectives": learned}},
        "metrics": ["chrf", "sacrebleu"],
    }
    settings = settings_file(study, "score", "direct/en-gl/seed4", folder=tmp_path)
    for code, lines in (("en", ["a", "b", ""]), ("gl", ["unha casa", "", "o mar"])):
        write_lines(tmp_path / "test" / f"{code}.txt", lines)
    write_lines(tmp_path / "h.txt", ["unha casa", "x", "y"])
    write_pairs(tmp_path / "en-gl.parquet", "en-gl", [("a", "b", "c")] * 7)
    names = ["test", ".", "en-gl", "h.txt", "o.json"]
    monkeypatch.chdir(tmp_path)
    flags = ["--settings", str(settings), "--run", "direct/en-gl/seed4", "--testset", names[0], "--text", names[1]]
    monkeypatch.setattr(sys, "argv", ["score", *flags, *names[2:]])
    main()
    made = json.loads((tmp_path / "o.json").read_text())
    scores = made.pop("scores")
    assert list(scores) == ["chrf", "sacrebleu"] and scores["chrf"]["score"] == 100
    assert made.pop("test_set_sha256") and made.pop("search")["beam"] == 5 and made == {
        "system": "direct", "source": "en", "target": "gl", "test_set": "test", "run": "direct/en-gl/seed4",
        "train_pairs": train_pairs, "segments": 1,
    }  # fmt: skip


@pytest.mark.parametrize("seed", ["7", "none"])
def test_the_environment_does_not_decide_the_interval(monkeypatch, seed):
    lines = [f"the cat {number} sat on the mat" for number in range(20)]
    translated = [line.replace("1", "2") for line in lines]
    found = score("sacrebleu", translated, lines, Scored("en"))
    monkeypatch.setenv("SACREBLEU_SEED", seed)
    assert score("sacrebleu", translated, lines, Scored("en")) == found and "seed:12345" in found["signature"]
