"""Systems from elsewhere in a study that is made: a model of Hugging Face, and translations of another program."""

import json
import shutil

import pandas as pd
import pytest
import torch

from model.network.folder import load_model, read_weights
from tests import ROOT
from tests.model.interop.test_import_huggingface import begin, source_of
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
        "unchanged": {"train_on": "new", "init": "nllb", "training": {"learning_rate": 1e-12, "warmup": 0}},
    },
    "tables": {"main": {"runs": ["nllb", "direct", "tuned", "unchanged"], "baseline": "nllb"}},
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

    assert_same_logits(
        *(results / f"runs/{run}/model" for run in ("nllb", "unchanged")), results / "text/en-gl.parquet"
    )

    theirs = {"train_on": "new", "external": {"translations": "theirs"}}
    shutil.copytree(results / "translations/nllb", folder / "theirs")
    more = {**TUNED, "runs": {**TUNED["runs"], "theirs": theirs}}
    more["tables"] = {"main": {**TUNED["tables"]["main"], "runs": [*TUNED["tables"]["main"]["runs"], "theirs"]}}
    prepare(folder, more)
    snakemake(folder)
    table = pd.read_csv(results / "tables/main.tsv", sep="\t").set_index(["system", "column", "metric"])["score"]
    assert {system for system, _, _ in table.index} == set(more["runs"])
    assert table["theirs"].equals(table["nllb"]), "the files are those that nllb wrote"


def assert_same_logits(whole, trimmed, text):
    """Of the training text, for the rows that both models have."""
    (model, tokenizer), (small, fewer) = (load_model(folder, torch.device("cpu")) for folder in (whole, trimmed))
    of_piece = {piece: row for row, piece in enumerate(tokenizer.vocabulary.pieces)}
    both = {row: of_piece[piece] for row, piece in enumerate(fewer.vocabulary.pieces) if piece in of_piece}
    new = {*fewer.vocabulary.pieces} - {*of_piece}
    assert all(len(piece) == 1 for piece in new), "letters that the model of the tests lacks"
    for line in pd.read_parquet(text)["en"].str.translate(str.maketrans(dict.fromkeys(new, "")))[:20]:
        ids, kept = tokenizer.encode(line, "en"), fewer.encode(line, "en")
        assert [both[i] for i in kept] == list(ids)
        ids, kept = ids[:30], kept[:30]  # the model has 40 positions
        with torch.no_grad():
            there, here = (
                one.logits(one(source_of(one, words, read), torch.tensor([[*begin(one, words), *read]])))
                for one, words, read in ((model, tokenizer, ids), (small, fewer, kept))
            )
        assert torch.allclose(there[..., [*both.values()]], here[..., [*both]], atol=1e-5)
