"""Tables of every kind whose labels hold signs of Markdown, TeX and HTML: every form shows them as they are."""

import re

import lxml.html
import pandas as pd
import pytest

from workflow_scripts.settings.tables import ScoreTabulation
from workflow_scripts.tables import tabulate, tabulate_corpora, tabulate_samples
from workflow_scripts.tables.forms import FORMATS, TEX, in_markdown, in_tex

HOSTILE = [
    "a|b", "a\\|b", "a\\", "\\", r"\frac{1", "$x^2$", "US$ and {R$", "50% of _text_", "_mRASP", "__x__", "mrasp_ft",
    "*a*", "`c`", "[b](c)", "![i](j)", "<b>x</b>", "<", "p < 0.05 > q", "&amp; & &lt;", "<!-- -->", "~^~", "#1",
    "--- -- -", "'' ' `` `", '"q"', "> q", "# h", "é 模型 ไทย", "−1 ± 2 † – —", "[1]", "1. a", "~~s~~",
]  # fmt: skip
BROKEN = ["a\nb", "a\r\nb|c", "a\tb\x0b\x00", "a\u2028b"]


def score_table(label):
    cell = {
        "metric": "chrf",
        "test_set": "test",
        "published": "",
        "spread": float("nan"),
        "degrees": float("nan"),
        "score": 1.0,
        "p": 0.01,
        "p_corrected": 0.01,
        "signature": "s",
    }
    cells = [{**cell, "system": s, "difference": d} for s, d in (("base", float("nan")), ("own", 2.0))]
    cells = pd.DataFrame([{**row, "column": column} for row in cells for column in ("en→gl", label)])
    cells.loc[len(cells)] = {**cells.iloc[0], "system": label, "published": label}
    cells["column"] = pd.Categorical(cells["column"], ["en→gl", label])
    published = {"label": label, "source": label, "metric": "chrf", "values": {"en-gl": 1}}
    table = ScoreTabulation.model_validate(
        {"labels": {}, "baseline": "base", "significance": "bootstrap", "correction": "holm",
         "test_sets": ["test"], "metrics": ["chrf"],
         "groups": {}, "published": [published], "scores": [], "comparisons": [], "partners": {}, "samples": 1000}
    )  # fmt: skip
    return tabulate.wide(cells, {"base": "base", "own": label}), tabulate.notes(cells, table, [label])


def sample_table(label):
    row = {"source": "en", "target": "gl", "line": 3, "segment": label, "reference": label}
    return tabulate_samples.wide(pd.DataFrame([{**row, "system": "own", "hypothesis": label}]), {"own": label}), [label]


def corpora_table(label):
    found = pd.DataFrame([["en-gl", f"{label}/1", 5, 4]], columns=["text", "dataset", "segments_in", "segments"])
    return tabulate_corpora.wide(found), []


def markdown_cells(text):
    """The cells of a table in Markdown, and the lines below it, as they are shown; no sign may be left unescaped."""

    def shown(part):
        unescaped = re.sub(r"\\[\\`*{}\[\]#~|&$<>_]", "", part).replace("*)", ")")
        assert not re.search(r"[\\`{}\[\]#~|$]|&(?=[#\w]+;)|<(?=\S)|^>|(?<![^\W_])_|_(?![^\W_])", unescaped), part
        return re.sub(r"\\([\\`*{}\[\]#~|&$<>_])", r"\1", part)

    lines = text.split("\n")
    table = [line for line in lines if line.startswith("| ")]
    rows = [re.findall(r"((?:\\.|[^|\\])*)\|", line[1:]) for line in table]
    assert len({len(row) for row in rows}) == 1
    below = [line for line in lines if line and not line.startswith("|")]
    return [[shown(cell.strip()) for cell in row] for row in rows], [shown(line) for line in below]


PRINTED = {escaped: sign for sign, escaped in TEX.items()}


def printed(tex):
    """What TeX prints, by the table of escapes; fails at a sign that TeX would not print as it is."""
    tokens = "|".join(map(re.escape, sorted(PRINTED, key=len, reverse=True)))
    found = re.findall(rf"({tokens})|([-'`])\{{\}}(?=\2)|([^\\{{}}$&#%_~^<>|\"]|<never>)", tex)
    assert sum(map(len, ("".join(token) for token in found))) + 2 * sum(bool(b) for _, b, _ in found) == len(tex), tex
    return "".join(PRINTED.get(a, a) or b or c for a, b, c in found)


def tex_cells(text):
    lines = text.split("\n")
    rows = [line.removesuffix(r" \\").split(" & ") for line in lines if line.endswith(r" \\")]
    below = [line.removeprefix(r"\par{\footnotesize ")[:-1] for line in lines if line.startswith(r"\par")]
    return [[printed(cell) for cell in row] for row in rows], [printed(line) for line in below]


def html_cells(text):
    page = lxml.html.fromstring(f"<div>{text}</div>")
    rows = [[cell.text_content() for cell in row.iter("th", "td")] for row in page.iter("tr")]
    return rows, [note.text_content() for note in page.find_class("note")]


READERS = {"md": markdown_cells, "tex": tex_cells, "html": html_cells}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", [score_table, sample_table, corpora_table])
@pytest.mark.parametrize("label", HOSTILE)
def test_every_form_of_every_kind_shows_labels_as_they_are(kind, form, label):
    if "/" in label and kind is corpora_table:
        return
    frame, below = kind(label)
    rows, notes = READERS[form](FORMATS[form](frame, below))
    expected = [list(frame.columns), *frame.to_numpy().tolist()]
    assert rows == [[cell.strip() for cell in row] for row in expected] and notes == below


@pytest.mark.parametrize("label", BROKEN)
@pytest.mark.parametrize("form", FORMATS)
def test_a_line_break_breaks_no_row(form, label):
    frame, below = score_table(label)
    rows, notes = READERS[form](FORMATS[form](frame, below))
    assert len({len(row) for row in rows}) == 1 and len(rows) == 4 and len(notes) == len(below)


def test_usual_text_is_left_as_it_is():
    assert in_markdown("mrasp_ft p < 0.05, 31.7") == "mrasp_ft p < 0.05, 31.7"
    assert in_tex("31.7 (+17.2*)") == "31.7 (+17.2*)"
    assert in_tex("p < 0.05 | -1 -- 'a' ''") == r"p \textless{} 0.05 \textbar{} -1 -{}- 'a' '{}'"
    assert in_markdown("a|b _c_ <d>") == r"a\|b \_c\_ \<d\>"
