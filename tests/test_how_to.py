"""The pages of docs/how-to that add something to the project, followed to the letter in a copy of it."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from model.config.run import Task
from model.records import write_json
from tests import ROOT
from tests.model.toy_run import changed, prepare

SOURCE, METRIC, OBJECTIVE = (
    (ROOT / "docs" / "how-to" / f"add-{name}.md").read_text(encoding="utf-8")
    for name in ("a-corpus-source", "a-metric", "an-objective")
)
SENTENCES = [(f"The house number {n} is on the hill.", f"A casa número {n} está no monte.") for n in range(3, 43)]


def block(page: str, before: str) -> str:
    """The first block of code after a text."""
    return re.search(r"```\w*\n(.*?)```", page[page.index(before) :], re.DOTALL)[1]


def put(path: Path, old: str, new: str) -> None:
    """Put text where some other stands once in a file."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


SETTINGS = """
import sys
from model.records import write_json
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.settings import RULES
from workflow_scripts.study.read import read_study

rule, *names = sys.argv[1:]
settings = RULES[rule](Plan(read_study("study.yaml")), *names)
write_json(f"{rule}.json", settings.model_dump(mode="json"))
"""


@pytest.fixture
def project(tmp_path):
    """A copy of the packages."""
    for folder in ("workflow_scripts", "model", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder, ignore=ignored)
    return tmp_path / "project"


def run(project: Path, *arguments: str | Path) -> str:
    """What a module of the copy prints. It runs in the folder that the copy is in."""
    environment = {**os.environ, "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, cwd=project.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_a_new_source_is_one_file_and_one_line(project, tmp_path):
    sources = project / "workflow_scripts" / "sources"
    (sources / "debates.py").write_text(block(SOURCE, "## 1. The file"))
    (sources / "debates.yaml").write_text(block(SOURCE, "## 3. The catalogue"))
    put(sources / "__init__.py", "NAMES = (\n", "NAMES = (\n" + block(SOURCE, "## 2. The line"))
    shown = run(project, *block(SOURCE, "## Look at it").split()[2:])
    assert "https://debates.example/2026/glg.tsv.gz" in shown and "CC0-1.0" in shown
    server = tmp_path / "server" / "2026"
    server.mkdir(parents=True)
    (server / "glg.tsv.gz").write_bytes(gzip.compress("".join(f"{gl}\t{en}\n" for en, gl in SENTENCES).encode()))
    study = {
        "study": "s", "mode": "tofu", "pairs": {"all": ["en-gl"]}, "runs": {"r": {"train_on": "all"}},
        "mirrors": {"https://debates.example": str(tmp_path / "server")}, "filters": {"empty": {}},
        **yaml.safe_load(block(SOURCE, "In a study:")),
    }  # fmt: skip
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    (tmp_path / "write_settings.py").write_text(SETTINGS)
    run(project, "write_settings", "fetch", "debates/plenary/2026/glg.tsv.gz")
    run(project, "write_settings", "clean", "en-gl")
    file = "resources/debates/plenary/2026/glg.tsv.gz"
    run(project, "workflow_scripts.corpora.fetch", "--settings", "fetch.json", file)
    run(project, "workflow_scripts.corpora.clean", "--settings", "clean.json", "--text", "en-gl", "a.parquet", "a.json")
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [(row["en"], row["gl"]) for row in rows] == SENTENCES and rows[0]["corpus"] == "debates:plenary/2026"


@pytest.mark.slow
def test_a_new_metric_is_a_function_and_a_row(project, tmp_path):
    metrics = project / "workflow_scripts" / "metrics" / "__init__.py"
    put(metrics, "import BLEU, CHRF\n", "import BLEU, CHRF, TER\n")
    put(metrics, "class Row(", block(METRIC, "## 1. The metric") + "\n\nclass Row(")
    put(metrics, "METRICS = {\n", "METRICS = {\n" + block(METRIC, "## 2. The row"))
    put(project / "workflow_scripts" / "study" / "fields.py", '"comet"]', '"comet", "ter"]')
    files = [tmp_path / "study.schema.json", tmp_path / "keys.md"]
    run(project, *block(METRIC, "## 3. The name").split()[2:3], *files)
    assert all("ter" in re.findall(r"\w+", file.read_text()) for file in files)
    test = tmp_path / "test_ter.py"
    imports = "import pytest\nfrom workflow_scripts.evaluation.score import score\n"
    imports += "from workflow_scripts.metrics import Scored\n"
    test.write_text(imports + block(METRIC, "## 4. Try it"))
    assert "1 passed" in run(project, "pytest", "-q", test)


@pytest.mark.slow
def test_a_new_objective_is_a_function_and_a_row(project, tmp_path):
    noise, objectives = (project / "model" / "objectives" / name for name in ("noise.py", "__init__.py"))
    noise.write_text(noise.read_text() + "\n\n" + block(OBJECTIVE, "## 1. The noise"))
    row = block(OBJECTIVE, "## 2. The row")
    table = objectives.read_text().replace("import Noise, ", "import Noise, drop_words, ")
    objectives.write_text(re.sub(r"(OBJECTIVES: .*?\{\n)", lambda start: start[1] + row, table))
    study = {
        "study": "s", "corpora": ["gettext:p/1"], "pairs": {"all": ["en-gl"]},
        "model": {"preset": "tiny"}, "training": {"batches_per_update": 2, "updates": 10},
        **yaml.safe_load(block(OBJECTIVE, "In a study:")),
        "monolingual": [{"id": "file:mine/1/en@mono", "files": {"en": "mine.en"}}],
    }  # fmt: skip
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    (tmp_path / "write_settings.py").write_text(SETTINGS)
    run(project, "write_settings", "run_config", "dropped")
    run(project, "workflow_scripts.plan.run_config", "--settings", "run_config.json", "run.json")
    translation, dropout = json.loads((tmp_path / "run.json").read_text())["tasks"]
    assert dropout["objective"] == "word_dropout" and dropout["mask_ratio"] == 0.1
    assert dropout["shards"] == ["results/s/shards/monolingual/en"]
    # The same run with shards that are there.
    config = changed(prepare(tmp_path), batches_per_update=2, updates=4, evaluate_every=2)
    tasks = [{**task, "shards": [str(tmp_path / "train")]} for task in (translation, dropout)]
    write_json(tmp_path / "toy" / "run.json", {**config.model_dump(), "tasks": tasks})
    run(project, "model.train", tmp_path / "toy" / "run.json", "--threads", "1")
    rows = [json.loads(line) for line in (tmp_path / "toy" / "metrics.jsonl").read_text().splitlines()]
    assert all(row["train_loss_word_dropout"] > 0 for row in rows)
    tests = project / "tests" / "model" / "training" / "test_learner.py"
    assert "1 passed" in run(project, "pytest", "-q", tests, "-k", "word_dropout and (gradient or by_heart)")


def test_the_objective_is_in_the_copy_alone():
    with pytest.raises(ValueError, match="word_dropout"):
        Task(objective="word_dropout", shards=["-"])
