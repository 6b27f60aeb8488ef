"""Every kind of figure with labels that matplotlib would read as formulas, leave out of legends or has no font for."""

import itertools
import os
import subprocess
import sys
import xml.etree.ElementTree

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

from tests import ROOT
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.figures import style
from workflow_scripts.figures.plot import KINDS, labelled, write
from workflow_scripts.figures.style import WORD_JOINER, font_for, give_fonts, own_defaults, with_legends

LABELS = [
    "BPE ($8k vs. $16k)", "US$ and {R$", "50% of $text_$", "$x^2$", r"\$1$", "_mRASP", "_", "__x_", r"\frac{1", "a\\",
    "a|b", "<b>&amp;--", "~^#%&{}", "\"x\" 'y' `z`", "*a* [b](c)", "模型", "ไทย", "हिन्दी", "한국어", "አማርኛ", "עברית",
    "😀",
]  # fmt: skip
LANGUAGES = ["en", "gl"]


def rows(columns, *values):
    """A table of all combinations of values, one column each."""
    return pd.DataFrame(itertools.product(*values), columns=columns.split())


def scored(label):
    return {"number": 10, "label": label, "scale": "log", "metric": "chrf++", "source": "en", "target": "gl"}


def tables(label):
    """Kind of figure → a table with the label of a run, and of all else that a study names, beside a plain run."""
    runs = [label, "plain"]
    pair = {"source": "en", "target": "gl"}
    vectors = {"x": 0.0, "y": 1.0}
    violin = [{"measure": "density", "at": 1, "value": 1}, {"measure": "standard deviation", "value": 1}]
    violin += [{"measure": "quantile", "at": n, "value": n} for n in range(3)]
    curves = rows("model update", runs, [1, 2]).assign(seed=1, dev_loss=2.0, dev_bleu=3.0)
    curves["baseline"] = [None, None, label, label]
    similar = pd.DataFrame({"model": runs, **pair, "cosine": 0.5, "random_cosine": 0.1})
    return {
        "learning_curves": labelled(curves, {run: run for run in runs}),
        "correlation": rows("run part language other", runs, ["all", "high", "low"], LANGUAGES, LANGUAGES).assign(
            correlation=0.5
        ),
        "task_correlation": rows("run language part objective other", runs, LANGUAGES, ["all"], "ab", "ab").assign(
            correlation=0.5
        ),
        "violin": pd.DataFrame([{"run": run, **row} for run in runs for row in violin]),
        "pruning": rows("run ratio", runs, [0, 0.5]).assign(**pair, language="en", metric="chrf++", drop=1.0),
        "similarity": similar,
        "projection": rows("model language word", runs, LANGUAGES, ["casa", label]).assign(**pair, **vectors),
        "retrieval": rows("model source target", runs, LANGUAGES, LANGUAGES).assign(accuracy=0.5),
        "scores": pd.DataFrame({"line": runs, **scored(label), "score": 9.0, "ci_low": 8.0, "ci_high": 10.0}),
        "gains": rows("run group", runs, [label, "low"]).assign(metric="chrf++", score=9.0, difference=1.0),
        "sizes": pd.DataFrame({"text": ["en-gl", "gl"], "segments": [20_000, 300]}),
    }


def test_every_kind_of_figure_has_a_table_here():
    assert set(tables("x")) == set(KINDS)


def texts_of(kind, data):
    figure = KINDS[kind](with_legends(data))
    figure.draw_without_rendering()
    legends = [*figure.legends, *(axis.get_legend() for axis in figure.axes if axis.get_legend())]
    return figure.findobj(Text), [text.get_text() for legend in legends for text in legend.get_texts()]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sizes"])
