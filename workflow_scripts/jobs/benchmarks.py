"""What the jobs of a study cost, from the files of Snakemake's benchmarks: time, processor time, memory, GPUs."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600  # seconds


@dataclass
class Cost:
    """The sums over all jobs of a rule, and the memory of the largest."""

    jobs: int = 0
    hours: float = 0.0  # from beginning to end
    cpu_hours: float = 0.0
    gpu_hours: float = 0.0
    peak_gigabytes: float = 0.0  # resident


def costs(folder: Path, gpus: Mapping[str, int]) -> dict[str, Cost]:
    """Rule → what its jobs cost, the rule that took longest first; nothing where no benchmark was written.

    folder: holds `{rule}.tsv` and `{rule}/….tsv`; a job that ended before it could be measured has no number there.
    gpus: model → how many its training used. What they cost is the time of the whole job; translations are not counted.
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
    """Model → the GPUs of its training, as the last row of its metrics says; none where that says nothing."""
    last = {model: (runs / model / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1:] for model in models}
    return {model: int(json.loads(rows[0]).get("gpus", 0)) if rows else 0 for model, rows in last.items()}
