import json
import subprocess
import sys

import pytest
import yaml

from model.command import UserError
from tests import ROOT
from workflow_scripts.study.read import parse_study, read_study, to_json

SMALL = """
study: mine
corpora: [{id: file:mine/1, files: {en: a.en, gl: a.gl}}]
pairs: {downstream: [en-gl]}
runs: {direct: {train_on: downstream, per: direction}}
"""
SAMPLES = {"kind": "samples", "runs": ["direct"], "directions": ["en-gl"]}
PUBLISHED = {"label": "mRASP", "metric": "sacrebleu", "values": {"en-gl": 3.0}}


def changed(path, value):
    """The small study with the value at a dotted path set."""
    settings = yaml.safe_load(SMALL)
    *parents, last = path.split(".")
    place = settings
    for key in parents:
        place = place.setdefault(key, {})
    place[last] = value
    return settings


def test_a_study_of_four_lines_is_enough():
    study = parse_study(yaml.safe_load(SMALL), "mine.yaml")
    assert (
        study.substitution.probability == 0.3 and study.model.width == 1024 and study.testsets["test"].segments == 400
    )


def test_writing_and_reading_a_study_changes_nothing(tmp_path):
    study = parse_study(yaml.safe_load(SMALL), "mine.yaml")
    (tmp_path / "study.json").write_text(json.dumps(to_json(study)))
    assert read_study(tmp_path / "study.json") == study


def test_a_figure_keeps_the_settings_of_its_kind(tmp_path):
    figures = {"curves": {"runs": ["direct"]}, "drop": {"kind": "pruning", "runs": ["direct"], "ratios": [0.25]}}
    study = parse_study(changed("figures", figures), "mine.yaml")
    assert study.figures["curves"].kind == "learning_curves" and study.figures["drop"].ratios == [0.25]
    assert to_json(study)["figures"]["drop"]["metric"] == "sacrebleu"
    assert parse_study(to_json(study), "mine.yaml") == study


def test_for_sentencepiece_words_are_what_stands_between_spaces_unless_a_study_says_otherwise():
    settings = changed("subwords", {"kind": "sentencepiece"})
    study = parse_study(settings, "x")
    assert study.segmenters == {"default": "spaces"} and parse_study(to_json(study), "x") == study
    chosen = parse_study({**settings, "segmenters": {"gl": "moses"}}, "x").segmenters
    assert chosen == {"default": "spaces", "gl": "moses"}
    assert parse_study(changed("subwords", {"kind": "bpe"}), "x").segmenters == {"default": "words"}


@pytest.mark.parametrize("row", ["words", "messages"])
def test_sentencepiece_may_not_change_the_marks_of_words(row):
    settings = changed("subwords", {"kind": "sentencepiece", "normalisation": "nmt_nfkc"})
    with pytest.raises(UserError, match=f"subwords.normalisation: nmt_nfkc changes the marks of {row}; say identity"):
        parse_study({**settings, "segmenters": {"default": row}}, "x")


def test_files_of_merges_were_learned_on_the_words_of_moses(tmp_path):
    for name in ("codes", "vocabulary"):
        (tmp_path / name).touch()
    subwords = {name: str(tmp_path / name) for name in ("codes", "vocabulary")}
    assert parse_study(changed("subwords", subwords), "x").segmenters == {"default": "moses"}


