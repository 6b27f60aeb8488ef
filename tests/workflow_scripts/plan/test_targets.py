import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.records import write_json
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.run_config import filled_in
from workflow_scripts.study.read import parse_study, to_json

OF_ONE = {"train_on": "downstream", "per": "direction"}


def study(tables, figures=None):
    """Runs that start from each other and learn from each other's translations, Galician text for those."""
    runs = {
        "mrasp": {"train_on": "pretrain"},
        "na_mrasp": {"train_on": "pretrain"},
        "direct": OF_ONE,
        "ft": {**OF_ONE, "init": "mrasp"},
        "bt": {**OF_ONE, "init": "mrasp", "shards": ["original", "backtranslated"]},
    }
    made = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "monolingual": [{"id": "file:gl/1/gl", "files": {"gl": "gl.txt"}}],
        "pairs": {"pretrain": ["en-es"], "downstream": ["en-gl"]},
        "backtranslation": {"run": "ft"},
        "runs": runs,
        "tables": tables,
        "figures": figures or {},
    }
    return parse_study(made, "s.yaml")


def test_a_model_needs_what_it_starts_from_and_what_translates_for_it():
    made = study({})
    found = {name: Plan(made).training_data.teachers(model) for name, model in Plan(made).models.all.items()}
    assert found["mrasp"] == found["direct/en-gl"] == []
    assert found["ft/en-gl"] == ["mrasp"] and found["bt/en-gl"] == ["mrasp", "ft/gl-en"]
    assert found["bt/gl-en"] == ["mrasp"], "English has no text to translate back"


def test_the_models_of_the_default_target_are_those_of_its_tables_and_figures_and_all_that_these_need():
    ft = ["mrasp", "ft/en-gl", "ft/gl-en"]
    assert Plan(study({})).targets.models == []
    assert Plan(study({"main": {"runs": ["ft"]}, "other": {"runs": ["direct"], "default": False}})).targets.models == ft
    assert Plan(study({"main": {"runs": ["bt"]}})).targets.models == ["mrasp", "ft/gl-en", "bt/en-gl", "bt/gl-en"]
    figures = {"curves": {"runs": ["na_mrasp"]}, "more": {"runs": ["direct"], "default": False}}
    assert Plan(study({}, figures)).targets.models == ["na_mrasp"]
    scores = {"kind": "scores", "number": "pairs", "lines": {"Direct": {1000: "direct"}}, "directions": ["en-gl"]}
    assert Plan(study({}, {"scores": scores})).targets.models == ["direct/en-gl"]
    tables = {
        "cases": {"kind": "samples", "runs": ["ft"], "directions": ["gl-en"]},
        "sizes": {"kind": "corpora", "runs": ["direct"]},
    }
    assert Plan(study(tables)).targets.models == ["mrasp", "ft/gl-en"] and Plan(study(tables)).targets.scores == []
    assert Plan(study({}, {"sizes": {"kind": "sizes", "runs": ["mrasp"]}})).targets.models == []


def test_a_score_of_two_tables_is_one_score():
    tables = {"first": {"runs": ["ft"]}, "second": {"runs": ["ft", "mrasp"]}}
    assert Plan(study(tables)).targets.scores == [
        ("ft/en-gl", "test", "en-gl"),
        ("ft/gl-en", "test", "gl-en"),
        ("mrasp", "test", "en-es"),
        ("mrasp", "test", "es-en"),
    ]


OTHER = {"main": {"runs": ["direct"]}, "other": {"runs": ["ft"], "directions": ["en-gl"], "default": False}}


def write_score(path, study, **more):
    write_json(path, {"search": study.search.of_best(), **more})
    os.utime(path, (20, 20))


def put_score(plan):
    """The score of a table that is not made by default, and what its model and the one it starts from left behind.

    The study leaves the size of its models open, so run.json has that for the amount of text.
    """
    ids, vocabulary = (
        Ragged(np.full(10, 6, np.int32), np.array([0, 10])),
        Vocabulary.build({"a": 1}, ["en", "gl"], 1, 9),
    )
    for name in ("mrasp", "ft/en-gl"):
        for folder in plan.shards.of_model(plan.models.all[name]):
            Path(folder).mkdir(parents=True, exist_ok=True)
            write_part(Path(folder, part_name(0)), [(ids, ids)], ("en", "gl"), vocabulary, 1, {})
            os.utime(folder, (10, 10))
        write_json(f"results/s/runs/{name}/run.json", filled_in(plan.runs.settings(name)).model_dump(mode="json"))
    path = Path("results/s/scores/ft/en-gl/test.en-gl.json")
    write_score(path, plan.study)
    return str(path)


def test_a_score_of_another_table_counts_by_its_content(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Plan(study(OTHER)).targets.other_score_files == {}
    path = put_score(Plan(study(OTHER)))
    before = Plan(study(OTHER)).targets.other_score_files
    assert list(before) == [path]
    write_score(path, study(OTHER), more=2)
    after = Plan(study(OTHER)).targets.other_score_files
    assert list(after) == [path] and after != before


@pytest.mark.parametrize("run", ["mrasp", "ft/en-gl"])
@pytest.mark.parametrize("what", ["settings", "no settings", "shards", "no shards"])
def test_a_score_of_another_table_does_not_count_if_its_model_or_one_behind_it_is_another(
    tmp_path, monkeypatch, run, what
):
    monkeypatch.chdir(tmp_path)
    plan = Plan(study(OTHER))
    put_score(plan)
    config, path = plan.runs.config(run), Path(f"results/s/runs/{run}/run.json")
    if what == "settings":
        write_json(path, config.model_copy(update={"seed": 7}).model_dump(mode="json"))
    elif what == "shards":
        os.utime(plan.shards.of_model(plan.models.all[run])[0], (30, 30))
    elif what == "no shards":
        shutil.rmtree(plan.shards.of_model(plan.models.all[run])[0])
    else:
        path.unlink()
    assert Plan(study(OTHER)).targets.other_score_files == {}


def test_a_score_of_another_table_does_not_count_if_the_search_of_its_run_has_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = put_score(Plan(study(OTHER)))
    own = to_json(study(OTHER))
    own["runs"]["ft"]["search"] = {"length_penalty": 1.4}
    made = parse_study(own, "s.yaml")
    assert Plan(made).targets.other_score_files == {}
    write_json(Path(path), {"search": {**made.search.of_best(), "length_penalty": 1.4}})
    os.utime(path, (20, 20))
    assert list(Plan(made).targets.other_score_files) == [path]


@pytest.mark.parametrize("said", ["no JSON", "[]", "{}", '{"search": {"beam": 1}}'])
def test_a_score_of_another_table_does_not_count_if_its_search_was_another(tmp_path, monkeypatch, said):
    monkeypatch.chdir(tmp_path)
    path = Path(put_score(Plan(study(OTHER))))
    path.write_text(said)
    os.utime(path, (20, 20))
    assert Plan(study(OTHER)).targets.other_score_files == {}
