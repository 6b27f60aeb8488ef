"""Count clean text: `python -m workflow_scripts.text_sizes OUTPUT.tsv results/demo/text/en-gl.report.json …`.

A row a text: how many segments its corpora have, and how many are left after cleaning, limits and leaks.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from model.command import parser, run
from workflow_scripts.collect_scores import write_table


def sizes(reports: Iterable[Path]) -> pd.DataFrame:
    """`text`, `segments_in`, `segments`; a row a report."""
    rows = []
    for path in reports:
        report = json.loads(path.read_text(encoding="utf-8"))
        text = path.name.removesuffix(".report.json")
        rows.append({"text": text, "segments_in": report["lines_in"], "segments": report["lines_out"]})
    return pd.DataFrame(rows)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("reports", type=Path, nargs="+")
    options = arguments.parse_args()
    write_table(sizes(options.reports), options.output)


if __name__ == "__main__":
    run(main)
