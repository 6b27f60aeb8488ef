"""Bring metrics together: `python -m workflow_scripts.learning_curves OUTPUT.tsv --root runs/ mrasp direct/en-gl …`.

A row an evaluation of a model, in the columns that the figure draws.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from model.command import parser, run
from workflow_scripts.collect_scores import write_table

COLUMNS = ["model", "update", "train_loss", "dev_loss", "dev_bleu"]


def curves(root: Path, models: Iterable[str]) -> pd.DataFrame:
    """The rows of `root/{model}/metrics.jsonl` of each model; empty cells where a model has no dev BLEU."""
    lines = ((model, line) for model in models for line in (root / model / "metrics.jsonl").read_text().splitlines())
    return pd.DataFrame([{"model": model, **json.loads(line)} for model, line in lines], columns=COLUMNS)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--root", type=Path, required=True, help="folder of the runs")
    arguments.add_argument("models", nargs="+")
    options = arguments.parse_args()
    write_table(curves(options.root, options.models), options.output)


if __name__ == "__main__":
    run(main)
