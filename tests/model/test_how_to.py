"""docs/how-to/add-an-objective.md, followed to the letter in a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from model.config.run import Task
from model.records import write_json
from tests import ROOT
from tests.model.toy_run import changed, prepare

PAGE = (ROOT / "docs" / "how-to" / "add-an-objective.md").read_text(encoding="utf-8")


def block(before: str) -> str:
    """The first block of code after a text."""
    return re.search(r"```\w*\n(.*?)```", PAGE[PAGE.index(before) :], re.DOTALL)[1]


@pytest.fixture
def project(tmp_path):
    """A copy of the packages with the objective that the page adds."""
    project = tmp_path / "project"
    for folder in ("workflow_scripts", "model", "tests"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    noise, objectives = (project / "model" / "objectives" / name for name in ("noise.py", "__init__.py"))
    noise.write_text(noise.read_text() + "\n\n" + block("## 1. The noise"))
    row = block("## 2. The row")
    table = objectives.read_text().replace("import Noise, ", "import Noise, drop_words, ")
    objectives.write_text(re.sub(r"(OBJECTIVES: .*?\{\n)", lambda start: start[1] + row, table))
    return project


def run(project, *arguments):
    command = [sys.executable, "-m", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(project), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_a_new_objective_is_a_function_and_a_row(project, tmp_path):
    study = {
        "study": "s", "corpora": ["gettext:p/1"], "monolingual": ["file:mine/1/en@mono"], "pairs": {"all": ["en-gl"]},
        "training": {"batches_per_update": 2}, **yaml.safe_load(block("In a study:")),
    }  # fmt: skip
    study["monolingual"] = [{"id": "file:mine/1/en@mono", "files": {"en": "mine.en"}}]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    run(project, "workflow_scripts.study.read", tmp_path / "study.yaml", tmp_path / "study.json")
    run(
        project,
        "workflow_scripts.plan.run_config",
        "--study",
        tmp_path / "study.json",
        "--run",
        "dropped",
        tmp_path / "run.json",
    )
    translation, dropout = json.loads((tmp_path / "run.json").read_text())["tasks"]
    assert dropout["objective"] == "word_dropout" and dropout["mask_ratio"] == 0.1
    assert dropout["shards"] == ["results/s/shards/monolingual/en"]
    # The same run with shards that are there.
    config = changed(prepare(tmp_path), batches_per_update=2, updates=4, evaluate_every=2)
    shards = [str(tmp_path / "train")]
    tasks = [{**task, "shards": shards} for task in (translation, dropout)]
    write_json(tmp_path / "toy" / "run.json", {**config.model_dump(), "tasks": tasks})
    run(project, "model.train", tmp_path / "toy" / "run.json", "--threads", "1")
    rows = [json.loads(line) for line in (tmp_path / "toy" / "metrics.jsonl").read_text().splitlines()]
    assert all(row["train_loss_word_dropout"] > 0 for row in rows)
    tests = "gradient or by_heart"
    shown = run(project, "pytest", "-q", "tests/model/training/test_learner.py", "-k", f"word_dropout and ({tests})")
    assert "1 passed" in shown


def test_the_copy_is_what_differs():
    with pytest.raises(ValueError, match="word_dropout"):
        Task(objective="word_dropout", shards=["-"])
