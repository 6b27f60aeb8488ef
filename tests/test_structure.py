"""Which way imports run: rules → workflow_scripts → the torch-free files of model."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TORCH_FREE = [
    "command",
    "config",
    "language_shards",
    "languages",
    "lease",
    "lines",
    "noise",
    "objectives",
    "parameter_vector",
    "progress",
    "released",
    "segmenters",
    "shards",
    "tokenizer",
    "turns",
    "vocabulary",
]


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("path", sorted(ROOT.glob("model/*.py")), ids=lambda p: p.name)
def test_the_model_knows_neither_workflow_nor_snakemake(path):
    assert not imported(path) & {"workflow_scripts", "snakemake"}


@pytest.mark.parametrize("path", sorted(ROOT.glob("workflow_scripts/**/*.py")), ids=lambda p: p.name)
def test_data_steps_import_no_torch_and_no_snakemake(path):
    assert not imported(path) & {"torch", "snakemake", "safetensors"}


def test_the_shared_files_of_the_model_load_without_torch():
    modules = [f"model.{name}" for name in TORCH_FREE]
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_training_loads_without_snakemake():
    """So a machine of a cluster needs none to train."""
    code = "import sys, model.train; sys.exit('snakemake' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_data_steps_load_without_torch():
    modules = [
        f"workflow_scripts.{path.stem}"
        for path in sorted(ROOT.glob("workflow_scripts/*.py"))
        if path.stem != "__init__"
    ]
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


SOURCES = sorted(path for path in ROOT.glob("**/*.py") if ".venv" not in path.parts)


@pytest.mark.parametrize("path", [*SOURCES, *sorted(ROOT.glob("rules/*.smk"))], ids=lambda p: p.name)
def test_files_and_functions_stay_readable_in_one_sitting(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    if path.suffix == ".py":
        functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
        assert not [f.name for f in functions if f.end_lineno - f.lineno > 45]
