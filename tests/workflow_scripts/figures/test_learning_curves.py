import json
import sys

import pandas as pd

from model.records import write_json
from workflow_scripts.figures.learning_curves import draw, main


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


LOSS = {10: 3.0, 20: 2.0, 30: 2.5}


def drawn(curves, bleu=None):
    """The axes of curves: model → update → dev loss, and dev BLEU where it has one."""
    rows = [
        {"system": system, "direction": direction, "update": update, "dev_loss": loss, "dev_bleu": scores.get(update)}
        for model, losses in curves.items()
        for (system, _, direction), scores in [(model.partition("/"), (bleu or {}).get(model, {}))]
        for update, loss in losses.items()
    ]
    return draw(pd.DataFrame(rows)).axes


def points(axis):
    """What a panel's first line shows, and its best point."""
    return [axis.lines[0].get_xydata().tolist(), axis.lines[1].get_xydata().tolist()]


def test_a_column_a_system_a_line_a_model_and_its_best_point():
    axes = drawn({"mrasp": LOSS, "direct/en-gl": LOSS, "direct/gl-en": {10: 1.0}})
    assert [axis.get_title() for axis in axes] == ["mrasp", "direct"]
    assert points(axes[0]) == [[[10, 3.0], [20, 2.0], [30, 2.5]], [[20, 2.0]]]
    assert [text.get_text() for text in axes[1].get_legend().get_texts()] == ["en-gl", "gl-en"]


def test_a_second_row_shows_dev_bleu_where_a_model_has_one():
    axes = drawn({"mrasp": LOSS, "direct": LOSS}, {"mrasp": {10: 1.0, 30: 4.0}})
    assert [axis.get_ylabel() for axis in axes] == ["dev loss (nats a subword)", "", "dev BLEU, greedy", ""]
    assert points(axes[2]) == [[[10, 1.0], [30, 4.0]], [[30, 4.0]]]
    assert not axes[3].lines
