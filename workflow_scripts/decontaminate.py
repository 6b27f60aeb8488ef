"""Drop from a pair's text every segment of any test or dev set, in whatever language, on either side.

`python -m workflow_scripts.decontaminate --testsets DIR --cleaned a.parquet --report a.json text.parquet report.json`;
with `--limit` only so many of the others are kept, those with the smallest hashes, as if the language had no more text.
"""

import json
from pathlib import Path

import pyarrow.parquet as pq

from model.command import UserError, parser, run
from model.config import write_json
from model.lines import read_lines
from workflow_scripts.hold_out import rank
from workflow_scripts.text import matching_key, write_pairs

Row = tuple[str, str, str]  # first side, second side, corpus


def held_out_keys(testsets: Path) -> set[str]:
    """Normal forms of all segments of all test and dev sets in a folder of them."""
    lines = (line for path in sorted(testsets.glob("*/*.txt")) for line in read_lines(path))
    return {key for line in lines if (key := matching_key(line))}


def within_limit(rows: list[Row], limit: int, seed: int) -> list[Row]:
    """The `limit` rows with the smallest hashes of (seed, row), in their old order."""
    chosen = sorted(range(len(rows)), key=lambda i: rank("\t".join(rows[i]), seed))[:limit]
    return [rows[i] for i in sorted(chosen)]


def main() -> None:
    """Decontaminate one pair."""
    arguments = parser(__doc__)
    arguments.add_argument("--testsets", type=Path, required=True)
    arguments.add_argument("--cleaned", type=Path, required=True)
    arguments.add_argument("--report", dest="before", type=Path, required=True, help="report of the cleaning")
    arguments.add_argument("--limit", type=int, help="pairs of segments to keep")
    arguments.add_argument("--seed", type=int, default=1, help="of the choice under a limit")
    arguments.add_argument("text", type=Path)
    arguments.add_argument("report", type=Path)
    options = arguments.parse_args()
    held_out = held_out_keys(options.testsets)
    table = pq.read_table(options.cleaned)
    rows = list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    kept = [row for row in rows if not {matching_key(side) for side in row[:2]} & held_out]
    pair = "-".join(table.column_names[:2])
    if not kept:
        raise UserError(f"{options.cleaned}: nothing is left beside the test sets; lower testsets.*.segments")
    report = json.loads(options.before.read_text())
    report["dropped"]["in_a_test_or_dev_set"] = len(rows) - len(kept)
    if options.limit and options.limit < len(kept):
        report["dropped"]["over_the_limit"] = len(kept) - options.limit
        kept = within_limit(kept, options.limit, options.seed)
    report["lines_out"] = len(kept)
    write_pairs(options.text, pair, kept)
    write_json(options.report, report)
    print(f"{pair}: {len(kept):,} of {len(rows):,} pairs of segments kept")


if __name__ == "__main__":
    run(main)