def test_a_label_is_drawn_as_it_is_written(kind):
    with own_defaults():
        for label in LABELS:
            texts, legend = texts_of(kind, tables(label)[kind])
            shown = {text.get_text().replace(WORD_JOINER, "").replace("\n", " ") for text in texts}
            assert any(label in text for text in shown), (label, shown)
            assert not any(text.get_parse_math() for text in texts)
            if kind in ("learning_curves", "task_correlation", "pruning", "similarity", "scores", "gains"):
                assert label in [text.replace(WORD_JOINER, "") for text in legend]


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_of_axes_are_no_formulas(kind):
    with own_defaults():
        texts, _ = texts_of(kind, tables("plain2")[kind])
        shown = [text.get_text() for text in texts]
    assert not any("$" in text or "\\" in text for text in shown)
    assert kind != "sizes" or "10,000" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_figures_of_such_labels_are_written_and_are_valid_xml(kind, tmp_path):
    write(kind, tables("_US$ and {R$ <b>-- 模")[kind], tmp_path / "f")
    assert xml.etree.ElementTree.parse(tmp_path / "f.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "f.png").stat().st_size


def test_letters_that_no_font_has_stay_text_in_the_svg_and_one_line_names_a_font(tmp_path, monkeypatch, capfd):
    own = [font for font in fontManager.ttflist if font.name.startswith("DejaVu")]
    monkeypatch.setattr(fontManager, "ttflist", own)
    write("similarity", tables("模型 ไท")["similarity"], tmp_path / "f")
    said = capfd.readouterr().err.splitlines()
    fonts = "no font here has ทไ型模; install Noto Sans Thai, Noto Sans CJK, and draw it again"
    assert said == [f"warning: {tmp_path}/f.png: {fonts}"]
    assert "模型 ไท</text>" in (tmp_path / "f.svg").read_text(encoding="utf-8")
    write("similarity", tables("ע ქ Ж Ω ệ")["similarity"], tmp_path / "g")
    assert capfd.readouterr().err == "" and "<text" not in (tmp_path / "g.svg").read_text(encoding="utf-8")


class Font:
    """A stand-in for a font of the machine."""

    style, weight = "normal", 400

    def __init__(self, name, letters):
        self.name, self.fname, self.letters = name, name, letters

    def get_charmap(self):
        return dict.fromkeys(map(ord, self.letters), 1)


def test_a_font_of_the_machine_is_taken_for_letters_that_the_own_one_lacks(monkeypatch):
    fonts = {name: Font(name, letters) for name, letters in (("Other", "模"), ("Last Resort High", "模型"))}
    monkeypatch.setattr(fontManager, "ttflist", list(fonts.values()))
    monkeypatch.setattr("matplotlib.font_manager.get_font", lambda name: fonts.get(name, Font("DejaVu Sans", "ab")))
    figure = Figure()
    words = [figure.text(0, 0, text) for text in ("a", "a 模 型")]
    assert give_fonts(figure) == "型"
    assert words[0].get_fontfamily() == ["sans-serif"] and words[1].get_fontfamily() == ["DejaVu Sans", "Other"]


def test_the_font_of_a_letter():
    letters = {
        "ก": "Noto Sans Thai",
        "क": "Noto Sans Devanagari",
        "አ": "Noto Sans Ethiopic",
        "😀": "Noto Sans Symbols, Noto Emoji",
    }
    assert {letter: font_for(letter) for letter in letters} == letters
    assert {font_for(letter) for letter in "中한かカ"} == {"Noto Sans CJK"}


@pytest.mark.parametrize(
    ("variables", "settings"),
    [
        ({"MPLBACKEND": "module://matplotlib_inline.backend_inline"}, ""),
        ({"MPLBACKEND": "TkAgg"}, ""),
        ({"MPLBACKEND": "no such"}, ""),
        ({}, "text.usetex: True"),
        ({}, "backend: module://nowhere\nfont.family: serif\nfont.size: 30\nsvg.fonttype: none\nsavefig.bbox: tight"),
        ({}, "axes.facecolor: red\nlines.linewidth: 9\nfigure.dpi: 30\naxes.prop_cycle: cycler('color', ['k'])"),
        ({}, "text.parse_math: True\nsavefig.transparent: True\naxes.formatter.use_mathtext: True"),
    ],
)
def test_figures_are_the_same_bytes_whatever_the_user_has_set(variables, settings, tmp_path):
    table = tables("_$x^2$")["scores"].drop(columns="line").assign(line=["m", "n"])
    study = {
        "study": "s", "corpora": ["gettext:p/1"], "pairs": {"all": ["en-gl"]}, "runs": {"m": {"train_on": "all"}},
        "figures": {"f": {"kind": "scores", "runs": ["m"], "lines": {"m": {1: "m"}}, "number": "n"}},
    }  # fmt: skip
    plain, configured = tmp_path / "plain", tmp_path / "configured"
    (configured / "config").mkdir(parents=True)
    table.to_csv(tmp_path / "data.tsv", sep="\t", index=False)
    (configured / "config" / "matplotlibrc").write_text(settings)
    (configured / "matplotlibrc").write_text(settings)
    file = settings_file(study, "plot", "f", folder=tmp_path)
    command = [sys.executable, "-m", "workflow_scripts.figures.plot", "--settings", file, tmp_path / "data.tsv"]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("MPL")} | {"PYTHONPATH": str(ROOT)}
    (plain / "drawn.svg").parent.mkdir()
    write("scores", style.with_legends(table), plain / "drawn")
    own = {**bare, **variables, "MPLCONFIGDIR": str(configured / "config")}
    subprocess.run([*command, configured / "drawn"], env=own, cwd=configured, check=True)
    for ending in ("svg", "png"):
        assert (plain / f"drawn.{ending}").read_bytes() == (configured / f"drawn.{ending}").read_bytes()
