"""How much text the languages of runs have: bars, a group a pair or language (Xu et al. 2023, figure 5)."""

from typing import TYPE_CHECKING, Literal

from workflow_scripts.figures.settings import FigureSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Settings(FigureSettings):
    """What a study says of it."""

    kind: Literal["sizes"] = "sizes"


def draw(data: "DataFrame") -> "Figure":
    """data: `text` (a pair or a language), `segments` after cleaning; a row a text, drawn from much to little."""
    from matplotlib.figure import Figure

    pairs = data["text"].str.contains("-")
    shown = [(name, rows) for name, rows in (("pairs", data[pairs]), ("one language", data[~pairs])) if len(rows)]
    figure = Figure((1.6 + 0.42 * len(data), 3.4), layout="constrained")
    sizes = [len(rows) for _, rows in shown]
    axes = figure.subplots(1, len(shown), squeeze=False, sharey=True, width_ratios=sizes)[0]
    for axis, (name, rows) in zip(axes, shown, strict=True):
        ordered = rows.sort_values("segments", ascending=False, kind="stable")
        axis.bar(ordered["text"], ordered["segments"])
        axis.set_yscale("log")
        axis.set_title(name, fontsize="medium")
        axis.tick_params("x", rotation=90)
        axis.grid(alpha=0.3, axis="y")
        axis.set_axisbelow(True)
    axes[0].set_ylabel("segments")
    return figure
