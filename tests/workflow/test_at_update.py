"""Runs as they were after some updates, in the toy study."""

import json
import shutil
import subprocess

import pandas as pd
from safetensors.torch import load_file

from tests.workflow.toy_study import STUDY, command, copied, scheduled, snakemake


def at(update: int) -> dict:
    """The toy study with a table that compares a run with itself after some updates."""
    early = f"mrasp@{update}"
    return {
        **STUDY,
        "tables": {**STUDY["tables"], "early": {"runs": ["mrasp", early], "baseline": early, "directions": ["es-en"]}},
        "figures": {**STUDY["figures"], "spread": {"kind": "violin", "runs": [early], "default": False}},
        "sensitivity": {"batches": 2},
    }


def test_the_model_after_some_updates_is_that_of_the_checkpoint_and_nothing_is_trained_again(finished, tmp_path):
    planned = scheduled(finished, "early", study=at(35))
    assert planned == {
        "run_config mrasp", "publish_checkpoint mrasp@35", "translate mrasp", "translate mrasp@35", "score mrasp",
        "score mrasp@35", "compare mrasp", "tabulate", "early",
    }  # fmt: skip
    folder = copied(finished, tmp_path / "work", at(35))
    was = (folder / "results/toy/runs/mrasp/model/model.safetensors").stat().st_mtime_ns
    snakemake(folder, "early", "spread")
    runs = folder / "results/toy/runs"
    assert (runs / "mrasp/model/model.safetensors").stat().st_mtime_ns == was
    made = load_file(runs / "mrasp@35/model/model.safetensors")
    kept = load_file(runs / "mrasp/checkpoints/update-00000035/model.safetensors")
    assert set(made) == set(kept) and all((made[name] == kept[name]).all() for name in kept)
    assert json.loads((runs / "mrasp@35/model/config.json").read_text())["about"]["update"] == 35
    table = pd.read_csv(folder / "results/toy/tables/early.tsv", sep="\t")
    assert set(table.system) == {"mrasp", "mrasp@35"}
    assert set(pd.read_csv(folder / "results/toy/figures/spread.tsv", sep="\t").run) == {"mrasp@35"}


def test_a_checkpoint_that_is_gone_is_told_of_and_is_there_after_another_training(finished, tmp_path):
    folder = copied(finished, tmp_path / "work", at(10))
    run = folder / "results/toy/runs/mrasp"
    assert not (run / "checkpoints/update-00000010").exists()
    done = subprocess.run(command(folder, "early"), capture_output=True, text=True)
    assert done.returncode and "checkpoints: no whole checkpoint of update 10, only of" in done.stderr
    for part in ("model", "checkpoints"):
        shutil.rmtree(run / part)
    snakemake(folder, "early")
    assert (run / "checkpoints/update-00000010").exists()
    assert json.loads((run / "run.json").read_text())["training"]["keep_updates"] == [10]
