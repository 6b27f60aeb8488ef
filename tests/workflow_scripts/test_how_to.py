"""docs/how-to/add-a-corpus-source.md and add-a-metric.md, followed to the letter in a copy of the project."""

import gzip
import os
import re
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
import yaml

from tests import ROOT

SOURCE, METRIC = ((ROOT / "docs" / "how-to" / f"add-a-{name}.md").read_text() for name in ("corpus-source", "metric"))
WRITE_SETTINGS = """
from model.records import write_json
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.settings import RULES
from workflow_scripts.study.read import read_study

plan = Plan(read_study("study.yaml"))
for rule, name in (("fetch", "debates/plenary/2026/glg.tsv.gz"), ("clean", "en-gl")):
    write_json(f"{rule}.json", RULES[rule](plan, name).model_dump(mode="json"))
"""
SENTENCES = [(f"The house number {n} is on the hill.", f"A casa número {n} está no monte.") for n in range(3, 43)]


def block(page: str, before: str) -> str:
    """The first block of code after a text."""
    return re.search(r"```\w*\n(.*?)```", page[page.index(before) :], re.DOTALL)[1]


def put(path, old, new):
    """Put text where some other stands once in a file."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path):
    """A copy of the packages."""
    project = tmp_path / "project"
    for folder in ("workflow_scripts", "model"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return project


def run(project, folder, *arguments):
    command = [sys.executable, "-m", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_source_is_one_file_and_one_line(project, tmp_path):
    sources = project / "workflow_scripts" / "sources"
    (sources / "debates.py").write_text(block(SOURCE, "## 1. The file"))
    (sources / "debates.yaml").write_text(block(SOURCE, "## 3. The catalogue"))
    put(sources / "__init__.py", "NAMES = (\n", "NAMES = (\n" + block(SOURCE, "## 2. The line"))
    shown = run(project, tmp_path, *block(SOURCE, "## Look at it").split()[2:])
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
    (tmp_path / "write_settings.py").write_text(WRITE_SETTINGS)
    run(project, tmp_path, "write_settings")
    path = "resources/debates/plenary/2026/glg.tsv.gz"
    run(project, tmp_path, "workflow_scripts.corpora.fetch", "--settings", "fetch.json", path)
    told = ["--settings", "clean.json", "--text", "en-gl"]
    run(project, tmp_path, "workflow_scripts.corpora.clean", *told, "a.parquet", "a.json")
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [(row["en"], row["gl"]) for row in rows] == SENTENCES and rows[0]["corpus"] == "debates:plenary/2026"


def test_a_new_metric_is_a_function_and_a_row(project, tmp_path):
    metrics = project / "workflow_scripts" / "metrics" / "__init__.py"
    put(metrics, "import BLEU, CHRF\n", "import BLEU, CHRF, TER\n")
    put(metrics, "class Row(", block(METRIC, "## 1. The metric") + "\n\nclass Row(")
    put(metrics, "METRICS = {\n", "METRICS = {\n" + block(METRIC, "## 2. The row"))
    put(project / "workflow_scripts" / "study" / "fields.py", '"comet"]', '"comet", "ter"]')
    files = [tmp_path / "study.schema.json", tmp_path / "keys.md"]
    run(project, tmp_path, *block(METRIC, "## 3. The name").split()[2:3], *files)
    assert all("ter" in re.findall(r"\w+", file.read_text()) for file in files)
    test = tmp_path / "test_ter.py"
    imports = "import pytest\nfrom workflow_scripts.evaluation.score import score\n"
    imports += "from workflow_scripts.metrics import Scored\n"
    test.write_text(imports + block(METRIC, "## 4. Try it"))
    assert "1 passed" in run(project, tmp_path, "pytest", "-q", test)
