"""Bring score files together: `python -m workflow_scripts.collect_scores scores.tsv --testsets DIR a.json b.json …`.

One line a system, direction, test set and metric, in the columns that other people's scripts read. With the folder of
the test sets, scores of what a test set was before are left out, and a line of the log says so.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from model.command import UserError, parser, run
from workflow_scripts.comparable import outdated

COLUMNS = [
    "system", "source", "target", "test_set", "metric", "score", "ci_low", "ci_high", "signature", "train_pairs", "run",
]  # fmt: skip
OF_TEST_SET = ["segments", "test_set_sha256"]


def collect(files: Sequence[Path], columns: Sequence[str] = (*COLUMNS, *OF_TEST_SET)) -> pd.DataFrame:
    """All scores of those files that are there, tidy: one row a score, in the order of the files, with some columns.

    Raises UserError for a file that holds no scores.
    """
    rows = []
    for path in files:
        try:
            about = json.loads(path.read_bytes())
            rows += [{**about, "metric": metric, **score} for metric, score in about["scores"].items()]
        except FileNotFoundError:
            continue
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UserError(f"{path}: holds no scores; delete it, and run the workflow again") from None
    return pd.DataFrame(rows, columns=list(columns))


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as TSV, whole or not at all."""
    part = path.with_name(path.name + ".part")
    frame.to_csv(part, sep="\t", index=False)
    part.replace(path)


def main() -> None:
    """Collect."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("scores", type=Path, nargs="+")
    arguments.add_argument("--testsets", type=Path, help="folder with a folder of each test set, as it is now")
    options = arguments.parse_args()
    for path in options.scores:
        if not path.exists():
            print(f"warning: {path}: not there, so left out", file=sys.stderr)
    scores = collect(options.scores)
    if options.testsets:
        why = outdated(scores, options.testsets)
        for row in (
            scores.assign(why=why)[why != ""].drop_duplicates(["run", "test_set", "source", "target"]).itertuples()
        ):
            print(
                f"warning: left out: {row.run} on {row.test_set}.{row.source}-{row.target}: {row.why}", file=sys.stderr
            )
        scores = scores[why == ""]
    write_table(scores[COLUMNS], options.output)


if __name__ == "__main__":
    run(main)
