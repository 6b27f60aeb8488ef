"""Systems from elsewhere in a study that is made: a model of Hugging Face, and translations of another program."""

import json
import shutil

import pandas as pd
import pytest

from model.network.folder import read_weights
from tests import ROOT
from tests.workflow.toy_study import STUDY, prepare, snakemake

PUBLISHED = str(ROOT / "tests/model/interop/huggingface/nllb")
TUNED = {
    "study": "toy",
    "corpora": STUDY["corpora"][2:],
    "pairs": {"new": ["en-gl"]},
    "testsets": STUDY["testsets"],
    "subwords": {"from": "nllb", "trim": True},
    "model": STUDY["model"],
    "training": {**STUDY["training"], "updates": 10},
    "search": {"beam": 2},
    "runs": {
        "nllb": {"train_on": "new", "external": {"huggingface": PUBLISHED, "licence": "CC-BY-NC-4.0"}},
        "direct": {"train_on": "new"},
        "tuned": {"train_on": "new", "init": "nllb"},
    },
    "tables": {"main": {"runs": ["nllb", "direct", "tuned"], "baseline": "nllb"}},
}


@pytest.mark.slow
def test_a_published_model_is_imported_trained_further_and_tabled_beside_others(tmp_path):
    folder = prepare(tmp_path / "work", TUNED)
    snakemake(folder)
    results = folder / "results/toy"
    configs = {run: json.loads((results / f"runs/{run}/model/config.json").read_text()) for run in TUNED["runs"]}
    assert configs["tuned"]["model"] == configs["nllb"]["model"], "the sizes of the study are those of direct alone"
    assert configs["direct"]["model"]["width"] == STUDY["model"]["width"] != configs["nllb"]["model"]["width"]
    rows = {run: len(read_weights(results / f"runs/{run}/model")["embedding.tokens.weight"]) for run in configs}
    assert rows["tuned"] == rows["direct"] < rows["nllb"], "rows that the text does not need are gone"

    theirs = {"train_on": "new", "external": {"translations": "theirs"}}
    shutil.copytree(results / "translations/nllb", folder / "theirs")
    more = {**TUNED, "runs": {**TUNED["runs"], "theirs": theirs}}
    more["tables"] = {"main": {**TUNED["tables"]["main"], "runs": [*TUNED["tables"]["main"]["runs"], "theirs"]}}
    prepare(folder, more)
    snakemake(folder)
    table = pd.read_csv(results / "tables/main.tsv", sep="\t").set_index(["system", "column", "metric"])["score"]
    assert {system for system, _, _ in table.index} == set(more["runs"])
    assert table["theirs"].equals(table["nllb"]), "the files are those that nllb wrote"
