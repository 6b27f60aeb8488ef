"""Bring a figure's scores together: `python -m workflow_scripts.score_curves --study … --figure … OUTPUT.tsv`.

A row a score, with the line it belongs to and its number.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from model.command import parser, run
from workflow_scripts.collect_scores import collect, write_table
from workflow_scripts.figures.scores import Settings
from workflow_scripts.plan import score_files
from workflow_scripts.study import read_study
from workflow_scripts.systems import scored_models

COLUMNS = [
    "line",
    "number",
    "label",
    "scale",
    "run",
    "source",
    "target",
    "test_set",
    "metric",
    "score",
    "ci_low",
    "ci_high",
]


def table(figure: Settings, files: Iterable[str | Path]) -> pd.DataFrame:
    """The rows of a figure, line by line and number by number."""
    scores = collect(files)
    scores = scores[scores.metric == figure.metric]
    parts = [
        scores[scores.system == system].assign(line=line, number=number, label=figure.number, scale=figure.scale)
        for line, of_line in figure.lines.items()
        for number, system in sorted(of_line.items())
    ]
    return pd.concat(parts)[COLUMNS]


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--figure", required=True)
    options = arguments.parse_args()
    study = read_study(options.study)
    figure = study.figures[options.figure]
    assert isinstance(figure, Settings)
    write_table(table(figure, score_files(study, scored_models(study, options.figure))), options.output)


if __name__ == "__main__":
    run(main)
