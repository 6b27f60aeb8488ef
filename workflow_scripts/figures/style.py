"""How all figures are drawn: with matplotlib's own defaults, text as it is written, and a font for each letter."""

import os
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORD_JOINER = "\u2060"  # has no width
CJK = {"CJK", "HANGUL", "HIRAGANA", "KATAKANA", "FULLWIDTH", "IDEOGRAPHIC", "BOPOMOFO"}  # first words of Unicode names


@contextmanager
def own_defaults() -> Iterator[None]:
    """Draw with the backend agg and matplotlib's own defaults, whatever MPLBACKEND and a matplotlibrc say.

    So a figure is the same from a notebook, and for each user. `$` in a text does not begin a formula.
    """
    os.environ["MPLBACKEND"] = "agg"  # before the import, which fails if it names a backend that is not installed
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # `give_fonts` finds these letters
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"text.parse_math": False, "svg.hashsalt": "figure"})
        yield


def with_legends(data: pd.DataFrame) -> pd.DataFrame:
    """The table of a figure, with a word joiner before each text that begins with `_`.

    matplotlib leaves texts that begin with `_` out of legends.
    """
    for column in data.select_dtypes(["object", "string"]):
        texts = [WORD_JOINER + v if isinstance(v, str) and v.startswith("_") else v for v in data[column]]
        data = data.assign(**{str(column): pd.Series(texts, data.index, data[column].dtype)})
    return data


def logarithmic(axes: "Axes", name: Literal["x", "y"]) -> None:
    """Make one axis logarithmic, with numbers such as 10,000. matplotlib's own are formulas."""
    from matplotlib.ticker import LogFormatter, StrMethodFormatter

    if name == "x":
        axes.set_xscale("log")
    else:
        axes.set_yscale("log")
    axis = axes.xaxis if name == "x" else axes.yaxis
    axis.set_major_formatter(StrMethodFormatter("{x:,.12g}"))
    axis.set_minor_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(1, 0.4)))


def give_fonts(figure: "Figure") -> str:
    """Give the texts of a figure fonts of this machine for letters that matplotlib's own font lacks.

    Returns the letters that no font has.
    """
    from matplotlib.font_manager import findfont, fontManager, get_font
    from matplotlib.text import Text

    own = "DejaVu Sans"
    known = set(get_font(findfont(own)).get_charmap())
    lacking = {
        text: letters
        for text in figure.findobj(Text)
        if (letters := {ord(letter) for letter in text.get_text() if not letter.isspace()} - known)
    }
    sought, families = set().union(*lacking.values()), [own]
    for font in sorted(fontManager.ttflist, key=lambda font: (font.name, font.fname)) if sought else ():
        if font.name.startswith("Last Resort") or (font.style, font.weight) != ("normal", 400):
            continue
        if found := sought & set(get_font(font.fname).get_charmap()):
            families.append(font.name)
            sought -= found
    for text in lacking:
        text.set_fontfamily(families)
    return "".join(sorted(map(chr, sought)))


def font_for(letter: str) -> str:
    """A font that has a letter, by the first word of its name in Unicode: `ก` is THAI CHARACTER KO KAI."""
    script = unicodedata.name(letter, "").split(" ")[0]
    if unicodedata.category(letter)[0] not in "LM":
        return "Noto Sans Symbols, Noto Emoji"
    return "Noto Sans CJK" if script in CJK else f"Noto Sans {script.title()}"
