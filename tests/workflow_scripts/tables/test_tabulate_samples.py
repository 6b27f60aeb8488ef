"""Case studies: which segments are shown, beside what, and in which files."""

import subprocess
import sys

import pandas as pd
import pytest

from model.command import UserError
from model.text.lines import write_lines
from tests import ROOT
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.plan.result_settings import tabulate_samples
from workflow_scripts.tables.forms import FORMATS
from workflow_scripts.tables.tabulate_samples import samples, translations, wide


def study(**table):
    cases = {"kind": "samples", "runs": ["direct", "mrasp"], "directions": ["gl-en", "en-gl"], **table}
    return {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl", "en-pt"]},
        "runs": {
            "direct": {"train_on": "all", "per": "direction", "label": "Direct"},
            "mrasp": {"train_on": "all", "source": "en"},
        },
        "tables": {"cases": cases, "main": {"runs": ["mrasp"]}},
    }


@pytest.fixture
def results(tmp_path):
    """21 lines, whose first is not there in Galician, and what two models made of them."""
    write_lines(tmp_path / "testsets/test/en.txt", [f"s{n}" for n in range(1, 22)])
    write_lines(tmp_path / "testsets/test/gl.txt", ["", *(f"r{n}" for n in range(2, 22))])
    for run, direction in (("direct/en-gl", "en-gl"), ("direct/gl-en", "gl-en"), ("mrasp", "en-gl")):
        made = [f"{run[0]}{n}" for n in range(1, 22)]
        write_lines(tmp_path / f"translations/{run}/test.{direction}.txt", made)
    return tmp_path


EN_GL = [("direct/en-gl", "test", "en-gl"), ("mrasp", "test", "en-gl")]


def row(n):
    return {"line": n, "source": f"s{n}", "reference": f"r{n}", "hypotheses": {"direct": f"d{n}", "mrasp": f"m{n}"}}


def test_samples_are_spread_over_the_segments_that_both_languages_have(results):
    assert samples(results, EN_GL) == {"test: en-gl": [row(n) for n in (4, 8, 12, 16, 20)]}
    assert samples(results, EN_GL, 2) == {"test: en-gl": [row(n) for n in (7, 17)]}


def test_lines_go_by_their_numbers_in_the_files(results):
    assert samples(results, EN_GL, lines=[21, 2, 21]) == {"test: en-gl": [row(21), row(2)]}
    for missing in (1, 22):
        with pytest.raises(UserError, match=f"testsets/test: line {missing} is not there in both languages"):
            samples(results, EN_GL, lines=[2, missing])


def test_a_small_test_set_is_shown_whole(tmp_path):
    for path in ("testsets/test/en.txt", "testsets/test/gl.txt", "translations/mrasp/test.en-gl.txt"):
        write_lines(tmp_path / path, ["a", "b", "c"])
    (rows,) = samples(tmp_path, [("mrasp", "test", "en-gl")]).values()
    assert [(row["line"], row["source"]) for row in rows] == [(1, "a"), (2, "b"), (3, "c")]


def test_the_source_and_the_reference_stand_above_what_systems_made_of_it(results):
    table = tabulate_samples(plan_of(study(lines=[3])), "cases")
    found = translations(table, results)
    assert found.to_numpy().tolist() == [
        ["gl", "en", "test", 3, "direct", "r3", "s3", "d3"],
        ["en", "gl", "test", 3, "direct", "s3", "r3", "d3"],
        ["en", "gl", "test", 3, "mrasp", "s3", "r3", "m3"],
    ]
    assert wide(found, table.labels).to_numpy().tolist() == [
        ["gl→en", "3", "source", "r3"],
        ["gl→en", "3", "reference", "s3"],
        ["gl→en", "3", "Direct", "d3"],
        ["en→gl", "3", "source", "s3"],
        ["en→gl", "3", "reference", "r3"],
        ["en→gl", "3", "Direct", "d3"],
        ["en→gl", "3", "mrasp", "m3"],
    ]


def test_text_is_text_in_every_form():
    text = r"a|b *c* <b> \d ~ 5% " + "long " * 30 + "."
    frame = pd.DataFrame([["en→gl", "3", "m_r", text]], columns=["direction", "line", "system", "segment"])
    markdown, tex, html = (FORMATS[ending](frame, []) for ending in ("md", "tex", "html"))
    assert r"| m_r      | a\|b \*c\* \<b\> \\d \~ 5% long" in markdown
    assert r"m\_r & a\textbar{}b *c* \textless{}b\textgreater{} \textbackslash{}d \textasciitilde{} 5\% long" in tex
    assert r"\begin{tabular}{lllp{.6\linewidth}}" in tex
    assert "a|b *c* &lt;b&gt; \\d ~ 5% long" in html and html.count("long") == 30


def test_the_command_writes_four_files(results):
    settings = settings_file(study(segments=2), "tabulate_samples", "cases", folder=results)
    command = [sys.executable, "-m", "workflow_scripts.tables.tabulate_samples", "--settings", settings]
    subprocess.run([*command, results, results / "cases"], check=True, cwd=ROOT)
    found = pd.read_csv(results / "cases.tsv", sep="\t")
    assert list(found["line"]) == [7, 17, 7, 7, 17, 17] and list(found["hypothesis"])[2:4] == ["d7", "m7"]
    lines = (results / "cases.md").read_text().splitlines()
    assert len(lines) == 2 + 6 + 8 + 2 and lines[-1] == "line: of the test set test"
    assert all((results / f"cases.{ending}").stat().st_size for ending in ("tex", "html"))
