import json
import sys

import pandas as pd

from model.records import write_json
from workflow_scripts.figures.learning_curves import main


def test_metrics_of_models_become_one_table(tmp_path, monkeypatch):
    rows = {
        "mrasp": [{"update": 5, "epoch": 0, "train_loss": 4.0, "dev_loss": 3.0}],
        "direct/en-gl": [{"update": n, "train_loss": 2.0, "dev_loss": 1.5, "dev_bleu": 7.0} for n in (1, 2)],
    }
    for model, some in rows.items():
        (tmp_path / model).mkdir(parents=True)
        (tmp_path / model / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    files = {model: str(tmp_path / model / "metrics.jsonl") for model in ("direct/en-gl", "mrasp")}
    write_json(tmp_path / "settings.json", {"metrics": files})
    monkeypatch.setattr(sys, "argv", ["x", "--settings", str(tmp_path / "settings.json"), str(tmp_path / "o.tsv")])
    main()
    found = pd.read_csv(tmp_path / "o.tsv", sep="\t")
    assert list(found.columns) == ["model", "update", "train_loss", "dev_loss", "dev_bleu"]
    assert list(found.model) == ["direct/en-gl", "direct/en-gl", "mrasp"] and list(found["update"]) == [1, 2, 5]
    assert found.dev_bleu.isna().tolist() == [False, False, True]
