"""Runs of the toy study that learn from text in one language beside translation."""

import json

import pandas as pd
import pyarrow.parquet as pq

from model.shards.files import read_about
from tests.workflow.toy_study import STUDY, copied, scheduled, snakemake

CHANGED = {
    **STUDY,
    "monolingual": [{"id": "file:spanish/1/es@mono", "files": {"es": "es.es"}}],
    "runs": {
        **STUDY["runs"],
        "cd": {
            "train_on": "pretrain",
            "target": "en",
            "objectives": {"translation": 1, "cd": {"shards": ["monolingual", "original"]}},
            "intra_distillation": {"alpha": 5, "passes": 2},
            "model": {"language_tokens": "target"},
            "training": {"batches_per_update": 2, "updates": 6, "evaluate_every": 3},
        },
    },
    "tables": {**STUDY["tables"], "main": {"runs": ["cd"], "groups": {"iberian": ["en-es", "en-pt"]}}},
}


def test_a_run_denoises_beside_translation_and_goes_one_way(finished, tmp_path):
    folder = copied(finished, tmp_path / "denoising", CHANGED)
    table = "results/toy/tables/main.tsv"
    jobs = scheduled(folder, table)
    assert {"encode_monolingual", "check_leaks", "train cd", "translate cd", "score cd"} < jobs
    assert not {job for job in jobs if job.startswith("train ")} - {"train cd"} and "encode" not in jobs
    snakemake(folder, table)
    results = folder / "results" / "toy"
    shard = results / "shards" / "monolingual" / "es" / "part-00000.parquet"
    rows = pq.read_table(shard).to_pylist()
    assert all(len(row["source"]) and not len(row["target"]) for row in rows)
    assert json.loads(read_about(shard)["settings"])["kind"] == "monolingual"
    assert json.loads((results / "shards/monolingual/es.leaks.json").read_text())["found"] == 0
    curve = [json.loads(line) for line in (results / "runs" / "cd" / "metrics.jsonl").read_text().splitlines()]
    assert all(row["train_loss_cd"] > 0 and row["train_loss_translation"] > 0 for row in curve)
    cells = pd.read_csv(results / "tables" / "main.tsv", sep="\t")
    assert list(cells["column"]) == ["es→en", "pt→en", "iberian", "mean"]
