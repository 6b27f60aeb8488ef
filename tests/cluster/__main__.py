"""`python -m tests.cluster [FOLDER]`: a toy study through Slurm, interrupted, beside the same study without Slurm.

Three trainings are jobs of a one-node cluster. One is requeued by Slurm while it works, as it is at a pre-emption.
Another comes near its time limit, a third is cancelled, and Snakemake sends both again. Before that, profiles that this
cluster cannot serve are refused. Models, translations and scores must be those of the
local run byte for byte, since both trained on the same processor with one thread.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from tests import ROOT
from tests.cluster.one_node import cluster, why_not
from tests.workflow.toy_study import STUDY, command, contents, prepare, snakemake

RUNS = ["requeued", "limited", "cancelled"]
TOY = {
    **{key: STUDY[key] for key in ("study", "testsets", "subwords", "model", "search")},
    "corpora": STUDY["corpora"][:1],
    "pairs": {"pretrain": ["en-es"]},
    "training": {**STUDY["training"], "updates": 300, "evaluate_every": 100, "checkpoint_every": 25},
    "runs": {name: {"train_on": "pretrain", "target": "es"} for name in RUNS},
    "tables": {"main": {"runs": RUNS}},
}
ONE_THREAD = ("--set-threads", "train=1")
# What this cluster needs beside the profile: no accounts, and answers sooner. Logs are kept to be shown.
OPTIONS = [
    *("--profile", str(ROOT / "profiles/cluster"), "--slurm-no-account"),
    *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "5", "--latency-wait", "10"),
    "--slurm-keep-successful-logs",
    *ONE_THREAD,
]
# What the profile may say wrongly, and what Snakemake then says before it sends anything.
REFUSED = {
    "--default-resources mem_mb=2000": ": no partition; set slurm_partition in the profile",
    "--set-resources train:slurm_partition=long": "train: this cluster has no partition long (cpu, gpu, bare)",
    "--set-resources train:slurm_partition=bare train:gpu=1": "train: no machine of the partition bare has a GPU; set",
}
RESULTS = ("runs/*/model/*", "translations/**/*.txt", "scores/**/*.json", "scores.tsv", "tables/*")


def until(question: Callable[[], Any], seconds: int = 1800) -> Any:
    """The first answer to a question that is anything. Raises TimeoutError."""
    for _ in range(seconds * 2):
        if answer := question():
            return answer
        time.sleep(0.5)
    raise TimeoutError(question.__doc__)


class Training:
    """A training of the study, as a job of the cluster."""

    def __init__(self, folder: Path, run: str):
        self.run, self.folder = run, folder / "results/toy/runs" / run

    def checkpoints(self) -> list[Path]:
        """Checkpoints that are whole."""
        return sorted(path for path in self.folder.glob("checkpoints/update-*") if path.suffix != ".part")

    def process(self) -> psutil.Process | None:
        """The process that trains, not one that has it among its words."""
        words = ["-m", "model.train", f"results/toy/runs/{self.run}/run.json"]
        return next((p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[1:4] == words), None)

    def job(self) -> str:
        """The number of its job in Slurm."""
        shown = slurm("squeue", "-h", "-t", "R", "-o", "%i|%k").splitlines()
        return next(line.split("|")[0] for line in shown if f"rule_train_wildcards_toy_{self.run}" in line)

    def hold_still(self) -> psutil.Process:
        """Stop it where it has a checkpoint, so that what is to happen to it happens before its end."""
        until(self.checkpoints)
        process = until(self.process)
        process.send_signal(signal.SIGSTOP)
        return process


def slurm(*words: str) -> str:
    """What a command of Slurm answers."""
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def is_still(process: psutil.Process) -> bool:
    """Whether a process that was stopped has neither been woken nor ended."""
    try:
        return process.status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def requeue(training: Training) -> None:
    """Let Slurm take a training's machine away and start it again."""
    process, job = training.hold_still(), training.job()
    slurm("scontrol", "requeue", job)
    until(lambda: not is_still(process))
    print(f"{training.run}: job {job} requeued at {training.checkpoints()[-1].name}", flush=True)


def limit(training: Training) -> None:
    """Let a training come so near its limit that Slurm sends the signal of the profile, which wakes it."""
    process, job = training.hold_still(), training.job()
    slurm("scontrol", "update", f"JobId={job}", "TimeLimit=6")
    until(lambda: not is_still(process))
    print(f"{training.run}: job {job} told of its limit after {training.checkpoints()[-1].name}", flush=True)


def cancel(training: Training) -> None:
    """Take a training out of the queue while it works, as somebody would by hand."""
    process, job = training.hold_still(), training.job()
    slurm("scancel", job)
    until(lambda: not is_still(process))
    print(f"{training.run}: job {job} cancelled at {training.checkpoints()[-1].name}", flush=True)


INTERRUPTIONS = {"requeued": requeue, "limited": limit, "cancelled": cancel}


def refusals(folder: Path) -> None:
    """Start the study by profiles that do not fit the cluster, and show what is said."""
    for words, said in REFUSED.items():
        tried = subprocess.run(command(folder, *OPTIONS, *words.split()), capture_output=True, text=True, timeout=600)
        lines = [line for line in tried.stderr.splitlines() if line.startswith("error:")]
        assert tried.returncode and len(lines) == 1 and said in lines[0], tried.stderr
        print(lines[0], flush=True)


def through_slurm(folder: Path) -> None:
    """Run the study by the profile, and interrupt its trainings."""
    log = folder / "snakemake.log"
    with open(log, "w") as output:
        running = subprocess.Popen(command(folder, *OPTIONS), stdout=output, stderr=output)
        try:
            with ThreadPoolExecutor() as threads:  # each is to be caught before it ends
                caught = [threads.submit(happen, Training(folder, run)) for run, happen in INTERRUPTIONS.items()]
            for interruption in caught:
                interruption.result()
            running.wait(3600)
        finally:
            running.terminate()
            running.wait()
    if running.returncode:
        sys.exit(f"error: {log}: {log.read_text()[-6000:]}")


def check(local: Path, clustered: Path) -> None:
    """Compare results, and show from the logs of Slurm what happened to the trainings."""
    for pattern in RESULTS:
        first, second = (contents(folder / "results/toy", pattern) for folder in (local, clustered))
        assert first and first == second, pattern
        print(f"{pattern}: {len(first)} files, the same bytes")
    for path in sorted(clustered.glob(".snakemake/slurm_logs/rule_train/*/*.log")):
        told = [line for line in path.read_text().splitlines() if line.startswith((*RUNS, "SIG", "slurmstepd"))]
        print(f"--- job {path.stem}", *told, sep="\n")


def main() -> None:
    """Both runs, and what differs."""
    if reason := why_not():
        print(f"skipped: {reason}")
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    work = Path(*sys.argv[1:] or [tempfile.mkdtemp()]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    local, clustered = prepare(work / "local", TOY), prepare(work / "clustered", TOY)
    snakemake(local, *ONE_THREAD)
    print("the study ran without Slurm", flush=True)
    with cluster(work / "slurm"):
        refusals(clustered)
        through_slurm(clustered)
    check(local, clustered)


if __name__ == "__main__":
    main()
