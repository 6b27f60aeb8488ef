"""A study in which every rule has a job, and what Snakemake plans for it and for studies that differ from it."""

import json
import pickle
import re
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from snakemake.cli import main
from snakemake.executors.dryrun import Executor

from tests import ROOT
from tests.workflow.toy_study import command, prepare
from workflow_scripts.jobs.failures import OF_A_MODEL, SUBWORDS

PUBLISHED = ROOT / "tests/model/interop/huggingface/nllb"
HELD_OUT = {"source": "held_out", "segments": 20, "min_words": 4}
FIGURES = {
    "curves": {"kind": "learning_curves", "runs": ["mrasp", "direct"]},
    "languages": {"kind": "correlation", "runs": ["cd"]},
    "tasks": {"kind": "task_correlation", "runs": ["cd"], "objectives": ["translation", "cd"]},
    "spread": {"kind": "violin", "runs": ["mrasp"]},
    "pruned": {"kind": "pruning", "runs": ["mrasp"], "ratios": [0.3]},
    "words": {"kind": "similarity", "runs": ["mrasp"]},
    "plane": {"kind": "projection", "runs": ["mrasp"]},
    "nearest": {"kind": "retrieval", "runs": ["mrasp", "mrasp@20"]},
    "steps": {"kind": "scores", "number": "pairs", "lines": {"ours": {"1": "direct", "2": "mrasp_ft"}}},
    "gained": {"kind": "gains", "table": "main", "runs": ["mrasp_ft"]},
    "amounts": {"kind": "sizes", "runs": ["mrasp"]},
}
WEB = {
    "id": "url:web/1/en-gl", "address": "https://example.org/en-gl.tsv", "format": "tsv",
    "columns": {"first": 0, "second": 1}, "sha256": "ab" * 32,
}  # fmt: skip
CLAIM = {
    "claim": "more updates help", "source": "a paper, figure 1", "paper": "higher", "figure": "nearest", "run": "mrasp",
    "baseline": "mrasp@20",
}  # fmt: skip
EVERYTHING: dict[str, Any] = {
    "study": "toy",
    "mode": "tofu",
    "corpora": [
        {"id": "file:spanish/1", "files": {"en": "es.en", "es": "es.es"}},
        {"id": "file:portuguese/1", "files": {"en": "pt.en", "pt": "pt.pt"}},
        {"id": "file:galician/1", "files": {"en": "gl.en", "gl": "gl.gl"}},
        WEB,
    ],
    "monolingual": [
        {"id": "file:mono/1/gl", "files": {"gl": "gl.gl"}},
        {"id": "file:mono/1/es", "files": {"es": "es.es"}},
        {"id": "file:mono/1/pt", "files": {"pt": "pt.pt"}},
    ],
    "pairs": {"pretrain": ["en-es", "en-pt"], "downstream": ["en-gl"]},
    "limits": {"en-gl": 60},
    "testsets": {
        "test": HELD_OUT,
        "dev": HELD_OUT,
        "mine": {"id": "file:mine/1", "files": {"en": "pt.en", "pt": "pt.pt", "gl": "pt.pt"}},
    },
    "subwords": {"merges": 40, "min_count": 1},
    "dictionaries": {"sources": [{"id": "file:words/1/en-es", "address": "words.tsv", "format": "tsv"}, "induced"]},
    "backtranslation": {"run": "direct"},
    "model": {
        "width": 16,
        "feedforward": 32,
        "heads": 2,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "max_positions": 64,
    },
    "training": {"updates": 40, "warmup": 5, "evaluate_every": 10},
    "search": {"beam": 2},
    "runs": {
        "mrasp": {"train_on": "pretrain", "shards": ["original", "substituted"]},
        "switched": {"train_on": "pretrain", "shards": ["codeswitched"]},
        "cd": {
            "train_on": "pretrain",
            "objectives": {"translation": 1, "cd": 1},
            "intra_distillation": {"passes": 2},
            "training": {"batches_per_update": 2},
        },
        "direct": {"train_on": "downstream", "per": "direction"},
        "mrasp_ft": {"train_on": "downstream", "per": "direction", "init": "mrasp"},
        "bt": {"train_on": "downstream", "source": "en", "shards": ["original", "backtranslated"]},
        "published": {"train_on": "downstream", "external": {"huggingface": str(PUBLISHED)}},
        "copied": {"train_on": "downstream", "external": {"model": "copied"}},
        "theirs": {"train_on": "downstream", "source": "en", "target": "gl", "external": {"translations": "theirs"}},
    },
    "tables": {
        "main": {
            "runs": ["direct", "mrasp_ft"],
            "baseline": "direct",
            "groups": {"low": {"pairs": ["en-gl"]}},
            "published": [{"label": "Theirs", "source": "a paper", "metric": "sacrebleu", "values": {"en-gl": 1.5}}],
        },
        "pretrained": {"runs": ["mrasp", "switched", "cd", "bt"], "test_sets": ["test", "mine"]},
        "outside": {"runs": ["published", "copied", "theirs"]},
        "cases": {"kind": "samples", "runs": ["direct", "mrasp_ft"], "directions": ["gl-en"]},
        "counts": {"kind": "corpora", "runs": ["mrasp"]},
        "tuning": {"kind": "search", "runs": ["mrasp"], "length_penalties": [1.0, 2.0]},
        "claims": {"kind": "claims", "claims": [CLAIM]},
    },
    "figures": FIGURES,
}
TARGETS = ("all", "all_tables", "all_figures", "shards")


