"""A study in which every rule has a job, and which is finished without any work: its outputs are empty files."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.workflow.toy_study import command, prepare
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study

HELD_OUT = {"source": "held_out", "segments": 20, "min_words": 4}
FIGURES = {
    "curves": {"kind": "learning_curves", "runs": ["mrasp", "direct"]},
    "languages": {"kind": "correlation", "runs": ["cd"]},
    "tasks": {"kind": "task_correlation", "runs": ["cd"], "objectives": ["translation", "cd"]},
    "spread": {"kind": "violin", "runs": ["mrasp"]},
    "pruned": {"kind": "pruning", "runs": ["mrasp"], "ratios": [0.3]},
    "words": {"kind": "similarity", "runs": ["mrasp"]},
    "plane": {"kind": "projection", "runs": ["mrasp"]},
    "nearest": {"kind": "retrieval", "runs": ["mrasp"]},
    "steps": {"kind": "scores", "number": "pairs", "lines": {"ours": {"1": "direct", "2": "mrasp_ft"}}},
    "gained": {"kind": "gains", "table": "main", "runs": ["mrasp_ft"]},
    "amounts": {"kind": "sizes", "runs": ["mrasp"]},
}
WEB = {
    "id": "url:web/1/en-gl", "address": "https://example.org/en-gl.tsv", "format": "tsv",
    "columns": {"first": 0, "second": 1}, "sha256": "ab" * 32,
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
    "training": {"updates": 40, "warmup": 5},
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
    },
    "tables": {
        "main": {
            "runs": ["direct", "mrasp_ft"],
            "baseline": "direct",
            "groups": {"low": {"pairs": ["en-gl"]}},
            "published": [{"label": "Theirs", "source": "a paper", "metric": "sacrebleu", "values": {"en-gl": 1.5}}],
        },
        "pretrained": {"runs": ["mrasp", "switched", "cd", "bt"], "test_sets": ["test", "mine"]},
        "cases": {"kind": "samples", "runs": ["direct", "mrasp_ft"], "directions": ["gl-en"]},
        "counts": {"kind": "corpora", "runs": ["mrasp"]},
    },
    "figures": FIGURES,
}
TARGETS = ("all", "all_tables", "all_figures", "shards")
FOLDERS = re.compile(r"/(shards/\w+/[\w-]+|runs/.*/model|runs/\w+/model|testsets/\w+|pruning/.*/model)$")


def finish(folder: Path) -> Path:
    """A folder with the study finished: every output is there, and Snakemake knows that it made it."""
    prepare(folder, EVERYTHING)
    (folder / "words.tsv").write_text("cat\tgatu\n")
    for path, need in Plan(parse_study(EVERYTHING, "toy.yaml")).supplies.needs.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
        (folder / f"{path}.json").write_text(json.dumps({"sha256": need.resource.expected.sha256}))
    planned = run(folder, "--dry-run", *TARGETS)
    outputs = [name for line in re.findall(r"^    output: (.*)$", planned, re.M) for name in line.split(", ")]
    for output in outputs:
        path = folder / output.removesuffix(" (temporary)")
        if FOLDERS.search(output):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    run(folder, "--touch", *TARGETS)
    return folder


def run(folder: Path, *arguments: str) -> str:
    """What Snakemake says."""
    done = subprocess.run(command(folder, *arguments), cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr
