"""Systems from elsewhere: what a study may do with one, and what follows."""

import copy
from pathlib import Path
from typing import Any

import pytest

from model.command import UserError
from model.config.model import ModelConfig
from tests import ROOT
from workflow_scripts.plan import checks
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.settings import RULES
from workflow_scripts.plan.text_settings import learn_subwords
from workflow_scripts.study.read import parse_study, to_json

PUBLISHED = str(ROOT / "tests/model/interop/huggingface/nllb")
STUDY: dict[str, Any] = {
    "study": "s",
    "corpora": [{"id": "file:mine/1", "files": {"en": "m.en", "gl": "m.gl"}}],
    "pairs": {"all": ["en-gl"]},
    "testsets": {"test": {"source": "held_out", "segments": 9}, "dev": {"source": "held_out", "segments": 9}},
    "subwords": {"from": "nllb", "trim": True},
    "runs": {
        "nllb": {"train_on": "all", "external": {"huggingface": PUBLISHED, "licence": "CC-BY-NC-4.0"}},
        "theirs": {"train_on": "all", "source": "en", "external": {"translations": "theirs"}},
        "tuned": {"train_on": "all", "init": "nllb"},
    },
    "tables": {"main": {"runs": ["nllb", "theirs", "tuned"], "baseline": "nllb"}},
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "theirs").mkdir()
    for name in ("theirs/test.en-gl.txt", "m.en", "m.gl"):
        (tmp_path / name).touch()
    return tmp_path


def planned(**changes: Any) -> Plan:
    study = copy.deepcopy(STUDY)
    for path, value in changes.items():
        part, _, name = path.partition("__")
        study.setdefault(part, {}).update({name: value} if name else value)
    plan = Plan(parse_study(study, "s.yaml"))
    checks.check(plan, "s.yaml")
    return plan


def test_an_external_system_is_translated_with_or_read_and_never_trained():
    plan = planned()
    assert plan.models.trained == ["tuned"] and plan.targets.models == ["tuned"]
    assert plan.models.externals("huggingface") == {"nllb": PUBLISHED}
    assert plan.models.externals("translations") == {"theirs": "theirs"}
    assert plan.shards.of_text == ["results/s/shards/original/en-gl", "results/s/shards/original/gl-en"]
    scored = [(model, direction) for model, _, direction in plan.tables.scores("main")]
    assert scored == [("nllb", d) for d in ("en-gl", "gl-en")] + [("theirs", "en-gl")] + [
        ("tuned", d) for d in ("en-gl", "gl-en")
    ]
    assert plan.models.searched("theirs") == {} != plan.models.searched("nllb")
    assert RULES["score"](plan, "nllb").pairs == {"en-gl": 0, "gl-en": 0}


def test_a_run_starts_from_it_and_takes_its_subwords():
    plan, imported = planned(), "results/s/runs/nllb/model"
    assert plan.runs.config("tuned").init == imported == plan.subwords.model
    assert plan.subwords.sources[0] == imported and learn_subwords(plan).subwords.model == imported
    assert plan.study.subwords.kind == "sentencepiece" and plan.study.segmenters == {"default": "spaces"}
    assert plan.models.starting_sizes("tuned") is None, "known once it is imported"
    card = RULES["model_card"](plan, "tuned")
    assert card.start == "nllb" and card.elsewhere == [PUBLISHED]
    assert f"CC-BY-NC-4.0 (the model {PUBLISHED})" in card.licences


def test_the_sizes_that_runs_share_are_not_for_those_that_start_from_it():
    """Such a run has the sizes that the import finds, and asks for no other (model/training/build.py)."""
    last = {"train_on": "all", "init": "tuned", "model": {"max_positions": 30}}
    plan = planned(model={"width": 64}, runs__direct={"train_on": "all"}, runs__last=last)
    asked = {run: plan.runs.config(run).model for run in ("direct", "tuned", "last")}
    assert asked["direct"].width == 64
    assert asked["tuned"] == ModelConfig() and asked["last"] == ModelConfig(max_positions=30)


def test_a_study_with_one_is_read_again_as_it_was_written():
    plan = planned()
    assert to_json(parse_study(to_json(plan.study), "study.json")) == to_json(plan.study)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"runs__nllb": {"train_on": "all", "external": {}}}, "runs.nllb.external: give one of huggingface, model"),
        (
            {"runs__nllb": {"train_on": "all", "external": {"huggingface": "a", "model": "b"}}},
            "runs.nllb.external: give one of huggingface, model",
        ),
        (
            {"runs__theirs": {**STUDY["runs"]["theirs"], "search": {"beam": 2}}},
            "runs.theirs: search: the run is external, and this has no effect on it; take search out",
        ),
        ({"runs__nllb": {**STUDY["runs"]["nllb"], "seeds": [1]}}, "runs.nllb: seeds: the run is external"),
        ({"runs__nllb": {**STUDY["runs"]["nllb"], "init": "tuned"}}, "runs.nllb: init: the run is external"),
        (
            {"runs__nllb": {"train_on": "all", "external": {"huggingface": "nlbl"}}},
            "runs.nllb.external.huggingface: nlbl/config.json is not there; mend the path",
        ),
        ({"runs__tuned": {"train_on": "all", "init": "theirs"}}, "runs.tuned.init: theirs has translations, and no"),
        ({"subwords": {"from": "theirs"}}, "subwords.from: theirs is no model from elsewhere"),
        ({"subwords": {"from": "tuned"}}, "subwords.from: tuned is no model from elsewhere"),
        ({"training": {"like": {"gl": "pt"}}}, "training.like: give it to the run that adds the language"),
        (
            {"runs__new": {"train_on": "all", "training": {"like": {"gl": "pt"}}}},
            "runs.new.training.like: the run starts from no model; take it out",
        ),
        *(
            ({"runs__tuned": {"train_on": "all", "init": "nllb", "training": {"like": like}}}, message)
            for like, message in (
                ({"glg": "pt"}, "runs.tuned.training.like: unknown 'glg'"),
                ({"fr": "pt"}, "runs.tuned.training.like: unknown 'fr'"),
                ({"gl": "por"}, "runs.tuned.training.like.gl: write por as pt"),
                ({"gl": "tlh"}, "runs.tuned.training.like.gl: language 'tlh': its script is not known here"),
                ({"gl": "no such"}, "unknown language 'no such'"),
            )
        ),
        ({"figures__f": {"runs": ["nllb"]}}, "figures.f: nllb is external, and how it was trained is not known"),
        ({"figures__f": {"kind": "violin", "runs": ["nllb"]}}, "figures.f: nllb is external"),
        ({"figures__f": {"kind": "retrieval", "runs": ["theirs"]}}, "figures.f: theirs has translations, and no model"),
        (
            {"tables__t": {"kind": "search", "runs": ["theirs"], "beams": [2]}},
            "tables.t: theirs has translations, and no model",
        ),
        ({"tables__t": {"runs": ["nllb@20"]}}, "tables.t: unknown run 'nllb@20'"),
        ({"tables__t": {"runs": ["theirs"], "test_sets": ["dev"]}}, "no file theirs/dev.en-gl.txt; put it there"),
    ],
)
def test_what_it_cannot_be_used_for_is_one_line(change, message):
    with pytest.raises(UserError) as error:
        planned(**change)
    assert message in str(error.value) and "\n" not in str(error.value)