class Job(NamedTuple):
    """A job of a dry run, with all that Snakemake compares in order to run it again."""

    rule: str
    output: frozenset[str]
    input: frozenset[str]
    ancient: frozenset[str]  # the inputs that may be made again without it
    params: str


def write_text(folder: Path) -> Path:
    """A folder with the text of the study."""
    prepare(folder, EVERYTHING)
    (folder / "words.tsv").write_text("cat\tgatu\n")
    for name in ("copied/config.json", "theirs/test.en-gl.txt", "other/config.json", "other/test.en-gl.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


def jobs(folder: Path, study: dict[str, Any]) -> list[Job]:
    """All jobs of a study, planned by the real Snakefile, in a process that has loaded Snakemake already."""
    with tempfile.TemporaryDirectory() as other:
        Path(other, "toy.yaml").write_text(yaml.safe_dump(study))
        arguments = command(folder, "--dry-run", "--printshellcmds", *TARGETS, study=Path(other, "toy.yaml"))[3:]
        process = started(arguments, Path(other, "said"))
        process.join()
        said = Path(other, "said").read_text()
        assert process.exitcode == 0, said[-3000:]
        return [Job(*job) for job in pickle.loads(Path(other, "said.jobs").read_bytes())]


def started(arguments: list[str], said: Path) -> BaseProcess:
    """Snakemake at work, in a process that has loaded it already. What it says goes to a file."""
    process = get_context("fork").Process(target=_snakemake, args=(arguments, said))
    process.start()
    return process


def _snakemake(arguments: list[str], said: Path) -> None:
    """What Snakemake says goes to a file, and the jobs that it plans to another."""
    planned = []

    def run_job(executor: Executor, job: Any) -> None:
        if job.output:
            inputs, ancient = frozenset(job.input), frozenset(file for file in job.input if file.is_ancient)
            params = str(executor.workflow.persistence._params(job))
            files = ({str(file) for file in files} for files in (job.output, inputs, ancient))
            planned.append((job.rule.name, *map(frozenset, files), params))
        was(executor, job)

    was, Executor.run_job = Executor.run_job, run_job
    with open(said, "w") as file, redirect_stdout(file), redirect_stderr(file):
        try:
            main(arguments)
        finally:
            Path(f"{said}.jobs").write_bytes(pickle.dumps(planned))


def take_as_finished(folder: Path) -> None:
    """Make a folder with the study and with empty results, which Snakemake takes as finished. `jobs` has its jobs."""
    found = jobs(write_text(folder), EVERYTHING)
    (folder / "jobs").write_bytes(pickle.dumps([tuple(job) for job in found]))
    for output in (output for job in found for output in job.output):
        path = folder / output
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(exist_ok=True) if re.search(r"/(model|testsets/\w+|shards/\w+/[\w-]+)$", output) else path.touch()
    for model in folder.glob("results/toy/runs/**/model"):
        for name in (*OF_A_MODEL, SUBWORDS[0]):
            (model / name).touch()
    (fetched,) = {path for job in found for path in job.input if path.startswith("resources/")}
    (folder / fetched).write_text(json.dumps({"sha256": WEB["sha256"]}))
    (folder / fetched).with_suffix("").touch()
    process = started(command(folder, "--touch", "--forceall", "--notemp", *TARGETS)[3:], folder / "said")
    process.join()
    assert process.exitcode == 0, (folder / "said").read_text()[-3000:]


def rules_again(before: list[Job], after: list[Job]) -> set[str]:
    """The rules whose jobs Snakemake runs again in a finished study: by its triggers input and params.

    A job is run that was not there, that has other inputs or parameters, or an input that a job before it writes.
    """
    known, written, rules = set(before), set[str](), set[str]()
    waiting = list(after)
    while ready := [job for job in waiting if job not in known or (job.input - job.ancient) & written]:
        for job in ready:
            waiting.remove(job)
            written |= job.output
            rules.add(job.rule)
    return rules
