"""Parts of several kinds of figures: heat maps, groups of bars, and long names in lines."""

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from pandas import DataFrame


def in_lines(text: str, inches: float) -> str:
    """A text in lines that fit a width in inches at the usual font size."""
    return textwrap.fill(text, max(8, int(14 * inches)), break_long_words=False)


def heat_map(axis: "Axes", matrix: "DataFrame", least: float, most: float, spell: Callable[[float], str]) -> "QuadMesh":
    """Shades of a matrix from white at `least` to dark at `most`. spell: writes the number of each cell.

    A cell without a number stays empty.
    """
    shades = axis.pcolormesh(matrix.to_numpy(), vmin=least, vmax=most, cmap="Blues")
    across, down = ([place + 0.5 for place in range(size)] for size in (matrix.shape[1], matrix.shape[0]))
    axis.set_xticks(across, matrix.columns, rotation=90)
    axis.set_yticks(down, matrix.index)
    axis.invert_yaxis()
    axis.set_aspect("equal")
    for row, y in zip(matrix.to_numpy(), down, strict=True):
        for value, x in zip(row, across, strict=True):
            if value == value:  # NaN is not equal to itself
                colour = "white" if value - least > 0.6 * (most - least) else "black"
                axis.text(x, y, spell(value), ha="center", va="center", fontsize=6, color=colour)
    return shades


def bars(axis: "Axes", table: "DataFrame", marks: "DataFrame | None" = None, label: str = "") -> None:
    """A group of bars for each row, with a colour for each column. Without a number there is no bar.

    marks: of the same shape; the height of a line across each bar. label: meaning of these lines.
    """
    import numpy as np

    width = 0.8 / table.shape[1]
    for number, (name, values) in enumerate(table.items()):
        left = np.arange(len(table)) - 0.4 + width * number
        axis.bar(left, values, width, align="edge", label=name)
        if marks is not None:
            axis.hlines(marks[name], left, left + width, "black", linewidth=1.5, label="" if number else label)
    axis.set_xticks(range(len(table)), table.index)
    axis.grid(alpha=0.3, axis="y")
    axis.set_axisbelow(True)
