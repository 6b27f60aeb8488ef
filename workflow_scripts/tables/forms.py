"""The files of a table of any kind: TSV for programs; Markdown, TeX and HTML for people, with notes below."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from model.writing import whole_file
from workflow_scripts.tsv import write_table

PROSE = "segment"  # a column of running text: TeX breaks its lines, and its signs are escaped in Markdown
ESCAPES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
SIGNS = {"→": r"$\to$", "–": "--", "±": r"$\pm$", "†": r"$\dagger$"}
TEX = {**{c: f"\\{c}" for c in "&%$#_{}"}, **ESCAPES, **SIGNS}


def _markdown(frame: pd.DataFrame, below: list[str]) -> str:
    lines = "".join(f"\n{line.replace('*', chr(92) + '*')}\n" for line in below)
    if PROSE in frame:
        frame = frame.assign(**{PROSE: [re.sub(r"([\\`*_{}\[\]<>#~|&$])", r"\\\1", text) for text in frame[PROSE]]})
    return frame.to_markdown(index=False, disable_numparse=True) + "\n" + lines


def _tex(frame: pd.DataFrame, below: list[str]) -> str:
    rows = [list(frame.columns), *frame.to_numpy().tolist()]
    head, *body = (" & ".join("".join(TEX.get(c, c) for c in cell) for cell in row) + r" \\" for row in rows)
    columns = "".join(r"p{.6\linewidth}" if column == PROSE else "l" for column in frame.columns)
    table = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", *body, r"\bottomrule"]
    lines = [rf"\par{{\footnotesize {''.join(TEX.get(c, c) for c in line)}}}" for line in below]
    return "\n".join([*table, r"\end{tabular}", *lines, ""])


def _html(frame: pd.DataFrame, below: list[str]) -> str:
    lines = "".join(f'\n<p class="note">{html.escape(line, quote=False)}</p>' for line in below)
    with pd.option_context("display.max_colwidth", None):  # longer text would be cut
        return frame.to_html(index=False, border=0) + lines + "\n" * bool(lines)


FORMATS: dict[str, Callable[[pd.DataFrame, list[str]], str]] = {"md": _markdown, "tex": _tex, "html": _html}


def write_forms(prefix: Path, tidy: pd.DataFrame, frame: pd.DataFrame, below: list[str]) -> None:
    """Write PREFIX.tsv of `tidy` and the other files of `frame`, whose cells are text; each whole or not at all."""
    write_table(tidy, Path(f"{prefix}.tsv"))
    for ending, form in FORMATS.items():
        with whole_file(f"{prefix}.{ending}") as part:
            part.write_text(form(frame, below), encoding="utf-8")
