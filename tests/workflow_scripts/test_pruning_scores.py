import json
import sys

import pandas as pd
import pytest

from workflow_scripts.pruning_scores import main, table


def scored(path, run, direction, score):
    source, target = direction.split("-")
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"system": run, "run": run, "source": source, "target": target, "test_set": "test", "segments": 3}
    scores = {"sacrebleu": {"score": score, "signature": "s"}, "chrf": {"score": 2 * score, "signature": "s"}}
    path.write_text(json.dumps({**about, "scores": scores}))
    return path


@pytest.fixture
def files(tmp_path):
    whole = [scored(tmp_path / f"scores/m/test.{d}.json", "m", d, s) for d, s in (("en-gl", 20.0), ("gl-en", 30.0))]
    pruned = [
        scored(tmp_path / f"pruning/m/translation.gl.{ratio}/test.{d}.json", "m", d, s)
        for ratio, scores in (("0.5", (11.5, 14.0)), ("0.25", (19.0, 31.0)))
        for d, s in zip(("en-gl", "gl-en"), scores, strict=True)
    ]
    return pruned, whole


def test_drops_are_taken_to_the_same_model_as_it_was_trained(files):
    found = table(*files, "sacrebleu").set_index(["source", "ratio"])["drop"].to_dict()
    assert found == {
        ("en", 0.0): 0, ("gl", 0.0): 0,
        ("en", 0.25): 1.0, ("gl", 0.25): -1.0,
        ("en", 0.5): 8.5, ("gl", 0.5): 16.0,
    }  # fmt: skip


def test_the_command_writes_a_tidy_table_of_one_metric(files, tmp_path, monkeypatch):
    pruned, whole = (list(map(str, some)) for some in files)
    monkeypatch.setattr(
        sys, "argv", ["x", str(tmp_path / "o.tsv"), "--metric", "chrf", "--pruned", *pruned, "--whole", *whole]
    )
    main()
    rows = pd.read_csv(tmp_path / "o.tsv", sep="\t")
    assert set(rows.metric) == {"chrf"} and set(rows.objective) == {"translation"} and set(rows.language) == {"gl"}
    assert rows[(rows.ratio == 0.5) & (rows.target == "en")].score.item() == 28.0 and len(rows) == 6
