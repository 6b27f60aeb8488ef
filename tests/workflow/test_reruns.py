"""The promise that users feel most: a change of one key runs what hangs on it again, and nothing else (reruns.yaml)."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import ROOT
from tests.workflow.everything import EVERYTHING, Job, jobs, rules_again, write_text
from tests.workflow.keys import keys

TABLE = yaml.safe_load(Path(__file__).with_name("reruns.yaml").read_text(encoding="utf-8"))
ROWS = {key: (row["again"], change) for row in TABLE["rows"] for key, change in row["changes"].items()}
# A key of each part of a study, for the tests that everybody runs.
SAMPLE = {
    "seed", "corpora.filters", "corpora.licence", "limits", "filters.words", "subwords.merges", "subwords.size",
    "substitution.top_words", "backtranslation.tagged", "model.width", "training.dropout", "search.beam",
    "runs.label", "runs.training", "metrics", "significance.bootstrap", "tables.published.values",
    "figures.violin.runs", "sensitivity.batches",
}  # fmt: skip


def rules(names: str) -> set[str]:
    """The rules of some parts and rules."""
    parts = TABLE["parts"]
    return {rule for name in names.split() for rule in (rules(parts[name]) if name in parts else {name})}


def changed(change: dict[str, Any]) -> dict[str, Any]:
    """The study with other values at some paths."""
    study = copy.deepcopy(EVERYTHING)
    for path, value in change.items():
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place: Any = study
        for part in parents:
            place = place[part] if isinstance(part, int) else place.setdefault(part, {})
        place[last] = value
    return study


def test_every_key_of_a_study_has_a_row_or_a_reason_to_have_none():
    assert sorted([*ROWS, *TABLE["without"]]) == sorted(keys())


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_text(tmp_path_factory.mktemp("everything"))


@pytest.fixture(scope="module")
def before(folder) -> list[Job]:
    return jobs(folder, EVERYTHING)


def test_every_rule_has_a_job_in_the_study(before):
    text = "\n".join(path.read_text() for path in ROOT.glob("rules/*.smk"))
    named = {*re.findall(r"^ *rule (\w+):", text, re.M), *re.findall(r"^ *use rule \w+ as (\w+) with:", text, re.M)}
    parted = {name for name in named if name.endswith("_part")} | {"gather_shards"}  # of --set-scatter
    assert {job.rule for job in before} == named - parted and rules_again(before, before) == set()


@pytest.mark.parametrize("key", [pytest.param(key, marks=[] if key in SAMPLE else [pytest.mark.slow]) for key in ROWS])
def test_a_change_of_a_key_runs_these_rules_again_and_no_others(folder, before, key):
    again, change = ROWS[key]
    assert rules_again(before, jobs(folder, changed(change))) == rules(again)


def test_a_test_set_added_after_training_is_translated_and_scored_and_makes_nothing_else(folder, before):
    late = {"id": "file:late/1", "files": {"en": "gl.en", "gl": "gl.gl"}, "decontaminate": False}
    study = changed({"testsets.late": late, "tables.main.test_sets": ["test", "late"]})
    after = jobs(folder, study)
    new = [job for job in after if job not in before]
    of_late = {job.rule for job in new if any("/late" in path for path in job.output)}
    assert of_late == {"read_testset", "translate", "score", "compare"}
    shown = rules("collect_scores tabulate group_gains plot model_card report")
    assert rules_again(before, after) == of_late | shown
    assert len([job for job in new if job.rule == "translate"]) == 4  # two systems, two directions


def test_a_run_at_an_update_is_taken_from_the_checkpoints_of_the_run_which_is_not_trained_again(folder, before):
    study = changed({"tables.main.runs": ["direct", "mrasp_ft", "direct@30"]})
    after = jobs(folder, study)
    assert rules_again(before, after) == {"publish_checkpoint"} | rules(
        "run_config translate score compare collect_scores tabulate group_gains plot model_card report"
    )
    new = [job for job in after if job not in before]
    made = {path for job in new if job.rule == "publish_checkpoint" for path in job.output}
    assert made == {f"results/toy/runs/direct@30/{direction}/model" for direction in ("en-gl", "gl-en")}
