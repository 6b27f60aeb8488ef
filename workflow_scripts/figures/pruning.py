"""Table and drawing of the figure `pruning`: the drop of scores when parameters are set to zero.

Xu et al. 2023, figures 3 and 9.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from model.command import parser, run
from workflow_scripts.evaluation.comparable import SCORED
from workflow_scripts.metrics import METRICS
from workflow_scripts.settings.figures import PrunedScores
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `language`, `source`, `target`, `metric`, `ratio`, `drop`; a row per direction of a pruned model."""
    from matplotlib.figure import Figure

    figure = Figure((4.6, 3.4), layout="tight")
    axis = figure.subplots()
    for name, rows in data.groupby("run", sort=False):
        means = rows.groupby("ratio")["drop"].mean()
        axis.plot(100 * means.index, means, "o-", markersize=4, label=name)
    axis.set_xlabel("parameters set to zero (%)")
    axis.set_ylabel(f"drop in {METRICS[data['metric'].iloc[0]].label}, mean over directions")
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, fontsize="small")
    return figure


COLUMNS = ["run", "source", "target", "test_set", "objective", "language", "metric", "ratio", "score", "drop"]


def table(figure: PrunedScores) -> pd.DataFrame:
    """A row for each model, language, direction and ratio, also ratio 0, with the drop from the score at ratio 0."""
    metric = figure.metric
    unpruned = pd.DataFrame([_read(path, metric) for path in map(Path, figure.unpruned)])
    rows = []
    for path in map(Path, figure.pruned):
        objective, language, ratio = path.parent.name.split(".", 2)
        about = {"objective": objective, "language": language, "metric": metric, "ratio": float(ratio)}
        rows.append({**_read(path, metric), **about})
    scores = pd.DataFrame(rows)
    compared = scores[[*SCORED, "objective", "language", "metric"]].drop_duplicates()
    zero = compared.merge(unpruned, on=SCORED).assign(ratio=0.0)
    every = pd.concat([zero, scores]).merge(unpruned, on=SCORED, suffixes=("", "_unpruned"))
    return every.assign(drop=(every["score_unpruned"] - every["score"]).round(4))[COLUMNS]


def _read(path: Path, metric: str) -> dict[str, Any]:
    about = json.loads(path.read_text(encoding="utf-8"))
    return {**{key: about[key] for key in SCORED}, "score": about["scores"][metric]["score"]}


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_table(table(read_settings(PrunedScores, options.settings)), options.output)


if __name__ == "__main__":
    run(main)
