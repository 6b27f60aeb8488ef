"""docs/how-to/add-a-corpus-source.md, followed to the letter in a copy of the project."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "add-a-corpus-source.md").read_text(encoding="utf-8")
SENTENCES = [(f"The house number {n} is on the hill.", f"A casa número {n} está no monte.") for n in range(3, 43)]


def block(before: str) -> str:
    """The first block of code after a text."""
    return re.search(r"```\w*\n(.*?)```", PAGE[PAGE.index(before) :], re.DOTALL)[1]


@pytest.fixture
def project(tmp_path):
    """A copy of the packages with the source that the page adds."""
    project = tmp_path / "project"
    for folder in ("workflow_scripts", "model"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    sources = project / "workflow_scripts" / "sources"
    (sources / "debates.py").write_text(block("## 1. The file"))
    (sources / "debates.yaml").write_text(block("## 3. The catalogue"))
    table = sources / "__init__.py"
    table.write_text(table.read_text().replace("NAMES = (\n", "NAMES = (\n" + block("## 2. The line")))
    return project


def run(project, folder, *arguments):
    command = [sys.executable, "-m", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_source_is_one_file_and_one_line(project, tmp_path):
    shown = run(project, tmp_path, *block("## Look at it").split()[2:])
    assert "https://debates.example/2026/glg.tsv.gz" in shown and "CC0-1.0" in shown
    server = tmp_path / "server" / "2026"
    server.mkdir(parents=True)
    (server / "glg.tsv.gz").write_bytes(gzip.compress("".join(f"{gl}\t{en}\n" for en, gl in SENTENCES).encode()))
    study = {
        "study": "s", "mode": "tofu", "pairs": {"all": ["en-gl"]}, "runs": {"r": {"train_on": "all"}},
        "mirrors": {"https://debates.example": str(tmp_path / "server")}, "filters": {"empty": {}},
        **yaml.safe_load(block("In a study:")),
    }  # fmt: skip
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    run(project, tmp_path, "workflow_scripts.study", "study.yaml", "study.json")
    path = "resources/debates/plenary/2026/glg.tsv.gz"
    run(project, tmp_path, "workflow_scripts.fetch", "--study", "study.json", path)
    run(project, tmp_path, "workflow_scripts.clean", "--study", "study.json", "--text", "en-gl", "a.parquet", "a.json")
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [(row["en"], row["gl"]) for row in rows] == SENTENCES and rows[0]["corpus"] == "debates:plenary/2026"
