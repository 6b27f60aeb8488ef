"""Words of two languages on their first two principal components: a row for each dictionary, a column for each model.

Lin et al. 2020, figures 2 and 5 to 8. The first words of each language are named, unless the name would hide another
or the font lacks its letters.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workflow_scripts.figures.panels import in_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


NAMED = 8  # words with a name in each language
APART = 0.1  # distance of names, as a share of the width or height of a panel


def draw(data: "DataFrame") -> "Figure":
    """data: `model`, `source`, `target`, `language`, `word`, `x`, `y`; a row for each word."""
    from matplotlib.figure import Figure

    models = list(data["model"].unique())
    pairs = list(data[["source", "target"]].drop_duplicates().itertuples(index=False, name=None))
    side = 3.4
    figure = Figure((side * len(models), side * len(pairs)), layout="tight")
    axes = figure.subplots(len(pairs), len(models), squeeze=False)
    for pair, panels in zip(pairs, axes, strict=True):
        for model, axis in zip(models, panels, strict=True):
            of_panel = (data["model"] == model) & (data["source"] == pair[0]) & (data["target"] == pair[1])
            _panel(axis, data[of_panel])
            axis.set_title(in_lines(f"{model}: {pair[0]}-{pair[1]}", side), fontsize="medium")
    return figure


def _panel(axis: "Axes", words: "DataFrame") -> None:
    for number, (language, rows) in enumerate(words.groupby("language", sort=False)):
        # As an image even in an SVG, where each point of thousands would be an element of its own.
        axis.scatter(rows["x"], rows["y"], 4, f"C{number}", alpha=0.5, linewidths=0, label=language, rasterized=True)
    for number, word, x, y in _named(words):
        behind = {"boxstyle": "square,pad=0", "facecolor": "white", "alpha": 0.6, "linewidth": 0}
        axis.annotate(word, (x, y), fontsize=7, color=f"C{number}", bbox=behind)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.legend(frameon=False, fontsize="small", markerscale=3)


def _named(words: "DataFrame") -> Iterator[tuple[int, str, float, float]]:
    """(number of the language, word, x, y) of the words to name. No two are near each other."""
    width, height = (words[axis].max() - words[axis].min() for axis in "xy")
    taken: list[tuple[float, float]] = []
    for number, (_, rows) in enumerate(words.groupby("language", sort=False)):
        first = len(taken)
        for word, x, y in rows[["word", "x", "y"]].itertuples(index=False):
            free = all(abs(x - u) > 2 * APART * width or abs(y - v) > APART * height for u, v in taken)
            if free and len(taken) < first + NAMED and _can_be_spelled(word):
                taken.append((x, y))
                yield number, word, x, y


def _can_be_spelled(word: str) -> bool:
    """Whether matplotlib's own font has all letters. Other fonts would differ between machines."""
    from matplotlib.font_manager import findfont, get_font

    glyphs = get_font(findfont("DejaVu Sans")).get_charmap()
    return all(ord(letter) in glyphs for letter in word)
