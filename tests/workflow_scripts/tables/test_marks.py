"""p of cells: single models, means, several seeds, the correction, and means over scores that differ in kind."""

import itertools
import json

import numpy as np
import pytest

from tests.workflow_scripts.planned import plan_of
from tests.workflow_scripts.tables.score_files import SPREAD, comparison, score_file, study_of, tabulated
from workflow_scripts.evaluation.students_t import beyond, quantile
from workflow_scripts.plan.result_settings import tabulate as told
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


SEEDS = (("", (12.0, 20.0)), ("/seed5", (13.0, 20.0)), ("/seed6", (14.0, 23.0)))
WAVE = np.array([1.0, -1.0, 1.0, -1.0])


def seeded(files, tmp_path):
    """The scores of three seeds of ft beside one of direct, and their comparisons: alike in a direction."""
    files[:] = files[:2]
    for name, scores in SEEDS:
        for direction, score in zip(("en-gl", "gl-en"), scores, strict=True):
            files.append(score_file(tmp_path, f"ft/{direction}{name}", direction, sacrebleu=score))
    waves = (("en-gl", WAVE), ("gl-en", -2 * WAVE))
    return [comparison(tmp_path, direction, 0.5, wave, seed=name) for direction, wave in waves for name, _ in SEEDS]


def test_runs_with_several_seeds_are_tested_over_segments_and_seeds(files, testsets, tmp_path):
    study = study_of({"metrics": ["sacrebleu"], "correction": "none"}, ft={"seeds": [4, 5, 6]})
    table, below, cells = tabulated(study, files, testsets, tests := seeded(files, tmp_path))
    # By hand, variances of segments and of seeds: en→gl 1 and 1 * (1/3 + 1), gl→en 4 and 3 * (1/3 + 1); of the mean,
    # whose waves are -0.5 and whose seeds are 16, 16.5 and 18.5, 0.25 and 1.75 * (1/3 + 1). 99 segments differ.
    wanted = [(3, 1, 4 / 3), (1, 4, 4), (2, 0.25, 7 / 3)]
    found = cells[cells.system == "ft"]
    for row, (difference, segments, seeds) in zip(found.itertuples(), wanted, strict=True):
        assert row.difference == difference
        degrees = (segments + seeds) ** 2 / (segments**2 / 98 + seeds**2 / 2)
        assert row.degrees == pytest.approx(degrees)
        assert row.p == pytest.approx(beyond(difference / (segments + seeds) ** 0.5, degrees))
        half = quantile(degrees, 0.05) * (segments + seeds) ** 0.5
        assert row.difference_low == pytest.approx(difference - half, abs=1e-4)
        assert row.difference_high == pytest.approx(difference + half, abs=1e-4)
    assert table.values.tolist()[1][3] == "13.0 ± 1.0 (+3.0 ± 3.7)"
    assert below == [
        "*: p < 0.05, paired bootstrap resampling with 10,000 samples, for several seeds with Student's t-test over"
        " segments and seeds; not corrected",
        "±: standard deviation over the seeds of a run",
        "± in parentheses: half of the 95% interval of a difference, for other seeds and other segments",
    ]
    _, _, cells = tabulated(study, files, testsets, tests[1:])
    assert cells.loc[cells.system == "ft", "p"].notna().tolist() == [False, True, False], "a seed is not compared"
    none = study_of({"metrics": ["sacrebleu"], "significance": "none"}, ft={"seeds": [4, 5, 6]})
    assert tabulated(none, files, testsets)[2][["p", "difference_low"]].isna().all().all()


def test_a_baseline_with_several_seeds_is_compared_seed_by_seed(files, testsets, tmp_path):
    tests = seeded(files, tmp_path)
    for name, score in (("/seed5", 11.0), ("/seed6", 12.0)):
        files.append(score_file(tmp_path, f"direct/en-gl{name}", "en-gl", sacrebleu=score))
    tests[1] = comparison(tmp_path, "en-gl", 0.5, WAVE + [0.6, 0.6, -0.6, -0.6], seed="/seed5")
    seeds = {"seeds": [4, 5, 6]}
    study = study_of({"metrics": ["sacrebleu"], "directions": ["en-gl"]}, ft=seeds, direct=seeds)
    _, _, cells = tabulated(study, files, testsets, tests)
    found = cells[(cells.system == "ft") & (cells.column == "en→gl")].iloc[0]
    # As in test_runs_with_seeds.py: of segments 1.04, of each run 1/3 with 2 degrees, and 0.04 is in both.
    assert found.degrees == pytest.approx((1.04 + 2 / 3 - 0.04) ** 2 / (1.04**2 / 98 + 2 * (1 / 3) ** 2 / 2))
    other = study_of({"metrics": ["sacrebleu"], "directions": ["en-gl"]}, ft=seeds, direct={"seeds": [6, 7, 8]})
    assert told(plan_of(other), "main").partners == {"ft": [0, 0, 0]}


def test_single_seeds_have_the_interval_of_the_bootstrap(files, testsets, tmp_path):
    tests = [comparison(tmp_path, "en-gl", 0.01, difference=21.5)]
    shown, _, cells = tabulated(study_of({"directions": ["en-gl"]}), files, testsets, tests)
    row = cells[(cells.system == "ft") & (cells.metric == "sacrebleu")].iloc[0]
    # Samples are evenly spread from -49.9 to 49.9, and 95% of them are within 47.4.
    assert (row.difference_low, row.difference_high) == pytest.approx((21.5 - 47.4, 21.5 + 47.4), abs=0.06)
    assert shown.values.tolist()[1][3] == "31.5 (+21.5*)" and cells["degrees"].isna().all()
    drawn = study_of({"directions": ["en-gl"], "significance": "randomisation"})
    _, _, cells = tabulated(drawn, files, testsets, tests)
    assert cells["p"].notna().any() and cells[["difference_low", "difference_high"]].isna().all().all()


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
