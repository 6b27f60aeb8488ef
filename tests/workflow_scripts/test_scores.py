import json

import pytest

from model.command import UserError
from model.lines import write_lines
from workflow_scripts.collect_scores import COLUMNS, collect
from workflow_scripts.score import METRICS, scored_lines
from workflow_scripts.study import parse_study
from workflow_scripts.tabulate import tabulate

STUDY = parse_study(
    {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl"]},
        "runs": {
            "direct": {"train_on": "all", "per": "direction", "label": "Direct"},
            "ft": {"train_on": "all", "per": "direction"},
        },
        "tables": {"main": {"runs": ["direct", "ft"], "baseline": "direct", "metrics": ["sacrebleu", "chrf"]}},
    },
    "s.yaml",
)
LINES = ["A well-known fact, isn't it?", 'He said: open the file "a & b".']


@pytest.mark.parametrize("name", list(METRICS))
def test_identical_text_scores_100(name):
    result = METRICS[name](LINES, LINES, "en")
    assert result["score"] == pytest.approx(100) and result["ci_low"] == pytest.approx(100)


@pytest.mark.parametrize("name", list(METRICS))
def test_case_and_words_count(name):
    worse = [line.lower().replace("file", "door") for line in LINES]
    assert METRICS[name](worse, LINES, "en")["score"] < 90


def test_bleu_by_hand():
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 quadruples are right; both sides have 6 words.
    result = METRICS["sacrebleu"](["the cat sat on a mat"], ["the cat sat on the mat"], "en")
    assert result["score"] == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25, abs=1e-3)
    tokenised = METRICS["tokenised_bleu"](["the cat sat on a mat"], ["the cat sat on the mat"], "en")
    assert tokenised["score"] == result["score"]


def test_signatures_tell_the_metrics_apart():
    signatures = {name: metric(LINES, LINES, "en")["signature"] for name, metric in METRICS.items()}
    assert "tok:13a" in signatures["sacrebleu"] and "tok:none" in signatures["tokenised_bleu"]
    assert "nc:6" in signatures["chrf"]


@pytest.mark.parametrize(
    ("language", "tokenizer", "words"),
    [("zh_Hant", "zh", "jieba"), ("ja", "ja-mecab", "mecab"), ("ko", "char", "moses"), ("th", "char", "characters")],
)
def test_scripts_without_spaces_are_scored_by_words_or_characters(language, tokenizer, words):
    assert f"tok:{tokenizer}" in METRICS["sacrebleu"](["これは本です。"], ["これは本です。"], language)["signature"]
    signature = METRICS["tokenised_bleu"](["これは本です。"], ["これは本です。"], language)["signature"]
    assert signature.endswith(f"|words:{words}")


def test_only_segments_that_both_languages_have_are_scored(tmp_path):
    write_lines(tmp_path / "en.txt", ["a", "b", "", "d"])
    write_lines(tmp_path / "gl.txt", ["A", "", "C", "D"])
    write_lines(tmp_path / "h.txt", ["x", "", "", "y"])
    assert scored_lines(tmp_path, "en-gl", tmp_path / "h.txt") == (["x", "y"], ["A", "D"])
    write_lines(tmp_path / "h.txt", ["x", "y"])
    with pytest.raises(UserError, match="2 lines, the test set has 4"):
        scored_lines(tmp_path, "en-gl", tmp_path / "h.txt")


def score_files(folder):
    for system, direction, bleu in (("direct", "en-gl", 10.0), ("direct", "gl-en", 20.0), ("ft", "en-gl", 31.5)):
        source, target = direction.split("-")
        about = {"system": system, "source": source, "target": target, "test_set": "test"}
        about["run"] = f"{system}/{direction}"
        rest = {"ci_low": 1.0, "ci_high": 2.0, "signature": "s"}
        scores = {"sacrebleu": {"score": bleu, **rest}, "chrf": {"score": 2 * bleu, **rest}}
        path = folder / f"{system}.{direction}.json"
        path.write_text(json.dumps({**about, "train_pairs": 5, "segments": 7, "scores": scores}))
        yield path


def test_scores_are_collected_tidy(tmp_path):
    frame = collect(list(score_files(tmp_path)))
    assert list(frame.columns) == COLUMNS and len(frame) == 6
    first = frame.iloc[0]
    assert (first.system, first.source, first.target) == ("direct", "en", "gl")
    assert (first.metric, first.score) == ("sacrebleu", 10)
    assert (first.test_set, first.train_pairs, first.run) == ("test", 5, "direct/en-gl")


def test_a_table_shows_scores_and_differences_and_dashes(tmp_path):
    table = tabulate(collect(list(score_files(tmp_path))), STUDY, "main")
    assert table.values.tolist() == [
        ["sacreBLEU", "test", "Direct", "10.0", "20.0", "15.0"],
        ["sacreBLEU", "test", "ft", "31.5 (+21.5)", "–", "–"],
        ["chrF", "test", "Direct", "20.0", "40.0", "30.0"],
        ["chrF", "test", "ft", "63.0 (+43.0)", "–", "–"],
    ]


def test_a_system_that_is_right_in_one_line_of_many_has_an_interval_too():
    hypotheses, references = ["the cat", *["x"] * 9], ["the cat", *["duas palabras"] * 9]
    score = METRICS["chrf"](hypotheses, references, "gl")
    assert score["ci_low"] <= score["ci_high"] and score["signature"].startswith("nrefs:1")
