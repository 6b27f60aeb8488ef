"""How Snakemake is started: as another workflow's module, and in a folder with modules of the user."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.workflow.toy_study import prepare, snakemake

MODULE = f"""
module mt:
    snakefile: "{ROOT}/Snakefile"
    config: {{"study": "toy"}}
use rule * from mt as mt_*
"""
INCLUDED = f'include: "{ROOT}/Snakefile"\n'


@pytest.mark.parametrize(
    ("snakefile", "options"), [(MODULE, ["--configfile", "toy.yaml"]), (INCLUDED, [])], ids=["module", "include"]
)
def test_within_another_workflow_it_is_refused_in_one_line(tmp_path, snakefile, options):
    folder = prepare(tmp_path / "work")
    (folder / "Snakefile").write_text(snakefile)
    words = [sys.executable, "-m", "snakemake", "--dry-run", *options]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "rror" in line]
    assert line.startswith("error: this workflow is no module and cannot be included; start it by itself")
    assert f"snakemake --snakefile {ROOT}/Snakefile --configfile STUDY" in line


def test_braces_in_the_path_of_the_project_are_refused_in_one_line(tmp_path):
    """In that of the working folder they are fine."""
    (tmp_path / "{x}").symlink_to(ROOT)
    folder = prepare(tmp_path / "work {y}")
    words = [sys.executable, "-m", "snakemake", "--dry-run", "--configfile", "toy.yaml", "--snakefile"]
    done = subprocess.run([*words, tmp_path / "{x}/Snakefile"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"error: {tmp_path}/{{x}}: Snakemake cannot have braces in the path")


def test_modules_of_the_user_in_the_working_folder_are_left_out(tmp_path):
    """`python -m` would look for `model` and `random` in the working folder first."""
    folder = prepare(tmp_path / "work {y}")
    for name in ("model", "workflow_scripts", "random", "json", "numpy", "pyarrow", "yaml", "pydantic"):
        Path(folder, f"{name}.py").write_text("raise SystemExit('the module of the user')\n")
    (folder / "model").mkdir()
    (folder / "model/__init__.py").write_text("raise SystemExit('the module of the user')\n")
    snakemake(folder, "results/toy/cleaned/en-gl.parquet")
