"""The report and the models' cards of the finished toy study."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests import ROOT
from tests.workflow.toy_study import STUDY, copied, scheduled, snakemake


def test_each_model_of_the_default_target_has_a_card_and_no_other(finished):
    cards = {str(path.parent.relative_to(finished / "results/toy/runs")) for path in finished.rglob("CARD.md")}
    assert cards == {"mrasp", "direct/gl-en", "mrasp_ft/gl-en"}


def test_the_front_matter_of_a_card_is_what_the_hub_reads(finished):
    _, matter, text = (finished / "results/toy/runs/mrasp_ft/gl-en/CARD.md").read_text().split("---\n", 2)
    assert yaml.safe_load(matter) == {
        "language": ["en", "gl"],
        "license": "unknown",
        "pipeline_tag": "translation",
        "tags": ["translation"],
        "datasets": ["file:spanish/1", "file:portuguese/1", "file:galician/1"],
        "metrics": ["sacrebleu", "bleu", "chrf"],
    }
    row = r"\| file:{} \| unstated \(the study's own text\) \| {} \| – \| {} \|"
    for dataset in (("spanish/1", 220, "mrasp"), ("galician/1", 60, "mrasp_ft/gl-en")):
        assert re.search(row.format(*dataset), text)
    assert "It starts from `mrasp`" in text and "Kept at most: en-gl 60." in text
    assert "Its vocabulary also has es, pt," in text
    assert len(re.findall(r"^\| gl→en \| test \| 20 \|", text, re.M)) == 3


def test_the_command_of_a_card_translates_as_it_stands(finished, tmp_path):
    (line,) = re.findall(r"^python -m .*", (finished / "results/toy/runs/direct/gl-en/CARD.md").read_text(), re.M)
    folder = shutil.copytree(finished / "results/toy/runs/direct/gl-en/model", tmp_path / line.split()[4])
    assert folder.name == "model" and "input.txt" in line
    (tmp_path / "input.txt").write_text("u gatux rodux vidux u canux vellux .\n\n")
    command = line.replace("python", sys.executable, 1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output.txt").read_text().count("\n") == 2


def test_the_report_shows_what_the_study_made(finished):
    made = (finished / "results/toy/report.html").read_text()
    sections = re.findall(r'<h2 id="(\w+)">', made)
    assert sections == [
        *("scores", "tables", "figures", "samples", "cleaning", "dictionaries", "testsets", "models", "cost", "study"),
        "versions",
    ]
    assert "<td>gl→en</td>" in made and "<th>file:spanish</th>" in made
    jobs = dict(re.findall(r"<tr><td>(\w+)</td><td class=\"number\">(\d+)</td>", made))
    assert jobs["train"] == "3" and jobs["translate"] == "2"
    assert len(made) < 100_000


def test_the_report_is_made_again_when_a_score_is_and_a_card_when_its_licence_changes(finished):
    after = scheduled(finished, "--forcerun", "results/toy/scores/direct/gl-en/test.gl-en.json")
    assert {"report", "model_card direct/gl-en"} <= after and "model_card mrasp" not in after
    *others, galician = STUDY["corpora"]
    changed = {**STUDY, "corpora": [*others, {**galician, "licence": "CC-BY-4.0"}]}
    cards = {"model_card direct/gl-en", "model_card mrasp_ft/gl-en"}
    assert scheduled(finished, study=changed) == {*cards, "credits", "report"}


@pytest.mark.slow
def test_snakemakes_own_report_has_the_tables_and_figures(finished, tmp_path):
    snakemake(copied(finished, tmp_path / "reported"), "--report", str(tmp_path / "report.html"))
    made = (tmp_path / "report.html").read_text()
    assert "learning_curves.svg" in made and "main.html" in made
