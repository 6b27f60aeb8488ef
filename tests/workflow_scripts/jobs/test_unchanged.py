"""Jobs that are not run again, in a workflow of four rules: text → upper → folder → last."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from workflow_scripts.jobs.unchanged import digest

SNAKEFILE = """
from snakemake.io import _IOFile, flag
from snakemake.scheduling.job_scheduler import JobScheduler

from workflow_scripts.jobs.unchanged import READ, record_all_checksums, skip_unchanged

record_all_checksums(_IOFile)
skip_unchanged(JobScheduler)


rule last:
    input:
        "folder",
    output:
        "last",
    params:
        word=config["word"],
    shell:
        "(cat {input}/a; echo {params.word}) > {output}; echo last >> ran"


rule side:
    input:
        lambda w: flag("sides", READ, ["a"]),
    output:
        "side",
    shell:
        "cp {input}/a {output}; echo side >> ran"


rule folder:
    input:
        "upper",
    output:
        directory("folder"),
    shell:
        "mkdir {output}; cp {input} {output}/a; cp {input} {output}/b; echo folder >> ran"


rule upper:
    input:
        "text",
    output:
        "upper",
    shell:
        "tr a-z A-Z < {input} > {output}; echo upper >> ran"
"""
LARGE = "a line of text\n" * 100_000  # above the 1 MB up to which Snakemake compares by content itself


def run(folder: Path, *arguments: str, word: str = "one") -> list[str]:
    """Run the workflow. Returns the rules whose commands ran, in order."""
    (folder / "ran").write_text("")
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments, "--config", f"word={word}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (folder / "ran").read_text().split()


@pytest.fixture
def finished(tmp_path):
    (tmp_path / "text").write_text(LARGE)
    assert run(tmp_path) == ["upper", "folder", "last"]
    return tmp_path


def test_jobs_below_one_that_wrote_the_same_bytes_are_not_run(finished):
    before = (finished / "last").read_bytes()
    (finished / "text").write_text(LARGE.replace("line", "LINE"))
    assert run(finished) == ["upper"] and run(finished) == []
    assert (finished / "last").read_bytes() == before
    (finished / "text").write_text(LARGE.replace("line", "row"))
    assert run(finished) == ["upper", "folder", "last"] and run(finished) == []
    assert (finished / "last").read_text().startswith("A ROW OF TEXT")


def test_of_a_folder_only_the_files_count_that_a_job_reads(tmp_path):
    folder = tmp_path / "sides"
    folder.mkdir()
    (folder / "a").write_text("1")
    assert run(tmp_path, "side") == ["side"]
    for name, ran in (("b", []), ("a", ["side"])):
        (folder / name).write_text("2")
        os.utime(folder)
        assert run(tmp_path, "side") == ran


def test_what_reads_the_two_languages_of_a_direction_says_so():
    rules = "\n".join(path.read_text() for path in ROOT.glob("rules/*.smk"))
    for rule in ("translate", "score", "compare", "encode_dev", "translate_pruned", "score_pruned"):
        (block,) = re.findall(rf"rule (?:\w+ as )?{rule}(?: with)?:\n(.*?)\n *output:", rules, re.S)
        assert re.search(r"(testset|text)=.*\bsides\(", block) and "testsets" not in block


@pytest.mark.slow
def test_a_file_with_another_time_and_the_same_content_makes_nothing(finished):
    (finished / "text").write_text(LARGE)
    assert run(finished) == []


@pytest.mark.slow
def test_a_job_with_another_parameter_runs_also_where_its_inputs_are_unchanged(finished):
    (finished / "text").write_text(LARGE.replace("line", "LINE"))
    assert run(finished, word="two") == ["upper", "last"]
    assert (finished / "last").read_text().endswith("two\n")


@pytest.mark.slow
def test_what_was_deleted_or_is_forced_is_made(finished):
    (finished / "last").unlink()
    assert run(finished, "--force", "upper") == ["upper"]
    assert run(finished) == ["last"]
    assert run(finished, "--forceall") == ["upper", "folder", "last"]


def test_the_digest_of_a_folder_is_of_names_and_content(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "x").write_text("1")
    first = digest(folder)
    (folder / ".snakemake_timestamp").touch()
    os.utime(folder / "x", (1, 1))
    assert digest(folder) == first
    (folder / "x").rename(folder / "y")
    second = digest(folder)
    (folder / "y").write_text("2")
    assert len({first, second, digest(folder)}) == 3
    of_one = digest(folder, ["y"])
    (folder / "z").write_text("3")
    assert digest(folder, ["y"]) == of_one != digest(folder)
