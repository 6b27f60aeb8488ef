"""Drop every row of a text with a side that is in a test or dev set, in any language.

`python -m workflow_scripts.corpora.decontaminate --testsets test/ dev/ --cleaned a.parquet --report a.json b.parquet
b.json`. With `--limit` only so many rows are kept, those with the smallest hashes, as if there were no more text. The
text is read twice, once to judge each row and once to copy the rows that are kept. It is never held in memory.
"""

import json
from collections.abc import Iterator
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
from workflow_scripts.text.files import lines_of, read_batches, write_batches
from workflow_scripts.text.held_out import HELD_OUT, held_out_keys
from workflow_scripts.text.matching import matching_keys, ranks

OVER_LIMIT = "over_the_limit"
Mask = np.ndarray  # bool, one a row


class Job(NamedTuple):
    """One batch to judge. Without a seed, rows get no rank."""

    batch: pa.RecordBatch
    testsets: tuple[Path, ...]
    seed: int | None


def judge(job: Job) -> tuple[Mask, np.ndarray]:
    """(whether some side of each row is held out, the rank of each row for a limit: uint64)."""
    held_out, columns = held_out_keys(job.testsets), [lines_of(column) for column in job.batch.columns]
    sides = [[key in held_out for key in matching_keys(lines)] for lines in columns[:-1]]
    rows = map("\t".join, zip(*columns[:-1], strict=True)) if job.seed is not None else ()
    return np.logical_or.reduce(np.array(sides, bool)), ranks(rows, job.seed or 0)


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
    arguments.add_argument("--testsets", type=Path, nargs="+", required=True, help="folders of all of them")
    arguments.add_argument("--cleaned", type=Path, required=True)
    arguments.add_argument("--report", dest="before", type=Path, required=True, help="report of the cleaning")
    arguments.add_argument("--limit", type=int, help="segments to keep")
    arguments.add_argument("--seed", type=int, default=1, help="of the choice under a limit")
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("text", type=Path)
    arguments.add_argument("report", type=Path)
    options = arguments.parse_args()
    schema = pq.read_schema(options.cleaned)
    seed = options.seed if options.limit else None
    jobs = (Job(batch, tuple(options.testsets), seed) for batch in read_batches(options.cleaned))
    judged = list(in_order(judge, jobs, options.threads)) or [(np.zeros(0, bool), np.zeros(0, np.uint64))]
    held_out, ranked = (np.concatenate(parts) for parts in zip(*judged, strict=True))
    if held_out.all():
        raise UserError(f"{options.cleaned}: nothing is left beside the test sets; lower testsets.*.segments")
    reasons = {HELD_OUT: held_out}
    if options.limit and options.limit < (~held_out).sum():
        reasons[OVER_LIMIT] = ~held_out & ~within_limit(~held_out, ranked, options.limit)
    drops: dict[str, Drops] = {}
    write_batches(options.text, schema, copy(options.cleaned, reasons, drops))
    report = json.loads(options.before.read_text(encoding="utf-8"))
    total = Drops()
    total.counts.update({reason: int(mask.sum()) for reason, mask in reasons.items()})
    corpora = {name: added(one, drops.get(name, Drops())) for name, one in report["corpora"].items()}
    report = {**added(report, total), "corpora": corpora}
    write_json(options.report, report)
    print(f"{'-'.join(schema.names[:-1])}: {report['lines_out']:,} of {len(held_out):,} segments kept")


if __name__ == "__main__":
    run(main)
