"""A change of the project's own code, in a finished study."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests import ROOT
from tests.workflow.everything import EVERYTHING, TARGETS
from tests.workflow.test_failed import run_and_kill
from tests.workflow.toy_study import command
from workflow_scripts.jobs.code import digest


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the project."""
    names = ("Snakefile", "config.yaml", "environment.yaml", "rules", "profiles", "model", "workflow_scripts")
    for name in names:
        source, copy = ROOT / name, tmp_path / "project" / name
        copy.parent.mkdir(exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    return tmp_path / "project"


@pytest.fixture
def planned(project, taken_as_finished, tmp_path) -> Callable[[], str]:
    """What a dry run of the finished study says by the copied project."""
    folder = Path(shutil.copytree(taken_as_finished[0], tmp_path / "study"))
    (folder / "toy.yaml").write_text(yaml.safe_dump(EVERYTHING))
    model = folder / "results" / "toy" / "runs" / "mrasp"
    (model / "code.json").write_text(json.dumps({"code": digest("model.train")}))

    def dry_run(*arguments: str) -> str:
        words = command(folder, "--dry-run", *arguments, *TARGETS)
        words[words.index(str(ROOT / "Snakefile"))] = str(project / "Snakefile")
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    return dry_run


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def begun(said: str) -> set[str]:
    """The rules where a dry run begins because of their parameters."""
    found = re.search(r"params have changed since last execution:\n +(.*)", said)
    return set(found[1].split(", ")) if found else set()


def test_every_rule_has_the_digest_of_its_code_but_for_fetching_training_and_copying(taken_as_finished):
    without = {job.rule for job in taken_as_finished[1] if "code of " not in job.params}
    copying = {"copy_model", "copy_translation"}  # with `cp`, which is no code of the project
    assert without <= {"fetch", "train"} | copying and "train" in without


def test_another_number_in_a_filter_cleans_again_and_scores_nothing_by_itself(project, planned):
    path = project / "workflow_scripts" / "filters" / "segments.py"
    path.write_text(path.read_text(encoding="utf-8") + "\nLONGEST_OF_ALL = 12\n", encoding="utf-8")
    said = planned()
    assert begun(said) == {"clean"} and "now: 'code of workflow_scripts.corpora.clean: " in said


def test_comments_docstrings_and_formatting_make_nothing_again(project, planned):
    for path in [*project.glob("model/**/*.py"), *project.glob("workflow_scripts/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        path.write_text(
            "# A comment.\n" + text.replace('"""', '"""Changed. ', 1) + "\n\n\n# Another.\n", encoding="utf-8"
        )
    assert "Nothing to be done" in planned()


def test_a_change_of_training_is_a_warning_and_trains_nothing_by_itself(project, planned):
    assert "the code of training" not in planned()
    edit(project / "model" / "training" / "optimisation.py", "def learning_rate", "CHANGED = 1\n\n\ndef learning_rate")
    said = planned()
    assert "(results/toy/runs/mrasp, 1 in all); --forcerun train trains them again" in said
    # Checkpoints are published again, which gives the same bytes.
    assert begun(said) == {"publish_checkpoint"} and not re.search(r"^rule train:", said, re.M)
    assert re.search(r"^rule train:", planned("--forcerun", "train", "--"), re.M)


def test_training_that_is_asked_for_again_begins_without_the_checkpoints_of_other_code(taken_as_finished, tmp_path):
    folder = Path(shutil.copytree(taken_as_finished[0], tmp_path / "study"))
    for name, code in {"mrasp": "12345678", "cd": digest("model.train")}.items():
        run = folder / "results" / "toy" / "runs" / name
        (run / "checkpoints" / "update-00000040").mkdir(parents=True)
        (run / "code.json").write_text(json.dumps({"code": code}))
    run_and_kill(folder, "--forcerun", "train", "--")
    kept = {path.parts[-2:] for path in folder.glob("results/toy/runs/**/update-00000040")}
    assert kept == {(f"before-{digest('model.train')}", "update-00000040"), ("checkpoints", "update-00000040")}
    assert (folder / "results" / "toy" / "runs" / "cd" / "checkpoints" / "update-00000040").exists()
