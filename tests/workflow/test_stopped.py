"""The toy study, killed in every rule and continued."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil

from tests.workflow.toy_study import command, contents, prepare

STEPS = {
    "workflow_scripts.corpora.clean",
    "workflow_scripts.corpora.hold_out",
    "workflow_scripts.corpora.decontaminate",
    "workflow_scripts.plan.run_config",
    "workflow_scripts.subwords.count_words",
    "workflow_scripts.subwords.learn_subwords",
    "workflow_scripts.dictionaries.induce_dictionary",
    "workflow_scripts.subwords.extend_vocabulary",
    "workflow_scripts.shards.encode",
    "workflow_scripts.substitution.substitute",
    "workflow_scripts.shards.check_leaks",
    "model.train",
    "model.translate",
    "workflow_scripts.evaluation.score",
    "workflow_scripts.evaluation.compare",
    "workflow_scripts.tables.tabulate",
    "workflow_scripts.evaluation.collect_scores",
    "workflow_scripts.figures.learning_curves",
    "workflow_scripts.figures.plot",
    "workflow_scripts.report.model_card",
    "workflow_scripts.report.report",
}


def running(process: subprocess.Popen, steps: set[str]) -> str | None:
    """One of the steps whose command runs somewhere below a process."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it ended while it was looked at
                if found := steps.intersection(child.cmdline()):
                    return found.pop()
    return None


def take_interrupts() -> None:
    """Undo what a shell does to its background jobs, which is to make them deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(folder: Path, steps: set[str], number: signal.Signals) -> str | None:
    """Start the study and signal everything while one of the steps runs; which one, or None where it ended first."""
    log = folder / "interrupted.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            command(folder), start_new_session=True, preexec_fn=take_interrupts, stdout=output, stderr=output
        )
    while not (step := running(process, steps)):
        if process.poll() is not None:
            assert process.returncode == 0, log.read_text()[-4000:]
            return None
        time.sleep(0.01)
    time.sleep(2.5 if step == "model.train" else 0.3)  # training is to have a checkpoint to continue from
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait()
    return step


def test_a_study_stopped_in_every_rule_ends_as_one_that_was_not(finished, tmp_path):
    folder, left, count = prepare(tmp_path / "stopped"), set(STEPS), 0
    while step := interrupted(folder, left, signal.SIGKILL if count % 2 else signal.SIGINT):
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
