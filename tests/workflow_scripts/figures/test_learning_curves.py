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
    curves = [
        {"model": model, "seed": 1, "baseline": baseline, "file": str(tmp_path / model / "metrics.jsonl")}
        for model, baseline in (("direct/en-gl", None), ("mrasp", "direct/en-gl"))
    ]
    write_json(tmp_path / "settings.json", {"curves": curves})
    files = [str(tmp_path / name) for name in ("settings.json", "o.tsv", "o.crossings.tsv")]
    monkeypatch.setattr(sys, "argv", ["x", "--settings", *files])
    main()
    found = pd.read_csv(tmp_path / "o.tsv", sep="\t")
    assert list(found.columns) == ["model", "seed", "baseline", "update", "train_loss", "dev_loss", "dev_bleu"]
    ends = pd.read_csv(tmp_path / "o.crossings.tsv", sep="\t")
    assert ends.model.tolist() == ["direct/en-gl", "mrasp"] and ends.updates.tolist() == [2, 5]
    assert list(found.model) == ["direct/en-gl", "direct/en-gl", "mrasp"] and list(found["update"]) == [1, 2, 5]
    assert found.dev_bleu.isna().tolist() == [False, False, True]


LOSS = {10: 3.0, 20: 2.0, 30: 2.5}


def drawn(curves, bleu=None, baselines=None, others=None):
    """The axes of curves: model → update → dev loss, and dev BLEU where it has one. others: curves of a second seed."""
    rows = [
        {
            "model": model, "system": model.partition("/")[0], "direction": model.partition("/")[2], "seed": seed,
            "baseline": (baselines or {}).get(model), "update": update, "dev_loss": loss,
            "dev_bleu": (bleu or {}).get(model, {}).get(update),
        }
        for seed, some in ((1, curves), (2, others or {}))
        for model, losses in some.items()
        for update, loss in losses.items()
    ]  # fmt: skip
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


def test_of_several_seeds_the_mean_is_a_line_and_their_range_a_band():
    (axis, alone) = drawn({"mrasp": LOSS, "direct": LOSS}, others={"mrasp": {10: 4.0, 20: 2.0, 30: 1.5}})
    assert points(axis) == [[[10, 3.5], [20, 2.0], [30, 2.0]], [[20, 2.0]]]
    (band,) = axis.collections
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(10.0, 3.0), (10.0, 4.0), (20.0, 2.0), (30.0, 1.5), (30.0, 2.5)}
    assert not alone.collections and len(axis.lines) == 2


def test_the_baseline_stands_beside_the_others_with_a_mark_where_they_overtake_it():
    curves = {"direct": {10: 3.0, 20: 2.0, 30: 2.0}, "mrasp": {10: 4.0, 20: 2.5, 30: 1.5}, "worse": {10: 5.0, 30: 4.0}}
    base, ours, worse = drawn(curves, baselines={"mrasp": "direct", "worse": "direct"})
    assert [len(axis.lines) for axis in (base, ours, worse)] == [2, 4, 3]
    assert ours.lines[2].get_xydata().tolist() == [[10, 3.0], [20, 2.0], [30, 2.0]]
    assert ours.lines[3].get_xdata() == [25, 25]  # +1, +0.5, -0.5
    assert [text.get_text() for text in ours.get_legend().get_texts()] == ["mrasp", "direct"]
