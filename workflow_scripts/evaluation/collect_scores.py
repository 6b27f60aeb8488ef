"""Collect all scores of a study in one table, scores.tsv.

`python -m workflow_scripts.evaluation.collect_scores --settings … --testsets DIR scores.tsv`.

A line for each system, direction, test set and metric: of the tables that the default target makes, and of other tables
if the score file exists and is not out of date. Other people's scripts read these columns. DIR has a folder for each
test set. Scores on a test set that has changed since are left out, with a line in the log.
"""

import hashlib
import sys
from pathlib import Path

from model.command import parser, run
from workflow_scripts.evaluation.comparable import SCORED, outdated
from workflow_scripts.evaluation.scores import COLUMNS, collect
from workflow_scripts.settings.evaluation import ScoreFiles
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table


def unchanged(settings: ScoreFiles) -> list[str]:
    """The files that exist; of other tables, those that are as they were when the workflow was planned."""
    files = []
    for path in settings.files:
        if not Path(path).exists():
            print(f"warning: {path}: not there, so left out", file=sys.stderr)
        elif settings.digests.get(path) not in (None, hashlib.sha256(Path(path).read_bytes()).hexdigest()):
            print(f"warning: {path}: has changed since the start, so left out until the next time", file=sys.stderr)
        else:
            files.append(path)
    return files


def main() -> None:
    """Collect all scores of a study."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--testsets", type=Path, required=True, help="folder with a folder of each test set")
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    scores = collect(unchanged(read_settings(ScoreFiles, options.settings)))
    scores["why"] = outdated(scores, options.testsets)
    old = scores["why"] != ""
    for row in scores[old].drop_duplicates(SCORED).itertuples():
        print(f"warning: left out: {row.run} on {row.test_set}.{row.source}-{row.target}: {row.why}", file=sys.stderr)
    write_table(scores.loc[~old, COLUMNS], options.output)


if __name__ == "__main__":
    run(main)
