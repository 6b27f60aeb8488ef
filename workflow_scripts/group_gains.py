"""Means of a table's groups: `python -m workflow_scripts.group_gains OUTPUT.tsv --study … --figure … TABLE.tsv`.

A row a group and system, and one of all directions: what the figure of gains draws.
"""

from pathlib import Path

import pandas as pd

from model.command import parser, run
from workflow_scripts.collect_scores import write_table
from workflow_scripts.figures.gains import Settings
from workflow_scripts.plot import read_table
from workflow_scripts.study import Study, read_study
from workflow_scripts.table_schema import MEAN


def gains(study: Study, figure: Settings, cells: pd.DataFrame) -> pd.DataFrame:
    """What figures/gains.py draws, in the order of the study. cells: those of a table, as tabulate.py writes them."""
    groups = [*study.score_tables[figure.table].groups, MEAN]
    own = cells[cells["published"].isna() & (cells["metric"] == figure.metric) & (cells["test_set"] == figure.test_set)]
    own = own.set_index(["column", "system"])[["score", "difference"]]
    rows = [(group, system) for group in groups for system in figure.runs if (group, system) in own.index]
    found = own.loc[rows].reset_index().rename(columns={"column": "group", "system": "run"})
    return found.assign(metric=figure.metric, test_set=figure.test_set)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--figure", required=True)
    arguments.add_argument("table", type=Path)
    options = arguments.parse_args()
    study = read_study(options.study)
    figure = study.figures[options.figure]
    assert isinstance(figure, Settings)
    write_table(gains(study, figure, read_table(options.table)), options.output)


if __name__ == "__main__":
    run(main)
