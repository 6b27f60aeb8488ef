import json
import subprocess
import sys

import pandas as pd
import pytest

from model.records import write_json
from tests import ROOT
from workflow_scripts.tables.tabulate_corpora import sizes, wide

REPORTS = {
    "en-gl": {"wmt:news/1": (30_000, 20_000), "opus:QED/v2": (5, 4)},
    "en-pt": {"opus:QED/v2": (100, 7), "wmt:news/1": (3, 2), "wmt:news/2": (4, 0)},
    "gl": {"opus:QED/v2": (9, 8)},
}


@pytest.fixture
def reports(tmp_path):
    for text, corpora in REPORTS.items():
        counts = {name: {"lines_in": before, "lines_out": after} for name, (before, after) in corpora.items()}
        (tmp_path / f"{text}.report.json").write_text(json.dumps({"corpora": counts}))
    return [tmp_path / f"{text}.report.json" for text in ("en-pt", "gl", "en-gl")]


def test_a_row_a_text_and_dataset(reports):
    assert sizes(reports).to_numpy().tolist() == [
        ["en-pt", "opus:QED/v2", 100, 7],
        ["en-pt", "wmt:news/1", 3, 2],
        ["en-pt", "wmt:news/2", 4, 0],
        ["gl", "opus:QED/v2", 9, 8],
        ["en-gl", "wmt:news/1", 30_000, 20_000],
        ["en-gl", "opus:QED/v2", 5, 4],
    ]


def test_versions_of_a_corpus_share_a_column_and_texts_of_a_sort_are_summed(reports):
    table = wide(sizes(reports))
    assert list(table.columns) == ["text", "opus:QED", "wmt:news", "in all", "left"]
    assert table.to_numpy().tolist() == [
        ["en-pt", "100", "7", "107", "9"],
        ["gl", "9", "–", "9", "8"],
        ["en-gl", "5", "30,000", "30,005", "20,004"],
        ["all pairs", "105", "30,007", "30,112", "20,013"],
    ]


def test_the_command_writes_four_files(reports, tmp_path):
    write_json(tmp_path / "settings.json", {"reports": list(map(str, reports))})
    command = [sys.executable, "-m", "workflow_scripts.tables.tabulate_corpora", "--settings"]
    subprocess.run([*command, tmp_path / "settings.json", tmp_path / "t"], check=True, cwd=ROOT)
    assert pd.read_csv(tmp_path / "t.tsv", sep="\t").equals(sizes(reports))
    assert "| en-gl     | 5          | 30,000     | 30,005   | 20,004 |" in (tmp_path / "t.md").read_text()
    assert "gl & 9 & -- & 9 & 8" in (tmp_path / "t.tex").read_text()
    assert "<td>30,112</td>" in (tmp_path / "t.html").read_text()
