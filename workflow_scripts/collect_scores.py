"""Bring a study's scores together: `python -m workflow_scripts.collect_scores --study … --testsets DIR scores.tsv`.

One line a system, direction, test set and metric, in the columns that other people's scripts read: of the tables that
the default target makes, and of others as far as they have been scored. DIR has a folder of each test set. Scores of
what a test set was before are left out, and a line of the log says so.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from model.command import UserError, parser, run
from workflow_scripts.comparable import SCORED, outdated
from workflow_scripts.default_target import collected_scores
from workflow_scripts.study import read_study

COLUMNS = [
    "system", "source", "target", "test_set", "metric", "score", "ci_low", "ci_high", "signature", "train_pairs", "run",
]  # fmt: skip
OF_TEST_SET = ["segments", "test_set_sha256"]


def collect(files: Iterable[str | Path], columns: Sequence[str] = (*COLUMNS, *OF_TEST_SET)) -> pd.DataFrame:
    """All scores of those files that are there, tidy: one row a score, in the order of the files, with some columns.

    Raises UserError for a file that holds no scores.
    """
    rows = []
    for path in files:
        try:
            about = json.loads(Path(path).read_bytes())
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
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--testsets", type=Path, required=True, help="folder with a folder of each test set")
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    files = collected_scores(read_study(options.study))
    for path in files:
        if not Path(path).exists():
            print(f"warning: {path}: not there, so left out", file=sys.stderr)
    scores = collect(files)
    scores["why"] = outdated(scores, options.testsets)
    old = scores["why"] != ""
    for row in scores[old].drop_duplicates(SCORED).itertuples():
        print(f"warning: left out: {row.run} on {row.test_set}.{row.source}-{row.target}: {row.why}", file=sys.stderr)
    write_table(scores.loc[~old, COLUMNS], options.output)


if __name__ == "__main__":
    run(main)
