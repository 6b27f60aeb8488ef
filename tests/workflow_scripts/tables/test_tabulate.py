"""Tables: which scores stand beside which, means, marks and notes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from model.command import UserError
from model.records import write_json
from model.text.lines import write_lines
from tests import ROOT
from tests.workflow_scripts.planned import plan_of, settings_file
from tests.workflow_scripts.tables.score_files import SIDES, STUDY, comparison, score_file, study_of, tabulated
from workflow_scripts.evaluation.comparable import digest_of
from workflow_scripts.evaluation.scores import COLUMNS, collect
from workflow_scripts.tables import tabulate
from workflow_scripts.tables.forms import FORMATS


def test_scores_are_collected_tidy(files):
    frame = collect(files)
    assert list(frame.columns[:11]) == COLUMNS and len(frame) == 6
    first = frame.iloc[0]
    assert (first.system, first.source, first.target) == ("direct", "en", "gl")
    assert (first.metric, first.score) == ("sacrebleu", 10)
    assert (first.test_set, first.train_pairs, first.run) == ("test", 5, "direct/en-gl")


def test_a_table_shows_scores_and_differences_and_dashes_and_says_what_is_missing(files, testsets):
    table, below, cells = tabulated(study_of(), files, testsets)
    assert table.values.tolist() == [
        ["sacreBLEU", "test", "Direct", "10.0", "20.0", "15.0"],
        ["sacreBLEU", "test", "ft", "31.5 (+21.5)", "–", "–"],
        ["chrF2", "test", "Direct", "20.0", "40.0", "30.0"],
        ["chrF2", "test", "ft", "63.0 (+43.0)", "–", "–"],
    ]
    assert list(table.columns) == ["metric", "test set", "system", "en→gl", "gl→en", "mean"]
    assert below == ["missing: ft gl→en on test: no score file"]
    row = cells[(cells.system == "ft") & (cells.column == "en→gl") & (cells.metric == "chrf")].iloc[0]
    assert (row.score, row.ci_low, row.ci_high, row.difference, row.signature) == (63, 62, 64, 43, "s")
    assert (row.source, row.target) == ("en", "gl")


def test_a_score_of_another_test_set_is_left_out_and_the_note_says_so(files, testsets):
    (testsets / "test" / "pt.txt").write_text("another\nlanguage\nchanges nothing\n")
    assert tabulated(study_of(), files, testsets)[1] == ["missing: ft gl→en on test: no score file"]
    was = digest_of(zip(SIDES["en"], SIDES["gl"], strict=True))
    files.append(score_file(files[0].parents[3], "ft/gl-en", "gl-en", sacrebleu=9.0, chrf=9.0))
    write_lines(testsets / "test" / "en.txt", ["a house", "a tree", ""])
    table, below, cells = tabulated(study_of(), files[:1], testsets)
    assert table.values.tolist()[0] == ["sacreBLEU", "test", "Direct", "–", "–", "–"] and cells["score"].isna().all()
    now = digest_of(zip(SIDES["en"][:2], SIDES["gl"][:2], strict=True))
    assert below[0] == (
        "missing: direct en→gl on test: scored on another test set "
        f"(3 segments, sha256 {was}; it is now 2 segments, {now}); score it again"
    )
    assert len(below) == 4 and was != now


def test_a_score_without_a_digest_or_a_metric_is_missing_too(files, testsets):
    about = json.loads(files[0].read_text())
    del about["test_set_sha256"]
    files[0].write_text(json.dumps(about))
    score_file(files[1].parents[3], "direct/gl-en", "gl-en", sacrebleu=20.0)
    _, below, _ = tabulated(study_of(), files[:2], testsets)
    assert below[0].startswith("missing: direct en→gl on test: its score file does not say on which test set")
    assert below[1] == "missing: direct gl→en on test: no chrf in its score file; score it again"


def test_scores_of_one_column_with_two_signatures_are_refused(files, testsets):
    score_file(files[0].parents[3], "ft/en-gl", "en-gl", signature="t", sacrebleu=1.0, chrf=2.0)
    with pytest.raises(UserError, match="sacrebleu of en→gl on test: ft/en-gl has the signature t and direct/en-gl s"):
        tabulated(study_of(), files, testsets)
    score_file(files[0].parents[3], "direct/gl-en", "gl-en", signature="t", sacrebleu=1.0, chrf=2.0)
    tabulated(study_of({"runs": ["direct"]}), files, testsets)  # another target language may have another one


def test_significant_differences_are_marked_and_their_p_is_written(files, testsets, tmp_path):
    files.append(score_file(tmp_path, "ft/gl-en", "gl-en", sacrebleu=19.0, chrf=39.0))
    tests = [comparison(tmp_path, "en-gl", 0.049), comparison(tmp_path, "gl-en", 0.05)]
    table, below, cells = tabulated(study_of({"correction": "none"}), files, testsets, tests)
    assert table.values.tolist()[1] == ["sacreBLEU", "test", "ft", "31.5 (+21.5*)", "19.0 (-1.0)", "25.2 (+10.2)"]
    assert table.values.tolist()[3][3:] == ["63.0 (+43.0)", "39.0 (-1.0)", "51.0 (+21.0)"]
    assert below == ["*: p < 0.05, paired bootstrap resampling with 10,000 samples; not corrected"]
    assert cells["p"].dropna().tolist() == [0.049, 0.05, 1.0, 0.5, 0.5, 1.0]
    old = comparison(tmp_path, "en-gl", 0.001, test_set_sha256="0")
    assert tabulated(study_of(), files, testsets, [old])[1] == []


def test_a_small_difference_is_no_minus_nothing_and_a_significant_one_shows_its_sign(files, testsets, tmp_path):
    files = files[:2] + [
        score_file(tmp_path, "ft/en-gl", "en-gl", sacrebleu=9.96, chrf=20.0),
        score_file(tmp_path, "ft/gl-en", "gl-en", sacrebleu=19.96, chrf=39.996),
    ]
    tests = [comparison(tmp_path, "en-gl", 0.5), comparison(tmp_path, "gl-en", 0.01)]
    table, _, _ = tabulated(study_of({"correction": "none"}), files, testsets, tests)
    assert table.values.tolist()[1][3:] == ["10.0 (0.0)", "20.0 (-0.04*)", "15.0 (0.0)"]
    assert table.values.tolist()[3][3:] == ["20.0 (0.0)", "40.0 (0.0)", "30.0 (0.0)"]
    assert tabulate._difference(0.004, True) == "0.00*" and tabulate._difference(0.05, True) == "+0.1*"


def test_columns_are_the_directions_that_are_named_and_groups_of_them(tmp_path, testsets):
    pairs = {"en-gl": (100, 1.0, 3.0), "en-pt": (101, 5.0, 8.0)}
    files = [
        score_file(tmp_path, f"direct/{d}", d, train_pairs, sacrebleu=score)
        for pair, (train_pairs, *scores) in pairs.items()
        for d, score in zip((pair, "-".join(pair.split("-")[::-1])), scores, strict=True)
    ]
    groups = {
        "by pair": ["gl-en"],
        "into English": {"directions": ["gl-en", "pt-en"]},
        "low": {"at_most": 100},
        "high": {"more_than": 100},
        "none": {"more_than": 1000},
    }
    table = {"runs": ["direct"], "metrics": ["sacrebleu"], "groups": groups}
    shown, _, _ = tabulated(study_of(table, pairs), files, testsets)
    assert list(shown.columns[3:7]) == ["en→gl", "gl→en", "en→pt", "pt→en"]
    assert shown.to_dict("records")[0] | {} == {
        "metric": "sacreBLEU", "test set": "test", "system": "Direct",
        "en→gl": "1.0", "gl→en": "3.0", "en→pt": "5.0", "pt→en": "8.0",
        "by pair": "2.0", "into English": "5.5", "low": "2.0", "high": "6.5", "mean": "4.2",
    }  # fmt: skip
    chosen = {**table, "directions": ["pt-en", "en-gl"], "groups": {"by pair": ["en-gl"]}}
    shown, below, _ = tabulated(study_of(chosen, pairs), files, testsets)
    assert shown.values.tolist() == [["sacreBLEU", "test", "Direct", "8.0", "1.0", "1.0", "4.5"]] and below == []


def test_published_values_stand_in_rows_of_their_own(files, testsets):
    published = {"label": "Direct", "source": "Lin et al. 2020, table 1", "metric": "chrf", "values": {"en-gl": 8.9}}
    means = {**published, "values": {"gl-en": 2.0, "en-gl": 4.0}, "label": "mRASP_", "means": {"mean": 3.1}}
    study = study_of({"published": [published, means]})
    table, below, cells = tabulated(study, files, testsets)
    assert table.values.tolist()[4:] == [
        ["chrF2", "test", "Direct †", "8.9", "–", "–"],
        ["chrF2", "test", "mRASP_ †", "4.0", "2.0", "3.1"],
    ]
    assert below[0] == "† Direct: published, Lin et al. 2020, table 1"
    assert cells["published"].iloc[-1] == "Lin et al. 2020, table 1" and cells["published"].iloc[0] == ""
    without = study_of({"published": [{**means, "means": {}}]})
    assert tabulated(without, files, testsets)[0].values.tolist()[4][-1] == "3.0"
    assert r"mRASP\_ $\dagger$ & 4.0 & 2.0 & 3.1 \\" in FORMATS["tex"](table, below)
    assert '<p class="note">† Direct: published' in FORMATS["html"](table, below)


def test_several_seeds_have_a_mean_and_a_standard_deviation(files, testsets, tmp_path):
    study = study_of({"metrics": ["sacrebleu"]}, ft={"seeds": [4, 5]})
    for name, scores in (("", (31.5, 20.5)), ("/seed5", (34.5, 20.5))):
        for direction, score in zip(("en-gl", "gl-en"), scores, strict=True):
            files.append(score_file(tmp_path, f"ft/{direction}{name}", direction, sacrebleu=score))
    table, below, cells = tabulated(study, files, testsets)
    # Deviations of (31.5, 34.5) and of the seeds' means (26, 27.5): sqrt(2 * 1.5^2) and sqrt(2 * 0.75^2).
    assert table.values.tolist()[1][3:] == ["33.0 ± 2.1 (+23.0)", "20.5 ± 0.0 (+0.5)", "26.8 ± 1.1 (+11.8)"]
    assert below[-1] == "±: standard deviation over the seeds of a run"
    found = cells[cells.system == "ft"]
    # en→gl: halves of 1 are a standard error of 0.5102, and seeds have 4.5/2: 2.5103 with 1.2448 degrees, t 8.0882. Of
    # gl→en the seeds do not vary. A mean over directions has no interval.
    assert found["ci_low"].tolist()[:2] == pytest.approx([33 - 12.815, 19.5], abs=2e-3)
    assert found["ci_high"].tolist()[:2] == pytest.approx([33 + 12.815, 21.5], abs=2e-3)
    assert found["ci_low"].isna().tolist() == [False, False, True]
    table, below, _ = tabulated(study, files[:-1], testsets)
    assert table.values.tolist()[1][3:] == ["33.0 ± 2.1 (+23.0)", "–", "–"]
    assert below[-1] == "missing: ft/seed5 gl→en on test: no score file"


def commanded(folder, module, rule, *names, study=None):
    """What a command of the study says of its test sets, run in a folder where its score files are."""
    settings = settings_file(study or study_of(), rule, *names, folder=folder)
    command = [sys.executable, "-m", f"workflow_scripts.{module}", "--settings", settings, "--testsets", "testsets"]
    command += ["scores.tsv" if rule == "collect_scores" else "main"]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)


@pytest.fixture
def made(files, tmp_path, monkeypatch):
    """The folder of a workflow that has made these score files."""
    shutil.copytree(tmp_path / "scores", tmp_path / "results/s/scores")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scores_of_other_tables_are_collected_where_they_have_been_made(made, testsets, tmp_path):
    tables = {"main": {"runs": ["direct"]}, "other": {"runs": ["ft"], "default": False}}
    study = {**STUDY, "tables": tables, "model": {"preset": "tiny"}, "training": {"updates": 10}}
    plan, score = plan_of(study), Path("results/s/scores/ft/en-gl/test.en-gl.json")
    # Run and search are as the study describes them now.
    write_json("results/s/runs/ft/en-gl/run.json", plan.runs.config("ft/en-gl").model_dump(mode="json"))
    write_json(score, {**json.loads(score.read_text()), "search": plan.study.search.of_best()})
    done = commanded(tmp_path, "evaluation.collect_scores", "collect_scores", study=study)
    assert (done.returncode, done.stderr) == (0, "")
    found = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
    assert found.run.unique().tolist() == ["direct/en-gl", "direct/gl-en", "ft/en-gl"]


def test_the_command_writes_four_formats_and_notes_of_what_is_not_there(made, testsets, tmp_path):
    test = tmp_path / "results/s/comparisons/direct/ft/en-gl/test.en-gl.bootstrap.json"
    test.parent.mkdir(parents=True)
    comparison(tmp_path, "en-gl", 0.06).rename(test)
    done = commanded(tmp_path, "tables.tabulate", "tabulate", "main")
    assert (done.returncode, done.stderr) == (0, "")
    cells = pd.read_csv(tmp_path / "main.tsv", sep="\t")
    assert len(cells) == 2 * 2 * 3 and cells["score"].isna().sum() == 4 and cells["p"].dropna().tolist() == [0.06, 0.5]
    note = "\\*: p < 0.05, paired bootstrap resampling with 10,000 samples; "
    note += "Holm's correction for the 1 test of each metric"
    assert (tmp_path / "main.md").read_text().endswith(f"|\n\n{note}\n\nmissing: ft gl→en on test: no score file\n")
    assert '<p class="note">missing: ft gl→en' in (tmp_path / "main.html").read_text()
    assert r"missing: ft gl$\to$en" in (tmp_path / "main.tex").read_text()
    assert not list(tmp_path.glob("*.part"))


def test_scores_of_another_test_set_do_not_reach_the_collection(made, testsets, tmp_path):
    write_lines(testsets / "test" / "gl.txt", ["unha casa", "unha árbore", "o océano"])
    done = commanded(tmp_path, "evaluation.collect_scores", "collect_scores")
    warnings = done.stderr.splitlines()
    lacking = "results/s/scores/ft/gl-en/test.gl-en.json"
    assert done.returncode == 0 and warnings[0] == f"warning: {lacking}: not there, so left out"
    assert warnings[1].startswith(
        "warning: left out: direct/en-gl on test.en-gl: scored on another test set (3 segments,"
    )
    assert len(warnings) == 4 and (tmp_path / "scores.tsv").read_text() == "\t".join(COLUMNS) + "\n"


def test_a_file_that_holds_no_scores_is_named(tmp_path):
    for text in ("{", "[]", '{"scores": []}'):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(UserError, match="a.json: holds no scores; delete it"):
            collect([tmp_path / "a.json"])
