"""Drop every row of a text with a side that is in a test or dev set, in any language.

`python -m workflow_scripts.corpora.decontaminate --settings s.json --testsets test/ dev/ --cleaned a.parquet --report
a.json b.parquet b.json`. On request, rows that share n-grams of words with a test segment are counted, and dropped if
they have a large share of them. Under a limit only so many rows are kept, those with the smallest hashes, as if there
were no more text. The text is read twice, once to judge each row and once to copy the rows that are kept. It is never
held in memory.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from model.command import UserError, parser, run
from model.records import write_json
from workflow_scripts.drops import Drops, count_rows
from workflow_scripts.parallel import in_order
from workflow_scripts.settings.corpora import Decontaminating
from workflow_scripts.settings.record import read_settings
from workflow_scripts.text.files import lines_of, read_batches, write_batches
from workflow_scripts.text.held_out import HELD_OUT, held_out_keys, held_out_overlaps
from workflow_scripts.text.matching import matching_keys, ranks

OVERLAPPING = "overlaps_a_test_or_dev_set"
OVER_LIMIT = "over_the_limit"
Mask = np.ndarray  # bool, one a row


class Job(NamedTuple):
    """One batch to judge. Without a seed, rows get no rank."""

    batch: pa.RecordBatch
    testsets: tuple[Path, ...]
    settings: Decontaminating


class Judged(NamedTuple):
    """What is said of each row of a batch."""

    held_out: Mask  # whether some side is a held-out segment
    shares: np.ndarray  # the largest share of the n-grams of one that a side has, float64; 0 if nobody asks
    ranks: np.ndarray  # for a limit, uint64; none without one


def judge(job: Job) -> Judged:
    """Judge one batch."""
    wanted, seed = job.settings.decontamination, job.settings.seed
    columns = [lines_of(column) for column in job.batch.columns[:-1]]
    held_out = held_out_keys(job.testsets, wanted.min_words)
    sides = [[key in held_out for key in matching_keys(lines)] for lines in columns]
    shares = np.zeros((1, job.batch.num_rows))
    if wanted.ngrams:
        overlaps = held_out_overlaps(job.testsets, wanted.ngrams, wanted.min_words)
        shares = np.array([overlaps.shares(lines) for lines in columns])
    rows = map("\t".join, zip(*columns, strict=True)) if seed is not None else ()
    return Judged(np.logical_or.reduce(np.array(sides, bool)), shares.max(axis=0), ranks(rows, seed or 0))


def judged_rows(cleaned: Path, testsets: Sequence[Path], settings: Decontaminating, threads: int) -> Judged:
    """Judge all rows of a text."""
    jobs = (Job(batch, tuple(testsets), settings) for batch in read_batches(cleaned))
    nothing = Judged(np.zeros(0, bool), np.zeros(0), np.zeros(0, np.uint64))
    parts = [nothing, *in_order(judge, jobs, threads)]
    return Judged(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def reasons_of(judged: Judged, settings: Decontaminating) -> dict[str, Mask]:
    """Reason → the rows that are dropped for it."""
    share, limit = settings.decontamination.share, settings.limit
    reasons = {HELD_OUT: judged.held_out}
    if settings.decontamination.ngrams and share is not None:
        reasons[OVERLAPPING] = ~judged.held_out & (judged.shares >= share)
    free = ~np.logical_or.reduce(list(reasons.values()))
    if limit and limit < free.sum():
        reasons[OVER_LIMIT] = free & ~within_limit(free, judged.ranks, limit)
    return reasons


def within_limit(free: Mask, ranked: np.ndarray, limit: int) -> Mask:
    """Whether each row is among the `limit` free rows with the smallest ranks."""
    rows = np.flatnonzero(free)
    chosen = np.zeros(len(free), bool)
    chosen[rows[np.argsort(ranked[rows], kind="stable")[:limit]]] = True
    return chosen


def copy(cleaned: Path, reasons: dict[str, Mask], drops: dict[str, Drops]) -> Iterator[pa.RecordBatch]:
    """The rows of a text that no mask marks. The others are counted by corpus."""
    start = 0
    for batch in read_batches(cleaned):
        marked = {reason: mask[start : start + batch.num_rows] for reason, mask in reasons.items()}
        start += batch.num_rows
        for corpus in pc.unique(batch["corpus"]).to_pylist():
            of_corpus = pc.equal(batch["corpus"], corpus).to_numpy(zero_copy_only=False)
            for reason, mask in marked.items():
                count_rows(drops.setdefault(corpus, Drops()), reason, mask & of_corpus, batch.columns[:-1])
        yield batch.filter(pa.array(~np.logical_or.reduce(list(marked.values()))))


def added(report: dict[str, Any], drops: Drops) -> dict[str, Any]:
    """A cleaning report, of all corpora or of one, with what was dropped after cleaning."""
    count = drops.counts.total()
    changed = {"lines_out": report["lines_out"] - count, "dropped": {**report["dropped"], **drops.counts}}
    examples = {"examples": {**report["examples"], **drops.examples}} if "examples" in report else {}
    return {**report, **changed, **examples}


def main() -> None:
    """Decontaminate one text."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--testsets", type=Path, nargs="+", required=True, help="folders of all of them")
    arguments.add_argument("--cleaned", type=Path, required=True)
    arguments.add_argument("--report", dest="before", type=Path, required=True, help="report of the cleaning")
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("text", type=Path)
    arguments.add_argument("report", type=Path)
    options = arguments.parse_args()
    settings, schema = read_settings(Decontaminating, options.settings), pq.read_schema(options.cleaned)
    judged = judged_rows(options.cleaned, options.testsets, settings, options.threads)
    reasons = reasons_of(judged, settings)
    if sum(int(mask.sum()) for mask in reasons.values()) == len(judged.held_out):
        raise UserError(f"{options.cleaned}: nothing is left beside the test sets; lower testsets.*.segments")
    drops: dict[str, Drops] = {}
    write_batches(options.text, schema, copy(options.cleaned, reasons, drops))
    report = json.loads(options.before.read_text(encoding="utf-8"))
    total = Drops()
    total.counts.update({reason: int(mask.sum()) for reason, mask in reasons.items()})
    corpora = {name: added(one, drops.get(name, Drops())) for name, one in report["corpora"].items()}
    report = {**added(report, total), "corpora": corpora}
    name, said = "-".join(schema.names[:-1]), f"{report['lines_out']:,} of {len(judged.held_out):,} segments kept"
    if ngrams := settings.decontamination.ngrams:
        report["overlapping"] = {"ngrams": ngrams, "segments": int(((judged.shares > 0) & ~judged.held_out).sum())}
        said += f"; {report['overlapping']['segments']:,} have {ngrams} words in a row of a test or dev set"
    write_json(options.report, report)
    print(f"{name}: {said}")


if __name__ == "__main__":
    run(main)
