"""A job of a finished study that must run again, and fails once: the next run makes it and all that depends on it."""

import contextlib
import json
import re
import shutil
import time
from base64 import urlsafe_b64encode
from pathlib import Path

import psutil
import pytest
import yaml

from tests import ROOT
from tests.workflow.everything import EVERYTHING, TARGETS, Job, jobs, started
from tests.workflow.test_reruns import changed
from tests.workflow.test_stopped import STEPS, commands
from tests.workflow.toy_study import command

OTHERS = {"gather_shards", "fetch", "copy_model", "copy_translation"}  # `cp` ends too soon to be killed
RULES = sorted(
    name
    for path in ROOT.glob("rules/*.smk")
    for name in re.findall(r"^ *(?:use )?rule (?:\w+ as )?(\w+)(?: with)?:", path.read_text(), re.M)
    if not name.endswith("_part") and name not in OTHERS
)
SAMPLE = {"clean", "draw_segments"}  # for the tests that everybody runs


def change_settings(folder: Path, job: Job) -> None:
    """Let Snakemake believe that a job was made with other settings."""
    for output in job.output:
        path = folder / ".snakemake" / "metadata" / urlsafe_b64encode(output.encode()).decode()
        record = json.loads(path.read_text())
        path.write_text(json.dumps({**record, "params": ["'others'"]}))


def run_and_kill(folder: Path, *arguments: str) -> None:
    """Run the study, and kill the first step that begins."""
    (folder / "toy.yaml").write_text(yaml.safe_dump(EVERYTHING))
    process = started(command(folder, *arguments, *TARGETS)[3:], folder / "said")
    steps: list[psutil.Process] = []
    while process.is_alive():
        if not steps and (steps := [child for child, words in commands(process) if STEPS.intersection(words)]):
            with contextlib.suppress(psutil.Error):  # it failed of itself, since its input is empty
                steps[0].kill()
        time.sleep(0.005)
    assert steps and process.exitcode == 1, (folder / "said").read_text()[-3000:]


def dependent(job: Job, found: list[Job]) -> set[Job]:
    """A job and all jobs that depend on it."""
    due, written = {job}, set(job.output)
    while more := {other for other in found if (other.input - other.ancient) & written} - due:
        due |= more
        written = written.union(*(other.output for other in more))
    return due


@pytest.mark.parametrize(
    "rule", [pytest.param(name, marks=[] if name in SAMPLE else [pytest.mark.slow]) for name in RULES]
)
def test_a_job_killed_once_is_made_again_with_all_that_depends_on_it(taken_as_finished, tmp_path, rule):
    folder, found = taken_as_finished
    folder = Path(shutil.copytree(folder, tmp_path / "study"))
    job = min((job for job in found if job.rule == rule), key=lambda job: sorted(job.output))
    change_settings(folder, job)
    run_and_kill(folder)
    assert dependent(job, found) <= set(jobs(folder, EVERYTHING))


def test_a_model_folder_without_one_of_its_files_is_made_again(taken_as_finished, tmp_path):
    folder, found = taken_as_finished
    folder = Path(shutil.copytree(folder, tmp_path / "study"))
    model = "results/toy/runs/direct/en-gl/model"
    (folder / model / "vocabulary.tsv").unlink()
    (job,) = (job for job in found if model in job.output)
    assert set(jobs(folder, EVERYTHING)) == dependent(job, found)


@pytest.mark.parametrize(
    "change",
    [
        {"training.keep_checkpoints": 3, "search.beam": 3},
        {"decontamination.min_words": 3, "search.beam": 3},
    ],
)
def test_a_job_behind_an_ancient_input_of_one_that_runs_is_made_again_for_its_own_settings(taken_as_finished, change):
    folder, found = taken_as_finished
    planned = {rule for one in change for rule in {job.rule for job in jobs(folder, changed({one: change[one]}))}}
    assert "translate" in planned
    assert {job.rule for job in jobs(folder, changed(change))} == planned
