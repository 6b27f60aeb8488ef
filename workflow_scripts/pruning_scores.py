"""Bring scores of pruned models together: `python -m workflow_scripts.pruning_scores OUTPUT.tsv --metric … FILES`.

`--pruned` names score files of pruned models, …/{objective}.{language}.{ratio}/{test set}.{direction}.json, and
`--whole` those of the same models as they were trained, which drops are taken to.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from model.command import parser, run
from workflow_scripts.collect_scores import write_table

SCORED = ["run", "source", "target", "test_set"]  # what a score is of, but for pruning
COLUMNS = [*SCORED, "objective", "language", "metric", "ratio", "score", "drop"]


def table(pruned: Iterable[Path], whole: Iterable[Path], metric: str) -> pd.DataFrame:
    """A row a model, language and direction for each ratio, and for ratio 0, with the drop from that."""
    unpruned = pd.DataFrame([_read(path, metric) for path in whole])
    rows = []
    for path in pruned:
        objective, language, ratio = path.parent.name.split(".", 2)
        about = {"objective": objective, "language": language, "metric": metric, "ratio": float(ratio)}
        rows.append({**_read(path, metric), **about})
    scores = pd.DataFrame(rows)
    compared = scores[[*SCORED, "objective", "language", "metric"]].drop_duplicates()
    zero = compared.merge(unpruned, on=SCORED).assign(ratio=0.0)
    every = pd.concat([zero, scores]).merge(unpruned, on=SCORED, suffixes=("", "_whole"))
    return every.assign(drop=(every["score_whole"] - every["score"]).round(4))[COLUMNS]


def _read(path: Path, metric: str) -> dict[str, Any]:
    about = json.loads(path.read_text(encoding="utf-8"))
    return {**{key: about[key] for key in SCORED}, "score": about["scores"][metric]["score"]}


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--metric", required=True)
    arguments.add_argument("--pruned", type=Path, nargs="+", required=True)
    arguments.add_argument("--whole", type=Path, nargs="+", required=True)
    options = arguments.parse_args()
    write_table(table(options.pruned, options.whole, options.metric), options.output)


if __name__ == "__main__":
    run(main)