def test_pairs_are_sorted_by_code_whatever_codes_they_are_written_in():
    assert parse_study(changed("pairs.downstream", ["zho_Hans-en"]), "x").pairs["downstream"] == ["en-zh_Hans"]
    assert parse_study(changed("pairs.downstream", ["gl-en"]), "x").pairs["downstream"] == ["en-gl"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sede", 3, "unknown 'sede'; did you mean 'seed'?"),
        ("runs.direct.trian_on", "downstream", "runs.direct: unknown 'trian_on'; did you mean 'train_on'?"),
        ("runs.direct.training", {"drpout": 0.1}, "runs.direct.training.*unknown 'drpout'; did you mean 'dropout'?"),
        ("runs.direct.training", {"dropout": 1.5}, "runs.direct.training.dropout: .*less than 1"),
        ("runs.direct.train_on", "downsteam", "runs.direct.train_on: unknown 'downsteam'; did you mean 'downstream'?"),
        ("runs.direct.init", "mrasp", "runs.direct.init: unknown 'mrasp'.*nor is it a model folder"),
        ("pairs.downstream", ["en-xx"], "pairs: downstream: unknown language 'xx'"),
        ("pairs.downstream", ["english"], "pairs: downstream: 'english' is no pair"),
        ("pairs.downstream", ["en-gl", "gl-en"], "pairs: downstream: en-gl is listed twice"),
        ("corpora", ["gettxt:Django/5.2"], "corpora: entry 1: unknown source 'gettxt'; did you mean 'gettext'?"),
        ("corpora", [{"id": "file:a/1", "fils": {}}], "corpora: entry 1: unknown 'fils'; did you mean 'files'?"),
        ("corpora", ["Django 5.2"], "corpora: entry 1: 'Django 5.2' is no dataset id; write source:corpus/version"),
        (
            "corpora",
            ["muse:dictionaries/1"],
            "corpora: entry 1: muse:dictionaries/1 is of the kind dictionary; list it",
        ),
        ("monolingual", ["opus:LibreOfficeHelp/v7.4"], "monolingual: entry 1: opus:.* is of the kind bitext"),
        ("corpora", {"a": "b"}, "corpora: is no list; write one dataset a line"),
        (
            "corpora",
            ["muse:dictionary/1"],
            "corpora: entry 1: unknown dataset muse:dictionary/1; the nearest are muse:",
        ),
        (
            "corpora",
            ["nllb_mined:nllb/1/en-es"],
            "corpora: entry 1: nllb_mined:nllb/1/en-es: it has no en-es; it has ace-en, af-en, ",
        ),
        ("pairs.downstream", ["en-zh"], "pairs: downstream: language 'zh' is ambiguous: say zh_Hans .* or zh_Hant"),
        ("testsets", {"test": "flores200:x"}, "testsets: test: entry 1: .*is no dataset id"),
        ("testsets", {"test": {"segments": 3}}, "testsets: test.source: missing; add it"),
        ("dictionaries", {"sources": ["muse"]}, "dictionaries.sources: entry 1: .*is no dataset id"),
        ("mode", "online", "mode: Input should be 'locked', 'tofu' or 'offline'"),
        ("filters", {"word": {}}, "filters: unknown 'word'; did you mean 'words'?"),
        ("filters", ["words"], "filters: is no mapping; write a filter a line: ratio: {max: 2.0}"),
        ("filters", {"words": 3}, "filters: words: is a mapping of settings, true or false, not 3"),
        ("filters", {"only": {}}, "filters: only: is true or false, not {}"),
        ("filters", {"score": True}, "filters: score: min: missing; add it"),
        ("filters", {"words": {"mx": 3}}, "filters: words: unknown 'mx'; did you mean 'max'?"),
        ("segmenters", {"gl": "moss"}, "segmenters: gl: unknown 'moss'; did you mean 'moses'?"),
        ("filters", {"words": {"max": "sixty"}}, "filters: words: max: 'sixty' is no whole number"),
        (
            "model",
            {"width": 100, "heads": 16},
            "model: heads: 16 does not divide width 100; set heads to 10, or width to 112",
        ),
        (
            "runs",
            {"c++ v(": {"train_on": "downstream"}},
            r"runs.a key: .* match pattern .*, not 'c\+\+ v\('",
        ),
        ("runs.direct.init", "direct", "runs.direct.init: direct from direct goes in a circle"),
        ("runs.all", {"train_on": "downstream", "init": "direct"}, "runs.all.init: direct has one model a direction"),
        ("subwords", {"from": "nowhere"}, "subwords.from: nowhere/tokenizer.json is not there"),
        ("subwords", {"trim": True}, "subwords.trim: needs subwords.from, a model folder with sentencepiece"),
        ("subwords", {"new_pieces": 9}, "subwords.new_pieces: needs subwords.from, a model folder with sentencepiece"),
        ("subwords", {"codes": "c"}, "subwords: codes and vocabulary belong together"),
        ("subwords", {"codes": "c", "vocabulary": "v", "from": "m"}, "subwords: from, or codes and vocabulary: .*one"),
        ("subwords", {"codes": "c", "vocabulary": "v", "kind": "sentencepiece"}, "subwords: codes are those of bpe"),
        ("subwords", {"codes": "c", "vocabulary": "v"}, "subwords.codes: no file c in "),
        ("subwords", {"temperature": 0.5}, "subwords.temperature: .*greater than or equal to 1"),
        ("subwords", {"monolingual": 9}, "subwords.monolingual: the study has no monolingual text"),
        ("backtranslation", {"segments": 3}, "backtranslation.run: missing; add it"),
        (
            "backtranslation",
            {"run": "direct", "search": {"beem": 1}},
            "backtranslation.search.*unknown 'beem'; did you",
        ),
        ("limits", {"en-gl": -5}, "limits.en-gl: .*greater than 0"),
        ("limits", {"en-pt": 3}, "limits: unknown 'en-pt'"),
        ("limits", {False: 3}, "limits: unknown language 'False'"),
        ("limits", 5, "limits: 5 is no mapping; write {key: value}"),
        ("figures", {"f": {"runs": ["direct", "direct"]}}, "figures.f.runs: direct stands twice; name it once"),
        ("tables", {"t": ["direct"]}, "tables.t: is no mapping; write for instance {runs:"),
        ("tables", {"t": {"kind": "sample"}}, "tables.t: kind: unknown 'sample'; did you mean 'samples'?"),
        ("tables", {"t": {"kind": "corpora", "runs": ["al"]}}, "tables.t: unknown run 'al'"),
        ("tables", {"t": {"kind": "corpora", "metrics": []}}, "tables.t: unknown 'metrics'; known are kind, runs"),
        ("tables", {"t": {"kind": "samples", "runs": ["direct"]}}, "tables.t.directions: missing; add it"),
        ("tables.t", {**SAMPLES, "published": []}, "tables.t: unknown 'published'; known are kind, runs, default"),
        ("tables.t", {**SAMPLES, "test_set": "tset"}, "tables.t.test_set: unknown 'tset'; did you mean 'test'?"),
        ("tables.t", {**SAMPLES, "directions": ["en-gl", "en-gl"]}, "tables.t.directions: en-gl stands twice"),
        ("tables.t", {**SAMPLES, "lines": [0]}, "tables.t.lines.0: .*greater than 0"),
        ("tables.t", {**SAMPLES, "lines": [1], "segments": 2}, "tables.t: segments is how many to choose, and lines"),
        ("tables", {"main": {"runs": ["directt"]}}, "tables.main: unknown run 'directt'; did you mean 'direct'?"),
        ("tables", {"main": {"runs": ["direct", "direct"]}}, "tables.main.runs: direct stands twice; name it once"),
        ("tables", {"main": {"runs": ["direct"], "metrics": ["blue"]}}, "tables.main.metrics.0: Input should be"),
        (
            "tables.main",
            {"runs": ["direct"], "metrics": ["chrf++"]},
            r"tables.main.metrics: chrf\+\+ is not among the st",
        ),
        ("tables.main", {"runs": ["direct"], "baseline": "all"}, "tables.main: unknown run 'all'"),
        (
            "tables.main",
            {"runs": ["direct"], "directions": ["en-gl", "eng-glg"]},
            "tables.main.directions: en-gl stands twice; name it once",
        ),
        (
            "tables.main",
            {"runs": ["direct"], "directions": ["en-pt"]},
            "tables.main.directions: unknown 'en-pt'; did you mean 'en-gl'?",
        ),
        ("tables.main", {"runs": ["direct"], "groups": {"low": ["en-pt"]}}, "tables.main.groups.low: unknown 'en-pt'"),
        (
            "tables.main",
            {"runs": ["direct"], "groups": {"mean": ["en-gl"]}},
            "tables.main.groups.mean: mean is the",
        ),
        (
            "tables.main",
            {"runs": ["direct"], "groups": {"low": {"pairs": ["en-gl"], "at_most": 5}}},
            "tables.main.groups.low: a group is a list of pairs, or .*; write one",
        ),
        ("tables.main", {"runs": ["direct"], "groups": {"low": {}}}, "tables.main.groups.low: a group is a list"),
        (
            "tables.main",
            {"runs": ["direct"], "published": [PUBLISHED]},
            "tables.main.published.0.source: missing; add it",
        ),
        (
            "tables.main",
            {"runs": ["direct"], "published": [{**PUBLISHED, "source": ""}]},
            "tables.main.published.0.source: String should match pattern",
        ),
        (
            "tables.main",
            {"runs": ["direct"], "published": [{**PUBLISHED, "source": "x", "metric": "chrf"}]},
            "tables.main.published.0.metric: unknown 'chrf'; known are sacrebleu; the table has no other",
        ),
        (
            "tables.main",
            {"runs": ["direct"], "published": [{**PUBLISHED, "source": "x", "values": {"en-pt": 3}}]},
            "tables.main.published.0.values: unknown 'en-pt'; did you mean 'en-gl'.*the table has no other",
        ),
        ("metrics", ["chrf2"], r"metrics.0: chrf2 is called chrf\+\+ now.*; write chrf\+\+"),
        ("metrics", ["bleu"], "metrics.0: Input should be 'sacrebleu'"),
        ("metrics", ["comet"], "comet: metrics has it, and there is no checkpoint ; say which file it is"),
        ("significance", {"bootstrap": 3}, "significance.bootstrap: .*greater than or equal to 100"),
        ("runs.direct.seeds", [1, 2, 1], "runs.direct.seeds: 1 is listed twice"),
        ("dev_set", "dve", "dev_set: unknown 'dve'; did you mean 'dev'?"),
        (
            "testsets",
            {"dev": {"id": "flores200:lohelp/7.4@dev", "decontaminate": False}},
            "dev_set: dev has decontaminate: false, but chooses the weights; take that out",
        ),
        (
            "testsets.mixed",
            ["flores200:lohelp/7.4@dev", {"id": "flores200:lohelp/7.4@devtest", "decontaminate": False}],
            "testsets.*mixed: decontaminate differs between its datasets; say the same of all",
        ),
        (
            "testsets.test",
            {"source": "held_out", "segments": 5, "decontaminate": False},
            "testsets: test.unknown 'decontaminate'",
        ),
        (
            "corpora",
            [{"id": "gettext:Django/5.2", "decontaminate": False}],
            "corpora: entry 1: gettext:Django/5.2: decontaminate is for test sets; take it out",
        ),
        ("figures", {"f": {"runs": ["directt"]}}, "figures.f: unknown run 'directt'; did you mean 'direct'?"),
        ("figures", {"f": ["direct"]}, "figures.f: is no mapping; write for instance {runs:"),
        ("figures", {"f": {"kind": "violn"}}, "figures.f: kind: unknown 'violn'; did you mean 'violin'?"),
        ("figures", {"f": {"kind": ["violin"]}}, "figures.f: kind: unknown"),
        (
            "figures",
            {"f": {"kind": "violin", "runs": ["direct"], "ratios": [0.1]}},
            "figures.f: unknown 'ratios'; known are kind, runs, default, seeds, objective",
        ),
        (
            "figures",
            {"f": {"kind": "pruning", "runs": ["direct"], "ratios": [1]}},
            "figures.f.ratios.0: .*less than or equal to 0.9",
        ),
        ("figures", {"f": {"kind": "task_correlation", "runs": ["direct"]}}, "figures.f.objectives: missing; add it"),
    ],
)
def test_a_mistake_is_named_by_file_and_key_in_one_line(path, value, message):
    with pytest.raises(UserError, match=f"^mine.yaml: {message}") as error:
        parse_study(changed(path, value), "mine.yaml")
    assert "\n" not in str(error.value)


def test_the_default_study_is_one():
    assert read_study(ROOT / "config.yaml").study == "demo"


@pytest.mark.parametrize("text", ["a: [", "- a list", ""])
def test_what_is_no_study_ends_the_command_with_one_line(tmp_path, text):
    (tmp_path / "bad.yaml").write_text(text)
    command = [
        sys.executable,
        "-m",
        "workflow_scripts.study.read",
        str(tmp_path / "bad.yaml"),
        str(tmp_path / "out.json"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert not (tmp_path / "out.json").exists()
