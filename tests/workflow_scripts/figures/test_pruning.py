import json
import sys

import pandas as pd
import pytest

from tests.workflow_scripts.planned import settings_file
from workflow_scripts.figures.pruning import draw, main, table
from workflow_scripts.settings.figures import PrunedScores


def scored(path, run, direction, score):
    source, target = direction.split("-")
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"system": run, "run": run, "source": source, "target": target, "test_set": "test", "segments": 3}
    scores = {"sacrebleu": {"score": score, "signature": "s"}, "chrf": {"score": 2 * score, "signature": "s"}}
    path.write_text(json.dumps({**about, "scores": scores}))
    return str(path)


def files_of(folder, code, unpruned, pruned):
    """Score files of a model with pruning for a language and without. unpruned, pruned: of both directions."""
    directions = (f"en-{code}", f"{code}-en")
    unpruned = [
        scored(folder / f"scores/m/test.{d}.json", "m", d, s) for d, s in zip(directions, unpruned, strict=True)
    ]
    return [
        scored(folder / f"pruning/m/translation.{code}.{ratio}/test.{d}.json", "m", d, s)
        for ratio, scores in pruned.items()
        for d, s in zip(directions, scores, strict=True)
    ], unpruned


@pytest.fixture
def files(tmp_path):
    return files_of(tmp_path / "results/s", "gl", (20.0, 30.0), {"0.5": (11.5, 14.0), "0.25": (19.0, 31.0)})


def test_drops_are_taken_to_the_same_model_as_it_was_trained(files):
    pruned, unpruned = files
    found = (
        table(PrunedScores(metric="sacrebleu", pruned=pruned, unpruned=unpruned))
        .set_index(["source", "ratio"])["drop"]
        .to_dict()
    )
    assert found == {
        ("en", 0.0): 0, ("gl", 0.0): 0,
        ("en", 0.25): 1.0, ("gl", 0.25): -1.0,
        ("en", 0.5): 8.5, ("gl", 0.5): 16.0,
    }  # fmt: skip


def test_the_command_writes_a_tidy_table_of_one_metric(files, tmp_path, monkeypatch):
    files_of(tmp_path / "results/s", "pt", (1.0, 1.0), {"0.5": (1.0, 1.0), "0.25": (1.0, 1.0)})
    figure = {"kind": "pruning", "runs": ["m"], "ratios": [0.5, 0.25], "metric": "chrf"}
    study = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl", "en-pt"]},
        "runs": {"m": {"train_on": "all"}},
        "figures": {"f": figure},
    }
    settings = settings_file(study, "collect_pruned_scores", "f", folder=tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["x", "--settings", str(settings), "o.tsv"])
    main()
    rows = pd.read_csv(tmp_path / "o.tsv", sep="\t")
    assert set(rows.metric) == {"chrf"} and set(rows.objective) == {"translation"} and len(rows) == 12
    rows = rows[rows.language == "gl"]
    assert rows[(rows.ratio == 0.5) & (rows.target == "en")].score.item() == 28.0 and len(rows) == 6


def test_a_line_a_run_of_mean_drops_over_languages_and_directions():
    drops = {"mmt": {0.0: (0, 0, 0, 0), 0.3: (1, 2, 3, 6)}, "cd_id": {0.0: (0, 0, 0, 0), 0.3: (0, 0, 1, 1)}}
    rows = [
        {"run": run, "language": code, "ratio": ratio, "metric": "sacrebleu", "drop": drop}
        for run, of_run in drops.items()
        for ratio, values in of_run.items()
        for code, drop in zip(("gl", "gl", "pt", "pt"), values, strict=True)
    ]
    (axis,) = draw(pd.DataFrame(rows)).axes
    found = {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
    assert found == {"mmt": [[0, 0], [30, 3]], "cd_id": [[0, 0], [30, 0.5]]}
    assert axis.get_ylabel() == "drop in sacreBLEU, mean over directions"
