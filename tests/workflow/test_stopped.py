"""The toy study, stopped at some moment and continued: it ends as if nothing had happened."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from tests import ROOT
from tests.workflow.toy_study import STUDY, command, contents, copied, prepare, snakemake

RULES = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("rules/*.smk"))
STEPS = {*re.findall(r"-m ((?:model|workflow_scripts)\.[\w.]+)", RULES)} - {"model.machine.lease"}  # which runs others
# Ways to stop a study: a signal to Snakemake and all its processes, or SIGKILL to the process of the step alone.
ENDS = (signal.SIGINT, signal.SIGKILL, signal.SIGTERM, None)


def commands(process: subprocess.Popen | BaseProcess) -> Iterator[tuple[psutil.Process, list[str]]]:
    """The processes below one, and their command lines."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it ended while it was looked at
                yield child, child.cmdline()


def running(process: subprocess.Popen, steps: set[str]) -> str | None:
    """One of the steps whose command runs somewhere below a process."""
    return next((found.pop() for _, words in commands(process) if (found := steps.intersection(words))), None)


def take_interrupts() -> None:
    """Undo what a shell does to its background jobs, which is to make them deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def stopped(
    folder: Path, moment: Callable[[subprocess.Popen], str | None], end: int | None, *targets: str
) -> str | None:
    """Start the study and stop it at some moment; what the moment is, or None where the study ended first.

    One job runs at a time: beside the one that is stopped, no other can end without being seen.

    end: the signal to Snakemake and all its processes, or None for SIGKILL to the step of the moment alone.
    """
    log = folder / "stopped.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            command(folder, "--cores", "1", *targets),
            start_new_session=True,
            preexec_fn=take_interrupts,
            stdout=output,
            stderr=output,
        )
    while not (found := moment(process)):
        if process.poll() is not None:
            assert process.returncode == 0, log.read_text()[-4000:]
            return None
        time.sleep(0.01)
    if found in STEPS:  # stop it at work; training is to have a checkpoint to continue from
        end_of_wait = time.monotonic() + (2.5 if found == "model.train" else 0.3)
        while time.monotonic() < end_of_wait and running(process, {found}):
            time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError, psutil.Error):
        at_work = [child for child, words in commands(process) if found in words]
        if end or not at_work:
            os.killpg(process.pid, end or signal.SIGKILL)
        else:
            for child in at_work:
                child.kill()
    process.wait()
    return found


def test_a_training_killed_after_a_checkpoint_ends_as_one_that_was_not(finished, tmp_path):
    folder = copied(finished, tmp_path / "killed")
    direct, made = "results/toy/runs/direct/gl-en", "results/toy/translations/direct/gl-en/test.gl-en.txt"
    (folder / made).unlink()

    def checkpoint(_: subprocess.Popen) -> str | None:
        return next((path.name for path in folder.glob(f"{direct}/checkpoints/update-*")), None)

    while (folder / direct / "model").exists():  # it may also end before it is killed
        shutil.rmtree(folder / direct)
        assert stopped(folder, checkpoint, signal.SIGKILL, made)
    snakemake(folder, made)
    for pattern in (f"{direct}/model/*", made):
        first, second = contents(finished, pattern), contents(folder, pattern)
        assert first and first == second, pattern


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, {**STUDY, "seed": 2, "filters": {"words": {"max": 11}}}])
def test_a_study_stopped_in_every_rule_ends_as_one_that_was_not(finished, tmp_path, before):
    folder, left, count = tmp_path / "stopped", set(STEPS), 0
    if before:
        snakemake(prepare(folder, before))  # each job then takes the place of one with other settings
    prepare(folder)
    while step := stopped(folder, lambda process: running(process, left), ENDS[count % 4]):
        left.remove(step)
        count += 1
    assert not left & {
        "workflow_scripts.subwords.learn_subwords",
        "workflow_scripts.shards.encode",
        "model.train",
        "model.translate",
    }
    assert count >= 12
    for pattern in ("text/*.parquet", "shards/*/*/*.parquet", "runs/**/model/*", "translations/**/*.txt", "scores.tsv"):
        first, second = (contents(f / "results" / "toy", pattern) for f in (finished, folder))
        assert first and first == second, pattern
    assert not list((folder / "results").rglob("*.part"))
