"""The files of a table of any kind: TSV for programs; Markdown, TeX and HTML for people, with notes below."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from model.writing import whole_file
from workflow_scripts.tsv import write_table

PROSE = "segment"  # a column of running text: TeX breaks its lines
NAMES = {"system", PROSE}  # columns whose cells are not made here, so they may hold any sign
# A sign → how it is written in TeX, in any encoding of fonts.
TEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "[": "{[}",  # after a line break it would begin an option
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedblright{}", "→": r"$\to$", "–": "--", "—": "---",
    "±": r"$\pm$", "†": r"$\dagger$", "‡": r"\textdaggerdbl{}", "−": "$-$", "×": r"$\times$",
    "≤": r"$\leq$", "≥": r"$\geq$",
}  # fmt: skip


def in_markdown(text: str) -> str:
    """A text as Markdown that shows it as it is, in a line or a cell. `mrasp_ft` and `p < 0.05` need no escape."""
    return re.sub(r"([\\`*{}\[\]#~|$]|&(?=[#\w]+;)|<(?=\S)|(?<=\S)>|^>|(?<![^\W_])_|_(?![^\W_]))", r"\\\1", _line(text))


def in_tex(text: str) -> str:
    """A text as TeX that prints it as it is."""
    # Of two hyphens TeX would make a dash, and of two apostrophes a quotation mark.
    return re.sub(
        r"([-'`])(?=\1)|.", lambda sign: sign[0] + "{}" if sign[1] else TEX.get(sign[0], sign[0]), _line(text)
    )


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)


def _markdown(frame: pd.DataFrame, below: list[str]) -> str:
    lines = "".join(f"\n{in_markdown(line)}\n" for line in below)
    named = frame.assign(**{column: frame[column].map(in_markdown) for column in NAMES & set(frame.columns)})
    return named.rename(columns=in_markdown).to_markdown(index=False, disable_numparse=True) + "\n" + lines


def _tex(frame: pd.DataFrame, below: list[str]) -> str:
    rows = [list(frame.columns), *frame.to_numpy().tolist()]
    head, *body = (" & ".join(map(in_tex, row)) + r" \\" for row in rows)
    columns = "".join(r"p{.6\linewidth}" if column == PROSE else "l" for column in frame.columns)
    table = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", *body, r"\bottomrule"]
    return "\n".join([*table, r"\end{tabular}", *(rf"\par{{\footnotesize {in_tex(line)}}}" for line in below), ""])


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
