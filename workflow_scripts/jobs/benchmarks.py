"""Time, CPU time, memory and GPU time of the jobs of a study, from Snakemake's benchmark files."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600  # seconds


@dataclass
class Cost:
    """The sums over all jobs of a rule, and the memory of the largest job."""

    jobs: int = 0
    hours: float = 0.0  # wall-clock time
    cpu_hours: float = 0.0
    gpu_hours: float = 0.0
    peak_gigabytes: float = 0.0  # resident


def costs(folder: Path, gpus: Mapping[str, int]) -> dict[str, Cost]:
    """Rule → cost of its jobs, the rule that took longest first. Rules without benchmarks are not there.

    folder: has `{rule}.tsv` and `{rule}/….tsv`. A job that ended before the first measurement has no numbers there.
    gpus: model → number of GPUs of its training. Their time is that of the whole job. GPUs of other rules do not count.
    """
    found: dict[str, Cost] = defaultdict(Cost)
    for path in sorted(folder.rglob("*.tsv")):
        rule, _, job = str(path.relative_to(folder).with_suffix("")).partition("/")
        cost = found[rule]
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                hours = _number(row["s"]) / HOUR
                cost.jobs += 1
                cost.hours += hours
                cost.cpu_hours += _number(row["cpu_time"]) / HOUR
                cost.gpu_hours += hours * gpus.get(job, 0) if rule == "train" else 0
                cost.peak_gigabytes = max(cost.peak_gigabytes, _number(row["max_rss"]) * 2**20 / 1e9)
    return dict(sorted(found.items(), key=lambda item: (-item[1].hours, item[0])))


def _number(cell: str | None) -> float:
    try:
        return float(cell or 0)
    except ValueError:  # `NA` or `-`
        return 0.0


def gpus_used(runs: Path, models: Iterable[str]) -> dict[str, int]:
    """Model → number of GPUs of its training, from the last row of its metrics; 0 if the row does not say it."""
    last = {model: (runs / model / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1:] for model in models}
    return {model: int(json.loads(rows[0]).get("gpus", 0)) if rows else 0 for model, rows in last.items()}
