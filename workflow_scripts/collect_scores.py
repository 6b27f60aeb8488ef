"""Bring score files together: `python -m workflow_scripts.collect_scores scores.tsv a.json b.json …`.

One line a system, direction, test set and metric, in the columns that other people's scripts read.
"""

import json
from pathlib import Path

import pandas as pd

from model.command import parser, run

COLUMNS = [
    "system", "source", "target", "test_set", "metric", "score", "ci_low", "ci_high", "signature", "train_pairs", "run",
]  # fmt: skip


def collect(files: list[Path]) -> pd.DataFrame:
    """All scores of the files, tidy: one row a score, in the order of the files."""
    rows = []
    for path in files:
        about = json.loads(path.read_text(encoding="utf-8"))
        rows += [{**about, "metric": metric, **score} for metric, score in about["scores"].items()]
    return pd.DataFrame(rows, columns=COLUMNS)


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
    options = arguments.parse_args()
    write_table(collect(options.scores), options.output)


if __name__ == "__main__":
    run(main)
