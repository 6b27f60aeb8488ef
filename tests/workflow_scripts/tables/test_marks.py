"""p of cells: single models, means, several seeds, the correction, and means over scores that differ in kind."""

import itertools
import json

import pytest

from tests.workflow_scripts.tables.score_files import SPREAD, comparison, score_file, study_of, tabulated
from workflow_scripts.tables.forms import FORMATS


def test_marks_are_corrected_for_all_tests_of_a_metric(files, testsets, tmp_path):
    files.append(score_file(tmp_path, "ft/gl-en", "gl-en", sacrebleu=19.0, chrf=39.0))
    tests = [comparison(tmp_path, "en-gl", 0.016), comparison(tmp_path, "gl-en", 0.03)]
    table, below, cells = tabulated(study_of(), files, testsets, tests)
    # Three tests, with the mean: 3 * 0.016 is below 0.05, and 2 * 0.03 is not.
    assert table.values.tolist()[1][3:] == ["31.5 (+21.5*)", "19.0 (-1.0)", "25.2 (+10.2)"]
    assert cells["p_corrected"].dropna().tolist() == pytest.approx([0.048, 0.06, 1, 1, 1, 1])
    methods = "paired bootstrap resampling with 10,000 samples"
    assert below == [f"*: p < 0.05, {methods}; Holm's correction for the 3 tests of each metric"]
    for number, (run, direction) in enumerate(itertools.product(("direct", "ft"), ("en-pt", "pt-en"))):
        files.append(score_file(tmp_path, f"{run}/{direction}", direction, sacrebleu=number, chrf=number))
    tests += [comparison(tmp_path, direction, 0.5) for direction in ("en-pt", "pt-en")]
    few = study_of({"groups": {"a": ["en-gl"]}}, pairs=("en-gl", "en-pt"))
    few |= {"significance": {"bootstrap": 100}, "metrics": ["sacrebleu", "chrf"]}
    _, below, _ = tabulated(few, files, testsets, tests)
    assert below[1] == "too few samples for a star among 6 tests: set significance.bootstrap to 120"


@pytest.mark.parametrize("groups", [{}, {"a": {"directions": ["en-gl"]}, "b": ["en-gl"]}])
def test_a_mean_that_is_another_cell_again_is_no_test_of_its_own(files, testsets, tmp_path, groups):
    tests = [comparison(tmp_path, "en-gl", 0.04, difference=21.5)]
    table = {"directions": ["en-gl"], "groups": {} if not groups else {"a": groups["a"]}}
    shown, below, cells = tabulated(study_of(table), files, testsets, tests)
    assert shown.values.tolist()[1][3:] == ["31.5 (+21.5*)"] * (2 + bool(groups))
    assert below[0].endswith("Holm's correction for the 1 test of each metric")
    files.append(score_file(tmp_path, "ft/gl-en", "gl-en", sacrebleu=19.0, chrf=39.0))
    tests.append(comparison(tmp_path, "gl-en", 0.03, difference=-1.0))
    _, below, cells = tabulated(study_of({"groups": groups}), files, testsets, tests)
    assert "for the 3 tests of each metric" in below[0]
    assert set(cells.loc[cells.metric == "sacrebleu", "p_corrected"].dropna().round(3)) == {0.09, 0.795}


def test_a_comparison_of_a_score_that_is_missing_is_no_test(files, testsets, tmp_path):
    tests = [comparison(tmp_path, "en-gl", 0.016), comparison(tmp_path, "gl-en", 0.01)]
    _, below, cells = tabulated(study_of(), files, testsets, tests)
    assert cells.loc[cells.metric == "sacrebleu", "p_corrected"].dropna().tolist() == [0.016]


def test_a_mean_is_tested_by_the_means_of_the_sampled_differences(files, testsets, tmp_path):
    files.append(score_file(tmp_path, "ft/gl-en", "gl-en", sacrebleu=19.0, chrf=39.0))
    opposite = [-value for value in SPREAD]
    tests = [comparison(tmp_path, "en-gl", 0.5, difference=21.5)]
    tests.append(comparison(tmp_path, "gl-en", 0.5, opposite, difference=-1.0))
    _, _, cells = tabulated(study_of({"correction": "none"}), files, testsets, tests)
    # The two directions undo each other in each sample, so no sample is as large as the mean, 10.25.
    assert cells.loc[(cells.metric == "sacrebleu") & (cells.column == "mean"), "p"].dropna().tolist() == [1 / 1000]
    _, _, cells = tabulated(study_of({"correction": "none"}), files, testsets, tests[:1])
    assert cells.loc[cells.column == "mean", "p"].isna().all(), "a direction of the mean is not tested"
    old = json.loads(tests[0].read_text())
    del old["scores"]["sacrebleu"]["sampled"]
    tests[0].write_text(json.dumps(old))
    _, _, cells = tabulated(study_of({"correction": "none"}), files, testsets, tests)
    assert len(cells.loc[cells.metric == "sacrebleu", "p"].dropna()) == 1, "of version 0.1.0, whose p is another"


def test_runs_with_several_seeds_are_tested_over_seeds(files, testsets, tmp_path):
    study = study_of({"metrics": ["sacrebleu"], "correction": "none"}, ft={"seeds": [4, 5, 6]})
    for name, scores in (("", (12.0, 20.0)), ("/seed5", (13.0, 20.0)), ("/seed6", (14.0, 23.0))):
        for direction, score in zip(("en-gl", "gl-en"), scores, strict=True):
            files.append(score_file(tmp_path, f"ft/{direction}{name}", direction, sacrebleu=score))
    table, below, cells = tabulated(study, files, testsets)
    # By hand for en→gl: t = 3 / sqrt(1 * (1 + 1/3)) = 2.598; with 2 degrees p = 1 - t / sqrt(2 + t^2).
    found = cells.loc[cells.system == "ft", "p"].tolist()
    assert found[0] == pytest.approx(1 - 2.598076 / (2 + 6.75) ** 0.5, abs=1e-6) and 0.05 < found[2] < 1
    assert below[0] == "*: p < 0.05, Student's t-test over seeds for runs with several; not corrected"
    none = study_of({"metrics": ["sacrebleu"], "significance": "none"}, ft={"seeds": [4, 5, 6]})
    assert tabulated(none, files, testsets)[2]["p"].isna().all()


def test_a_mean_over_scores_of_different_words_is_marked(tmp_path, testsets):
    files = [
        score_file(tmp_path, "direct/en-gl", "en-gl", sacrebleu=10.0, signature="nrefs:1|tok:char|v:2"),
        score_file(tmp_path, "direct/gl-en", "gl-en", sacrebleu=20.0, signature="nrefs:1|tok:13a|v:2"),
    ]
    study = study_of({"runs": ["direct"], "baseline": None, "metrics": ["sacrebleu"], "groups": {"g": ["en-gl"]}})
    table, below, cells = tabulated(study, files, testsets)
    assert table.values.tolist()[0][3:] == ["10.0", "20.0", "15.0‡", "15.0‡"]
    assert below == ["‡: a mean over sacreBLEU of different words or characters (tok:char + tok:13a)"]
    assert cells["signature"].tolist()[2:] == ["tok:char + tok:13a"] * 2
    assert r"15.0\textdaggerdbl{}" in FORMATS["tex"](table, below)
