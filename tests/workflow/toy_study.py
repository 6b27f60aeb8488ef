"""The toy study, and how tests run it by the real Snakefile.

A finished toy study is made once and shared: tests read it and plan dry runs of it. Who changes results takes a copy.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests import ROOT
from tests.toy import sentences

STUDY = {
    "study": "toy",
    "corpora": [
        {"id": "file:spanish/1", "files": {"en": "es.en", "es": "es.es"}},
        {"id": "file:portuguese/1", "files": {"en": "pt.en", "pt": "pt.pt"}},
        {"id": "file:galician/1", "files": {"en": "gl.en", "gl": "gl.gl"}},
    ],
    "pairs": {"pretrain": ["en-es", "en-pt"], "downstream": ["en-gl"]},
    "limits": {"en-gl": 60},
    "testsets": {
        "test": {"source": "held_out", "segments": 20},
        "dev": {"source": "held_out", "segments": 10},
    },
    "subwords": {"merges": 40, "min_count": 1},
    "dictionaries": {"min_count": 2},
    "model": {
        "width": 16, "feedforward": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "max_positions": 64
    },
    "training": {"updates": 40, "batch_tokens": 300, "learning_rate": 5e-3, "warmup": 5, "evaluate_every": 5},
    "search": {"beam": 2},
    "runs": {
        "mrasp": {"train_on": "pretrain", "shards": ["original", "substituted"]},
        "direct": {"train_on": "downstream", "per": "direction", "target": "en"},
        "mrasp_ft": {"train_on": "downstream", "per": "direction", "target": "en", "init": "mrasp"},
        "na_mrasp": {"train_on": "pretrain"},
    },
    "tables": {
        "main": {"runs": ["direct", "mrasp_ft"], "baseline": "direct"},
        "ablation": {"runs": ["mrasp", "na_mrasp"], "default": False},
        "cases": {"kind": "samples", "runs": ["direct", "mrasp_ft"], "directions": ["gl-en"], "segments": 2},
        "counts": {"kind": "corpora", "runs": ["mrasp"]},
    },
    "figures": {
        "learning_curves": {"runs": ["mrasp", "direct"]},
        "words": {"kind": "similarity", "runs": ["mrasp"], "default": False},
        "retrieval": {"kind": "retrieval", "runs": ["mrasp"], "default": False},
        "sizes": {"kind": "sizes", "runs": ["mrasp"], "default": False},
        "steps": {
            "kind": "scores", "number": "steps", "default": False, "lines": {"gl": {1: "direct", 2: "mrasp_ft"}}
        },
        "plane": {"kind": "projection", "runs": ["mrasp", "na_mrasp"], "pairs": ["en-pt"], "default": False},
    },
}  # fmt: skip


def prepare(folder: Path, study: dict = STUDY) -> Path:
    """A folder with the study and its text."""
    folder.mkdir(exist_ok=True)
    for number, (language, ending) in enumerate((("es", "s"), ("pt", "m"), ("gl", "x"))):
        pairs = sentences(250, seed=number, ending=ending)
        for code, side in (("en", 0), (language, 1)):
            text = "".join(pair[side] + "\n" for pair in pairs)
            (folder / f"{language}.{code}").write_text(text, encoding="utf-8")
    (folder / "toy.yaml").write_text(yaml.safe_dump(study))
    return folder


def copied(folder: Path, new: Path, study: dict = STUDY) -> Path:
    """A copy of a study's folder, to be changed; Snakemake sees that nothing in it is to be made again."""
    shutil.copytree(folder, new, ignore=shutil.ignore_patterns("log", "tmp*"))
    (new / "toy.yaml").write_text(yaml.safe_dump(study))
    return new


def command(folder: Path, *arguments: str, study: Path | None = None) -> list[str]:
    """Snakemake at work in a folder, on the study in it or another. Each job has one thread: two work side by side."""
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--configfile", str(study or folder / "toy.yaml"), "--cores", "2", "--max-threads", "1", *arguments),
    ]


def snakemake(folder: Path, *arguments: str, study: Path | None = None) -> str:
    """What Snakemake says, of work that it ends without a mistake."""
    done = subprocess.run(command(folder, *arguments, study=study), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done.stdout + done.stderr


def scheduled(folder: Path, *arguments: str, study: dict[str, Any] | None = None) -> set[str]:
    """What a dry run would do, as `rule`, or `rule wildcard` for the rules that make one model or score.

    study: in place of the one that the folder was made by.
    """
    with tempfile.TemporaryDirectory() as other:
        if study:
            Path(other, "toy.yaml").write_text(yaml.safe_dump(study))
        said = snakemake(folder, "--dry-run", *arguments, study=Path(other, "toy.yaml") if study else None)
    jobs = set()
    for block in re.split(r"\n(?=(?:local)?rule )", said):
        if found := re.match(r"(?:local)?rule (\w+):", block):
            run = re.search(r"wildcards: .*\brun=([^,\n]+)", block)
            jobs.add(f"{found[1]} {run[1]}" if run else found[1])
    return jobs - {"all", "all_tables", "all_figures", *STUDY["tables"], *STUDY["figures"]}


def contents(folder: Path, pattern: str) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.glob(pattern)) if p.is_file()}
