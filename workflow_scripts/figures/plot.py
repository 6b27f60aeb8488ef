"""Draw a figure of any kind from its table.

`python -m workflow_scripts.figures.plot --settings … DATA.tsv PREFIX` writes PREFIX.svg and PREFIX.png.

The module of each kind in workflow_scripts/figures/ describes its table. The table has the names of runs; the figure
shows their labels in the study. Letters that no font of this machine has are boxes in the PNG, with a line `warning:`.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from model.command import parser, run
from model.writing import whole_file
from workflow_scripts.figures import (
    correlation,
    gains,
    learning_curves,
    projection,
    pruning,
    retrieval,
    scores,
    similarity,
    sizes,
    task_correlation,
    violin,
)
from workflow_scripts.figures.style import font_for, give_fonts, own_defaults, with_legends
from workflow_scripts.settings.figures import Plot
from workflow_scripts.settings.record import read_settings
from workflow_scripts.tsv import read_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


KINDS: dict[str, Callable[["DataFrame"], "Figure"]] = {
    "learning_curves": learning_curves.draw,
    "correlation": correlation.draw,
    "task_correlation": task_correlation.draw,
    "violin": violin.draw,
    "pruning": pruning.draw,
    "similarity": similarity.draw,
    "projection": projection.draw,
    "retrieval": retrieval.draw,
    "scores": scores.draw,
    "gains": gains.draw,
    "sizes": sizes.draw,
}


def labelled(data: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """A table with labels in place of runs in its columns `run`, `model` and `baseline`.

    `direct/en-gl` gets the label of `direct`. New columns: `system`, the label alone, and `direction`, empty for a
    model of all directions.
    """
    for column in {"run", "model"} & set(data.columns):
        parts = data[column].str.partition("/")
        system = parts[0].map(labels)
        data = data.assign(**{column: system + parts[1] + parts[2]}, system=system, direction=parts[2])
    if "baseline" in data.columns:
        data = data.assign(baseline=data["baseline"].map(lambda name: _labelled(name, labels), na_action="ignore"))
    return data


def _labelled(model: str, labels: Mapping[str, str]) -> str:
    system, slash, direction = model.partition("/")
    return labels[system] + slash + direction


def write(kind: str, data: pd.DataFrame, prefix: Path) -> None:
    """Draw the table of a figure, and write both files, each whole or not at all. The same table gives the same bytes.

    If no font has some letters, the SVG has texts in place of outlines, so that a browser finds a font for them.
    """
    with own_defaults():
        import matplotlib

        figure = KINDS[kind](with_legends(data))
        if lacking := give_fonts(figure):
            matplotlib.rcParams["svg.fonttype"] = "none"
            fonts = ", ".join(dict.fromkeys(map(font_for, lacking)))
            print(
                f"warning: {prefix}.png: no font here has {lacking}; install {fonts}, and draw it again",
                file=sys.stderr,
            )
        for ending, about in (("svg", {"Date": None}), ("png", {"Software": None})):
            with whole_file(f"{prefix}.{ending}") as part:
                figure.savefig(part, format=ending, dpi=150, metadata=about)


def main() -> None:
    """Draw one figure."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("data", type=Path, metavar="DATA.tsv")
    arguments.add_argument("prefix", type=Path, metavar="PREFIX")
    options = arguments.parse_args()
    settings = read_settings(Plot, options.settings)
    write(settings.kind, labelled(read_table(options.data), settings.labels), options.prefix)


if __name__ == "__main__":
    run(main)
