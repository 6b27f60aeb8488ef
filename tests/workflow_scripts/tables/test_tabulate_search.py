"""Which setting of the search a table chooses, and what it tells to write, from translations made by hand."""

import subprocess
import sys

import pandas as pd
import pytest

from model.command import UserError
from model.records import write_json
from model.text.lines import write_lines
from tests import ROOT
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.plan.result_settings import tabulate_search
from workflow_scripts.tables.tabulate_search import notes, scores, wide, with_means

REFERENCE, SHORT, OTHER = "a b c d e f g h", "a b c d e f", "z y x w v u t s"
PENALTIES = [0.5, 1.0, 2.0]


def study(beams=None, runs=("mmt", "id"), seeds=(1,), patiences=None):
    tried = {"length_penalties": PENALTIES, "beams": beams, "patiences": patiences}
    table = {"kind": "search", "runs": list(runs), **tried}
    rows = {name: {"train_on": "all", "source": "en", "seeds": list(seeds)} for name in ("mmt", "id")}
    return {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl"]},
        "runs": {**rows, "id": {**rows["id"], "label": "+ID"}},
        "tables": {"tuning": table},
    }


def put(model, texts, beams=(5,), directions=("en-gl",), patiences=(1,)):
    """The file of a model. texts: its translation of the only segment for each length penalty, beam after beam."""
    settings = [(beam, patience, penalty) for beam in beams for patience in patiences for penalty in PENALTIES]
    rows = [
        {
            **dict(zip(("source", "target"), d.split("-"), strict=True)),
            "beam": beam,
            "patience": patience,
            "length_penalty": penalty,
            "hypotheses": [t],
        }
        for d in directions
        for (beam, patience, penalty), t in zip(settings, texts, strict=True)
    ]
    write_json(f"results/s/tuning/tuning/{model}.json", {"lines": {d: [2] for d in directions}, "translations": rows})


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """A dev set of two lines, of which the second was translated."""
    monkeypatch.chdir(tmp_path)
    for code in ("en", "gl"):
        write_lines(f"dev/{code}.txt", ["first", REFERENCE])
    return tmp_path / "dev"


def made(dev, **settings):
    table = tabulate_search(plan_of(study(**settings)), "tuning")
    found = with_means(scores(table, dev), table)
    return found, wide(found, table).to_numpy().tolist(), notes(found, table, "dev")


def test_each_run_and_all_runs_have_the_setting_with_the_best_score(dev):
    put("mmt", [REFERENCE, SHORT, OTHER])
    put("id", [OTHER, SHORT, REFERENCE])
    found, rows, said = made(dev)
    # All n-grams of `a b c d e f` are right: its BLEU is the brevity penalty, exp(1 - 8/6) = 71.7.
    assert rows == [
        ["mmt", "5", "100.0 (1.00)*", "71.7 (0.75)", "0.0 (1.00)"],
        ["+ID", "5", "0.0 (1.00)", "71.7 (0.75)", "100.0 (1.00)*"],
        ["mean", "5", "50.0 (1.00)", "71.7 (0.75)*", "50.0 (1.00)"],
    ]
    assert said[0].startswith("sacreBLEU of 1 segments of each direction of dev, the mean over directions")
    assert said[2:] == [
        "for mmt: runs.mmt.search.length_penalty: 0.5 (the smallest here; try smaller ones too)",
        "for +ID: runs.id.search.length_penalty: 2 (the largest here; try larger ones too)",
        "for all runs alike: search.length_penalty: 1, which no run overrides",
    ]
    assert list(found["segments"].dropna()) == [1] * 6 and set(found["beam"]) == {5}


def test_of_equal_settings_the_first_listed_wins(dev):
    put("mmt", [OTHER, SHORT, SHORT])
    put("id", [SHORT, SHORT, OTHER])
    _, rows, _ = made(dev)
    assert [[cell.endswith("*") for cell in row[2:]] for row in rows] == [
        [False, True, False],
        [True, False, False],
        [False, True, False],
    ]


def test_a_run_is_the_mean_of_its_directions_and_has_one_best_of_all_beams(dev):
    table = study(beams=[2, 4], runs=["mmt"])
    del table["runs"]["mmt"]["source"]
    put("mmt", [OTHER, SHORT, OTHER, SHORT, REFERENCE, REFERENCE], (2, 4), ("en-gl", "gl-en"))
    told = tabulate_search(plan_of(table), "tuning")
    found = with_means(scores(told, dev), told)
    assert wide(found, told).to_numpy().tolist() == [
        ["mmt", "2", "0.0 (1.00)", "71.7 (0.75)", "0.0 (1.00)"],
        ["mmt", "4", "71.7 (0.75)", "100.0 (1.00)*", "100.0 (1.00)"],
    ]
    assert notes(found, told, "dev")[2:] == ["for mmt: runs.mmt.search.beam: 4, runs.mmt.search.length_penalty: 1"]


def test_runs_with_beams_of_their_own_have_a_mean_by_length_penalty(dev):
    put("mmt", [SHORT] * 3, beams=[5])
    put("id", [SHORT, REFERENCE, SHORT], beams=[8])
    _, rows, said = made(dev, seeds=(1, 2))
    assert [row[:2] for row in rows] == [["mmt", "5"], ["+ID", "8"], ["mean", "–"]]
    assert rows[2][3] == "85.8 (0.88)*" and "of a run with several seeds it is the model of the first" in said


def test_patiences_are_rows_too(dev):
    put("mmt", [SHORT, SHORT, OTHER, OTHER, REFERENCE, SHORT], patiences=(1, 2))
    _, rows, said = made(dev, runs=["mmt"], patiences=[1, 2])
    assert rows == [
        ["mmt", "5", "1", "71.7 (0.75)", "71.7 (0.75)", "0.0 (1.00)"],
        ["mmt", "5", "2", "0.0 (1.00)", "100.0 (1.00)*", "71.7 (0.75)"],
    ]
    assert said[2] == "for mmt: runs.mmt.search.patience: 2, runs.mmt.search.length_penalty: 1"


def test_a_file_without_a_setting_is_one_line(dev):
    put("mmt", [SHORT] * 3)
    with pytest.raises(UserError, match="^results/s/tuning/tuning/mmt.json: lacks a setting of the table; delete it"):
        made(dev, runs=["mmt"], beams=[4])


def test_the_command_writes_four_files(dev, tmp_path):
    put("mmt", [SHORT] * 3)
    put("id", [SHORT, REFERENCE, SHORT])
    settings = settings_file(study(), "tabulate_search", "tuning", folder=tmp_path)
    command = [sys.executable, "-m", "workflow_scripts.tables.tabulate_search", "--settings", settings, dev, "t"]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(ROOT)})
    found = pd.read_csv("t.tsv", sep="\t")
    best = found[found["best"]]
    assert list(best["system"].fillna("-")) == ["mmt", "id", "-"] and list(best["length_penalty"]) == [0.5, 1, 1]
    assert all((tmp_path / f"t.{ending}").stat().st_size for ending in ("md", "tex", "html"))
