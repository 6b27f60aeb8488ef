"""Failed jobs of a workflow of two rules: the first reads the text of a file, the second reads what the first made."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from workflow_scripts.jobs.failures import lacks_files

SNAKEFILE = """
from snakemake.dag import DAG
from snakemake.scheduling.job_scheduler import JobScheduler

from workflow_scripts.jobs.failures import keep_marks, run_marked_jobs

keep_marks(JobScheduler)
run_marked_jobs(DAG, damaged=config.get("damaged", []))


rule last:
    input:
        "middle",
    output:
        "last",
    shell:
        "cp {input} {output}"


rule middle:
    output:
        "middle",
    params:
        word=config["word"],
    shell:
        "if test -e fault; then . ./fault; else echo {params.word} > {output}; fi"
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    words = [sys.executable, "-m", "snakemake", "--snakefile", "Snakefile", "--cores", "1", "--latency-wait", "0"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run([*words, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    assert run(tmp_path, "--config", "word=old").returncode == 0
    return tmp_path


# The job exits with an error, after it wrote its output; is killed; ends well, but without its output.
@pytest.mark.parametrize("fault", ["echo half > middle; exit 1", "kill -9 $$", "true"])
def test_a_job_that_failed_in_any_way_is_made_again(folder, fault):
    (folder / "fault").write_text(fault)
    assert run(folder, "--config", "word=new").returncode == 1
    (folder / "fault").unlink()
    assert run(folder, "--config", "word=new").returncode == 0
    assert (folder / "last").read_text() == "new\n"


@pytest.mark.slow
def test_a_job_that_failed_is_made_again_also_if_its_settings_are_the_old_ones_again(folder):
    (folder / "fault").write_text("exit 1")
    assert run(folder, "--config", "word=new").returncode == 1
    (folder / "fault").unlink()
    assert run(folder, "--config", "word=old").returncode == 0
    assert (folder / "middle").read_text() == (folder / "last").read_text() == "old\n"


def test_a_file_that_somebody_deleted_is_not_made_again_before_a_job_reads_it(folder):
    (folder / "middle").unlink()
    assert "Nothing to be done" in run(folder, "--config", "word=old").stderr
    (folder / "last").unlink()
    assert run(folder, "--config", "word=old").returncode == 0
    assert (folder / "middle").exists()


def test_an_output_that_is_said_to_be_damaged_is_made_again(folder):
    said = run(folder, "--config", "word=old", "damaged=['middle','of another study']").stderr
    assert "Finished jobid: 1 (Rule: middle)" in said and "Finished jobid: 0 (Rule: last)" in said


@pytest.mark.parametrize(
    "missing", ["config.json", "model.safetensors", "codes", "tokenizer.json", "vocabulary.tsv", None]
)
def test_a_file_that_is_missing_in_a_model_folder_is_seen(tmp_path, missing):
    for name in {"config.json", "model.safetensors", "codes", "tokenizer.json", "vocabulary.tsv"} - {missing}:
        (tmp_path / name).touch()
    assert lacks_files(tmp_path) == bool(missing) and not lacks_files(tmp_path / "nowhere")
