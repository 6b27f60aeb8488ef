"""Table and drawing of the figure `sizes`: the segments of each text, as bars (Xu et al. 2023, figure 5)."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from model.command import parser, run
from workflow_scripts.figures.style import logarithmic
from workflow_scripts.settings.figures import TextSizes
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `text` (a pair or a language), `segments` after cleaning; a row per text. The largest is drawn first."""
    from matplotlib.figure import Figure

    pairs = data["text"].str.contains("-")
    shown = [(name, rows) for name, rows in (("pairs", data[pairs]), ("one language", data[~pairs])) if len(rows)]
    figure = Figure((1.6 + 0.42 * len(data), 3.4), layout="constrained")
    sizes = [len(rows) for _, rows in shown]
    axes = figure.subplots(1, len(shown), squeeze=False, sharey=True, width_ratios=sizes)[0]
    for axis, (name, rows) in zip(axes, shown, strict=True):
        ordered = rows.sort_values("segments", ascending=False, kind="stable")
        axis.bar(ordered["text"], ordered["segments"])
        logarithmic(axis, "y")
        axis.set_title(name, fontsize="medium")
        axis.tick_params("x", rotation=90)
        axis.grid(alpha=0.3, axis="y")
        axis.set_axisbelow(True)
    axes[0].set_ylabel("segments")
    return figure


def sizes(reports: Iterable[str | Path]) -> pd.DataFrame:
    """`text`, `segments_in`, `segments`; a row for each report."""
    rows = []
    for path in map(Path, reports):
        report = json.loads(path.read_text(encoding="utf-8"))
        text = path.name.removesuffix(".report.json")
        rows.append({"text": text, "segments_in": report["lines_in"], "segments": report["lines_out"]})
    return pd.DataFrame(rows)


def main() -> None:
    """Write one table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_table(sizes(read_settings(TextSizes, options.settings).reports), options.output)


if __name__ == "__main__":
    run(main)
