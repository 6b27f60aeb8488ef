import shutil

import pytest

from model.command import UserError
from tests import ROOT
from workflow_scripts.plan import sensitivities
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study, read_study

STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl", "en-pt"], "triangle": ["en-gl", "en-pt", "gl-pt"], "one": ["en-gl"]},
    "runs": {
        "mmt": {"train_on": "all"},
        "triangle": {"train_on": "triangle"},
        "direct": {"train_on": "all", "per": "direction"},
        "bilingual": {"train_on": "one"},
        "into": {"train_on": "all", "target": "en"},
        "cd": {"train_on": "all", "objectives": {"translation": 1, "cd": 1}},
    },
    "monolingual": [{"id": "file:mine/1/gl", "files": {"gl": "gl.txt"}}],
}


def study(**figure):
    return parse_study({**STUDY, "figures": {"f": figure}}, "s.yaml")


def models():
    return Plan(study(runs=["mmt"])).models.all


def test_languages_are_compared_that_some_directions_have_and_others_do_not():
    assert sensitivities.compared_languages(models()["mmt"]) == ["gl", "pt"]
    assert sensitivities.compared_languages(models()["triangle"]) == ["en", "gl", "pt"]
    assert sensitivities.compared_languages(models()["direct/en-gl"]) == sensitivities.compared_languages(
        models()["bilingual"]
    )
    assert sensitivities.compared_languages(models()["bilingual"]) == []
    assert sensitivities.compared_languages(models()["into"]) == ["gl", "pt"]


def test_batches_are_named_by_language():
    assert sensitivities.batches_options("gl") == ["--language", "gl"]
    assert sensitivities.batches_options("not_gl") == ["--language", "gl", "--others"]
    assert sensitivities.batches_options("every") == []


def test_correlations_and_violins_are_made_from_sensitivities():
    folder = "results/s/sensitivity/mmt"
    made = study(kind="correlation", runs=["mmt"])
    assert Plan(made).sensitivities.files("f") == [
        f"{folder}/translation.gl.npy",
        f"{folder}/translation.pt.npy",
    ]
    assert Plan(study(kind="violin", runs=["mmt"])).sensitivities.files("f") == [f"{folder}/translation.every.npy"]
    made = study(kind="task_correlation", runs=["mmt"], objectives=["translation", "cd"])
    assert Plan(made).sensitivities.files("f") == [
        f"{folder}/{objective}.{code}.npy" for objective in ("translation", "cd") for code in ("gl", "pt")
    ]


def test_pruning_scores_each_language_in_its_own_directions():
    made = study(kind="pruning", runs=["mmt"], ratios=[0.3, 0.55])
    assert Plan(made).sensitivities.pruned_scores("f") == [
        f"results/s/pruning/mmt/translation.{code}.{ratio}/test.{direction}.json"
        for code in ("gl", "pt")
        for ratio in (0.3, 0.55)
        for direction in (f"en-{code}", f"{code}-en")
    ]
    directions = ("en-gl", "gl-en", "en-pt", "pt-en")
    assert Plan(made).sensitivities.unpruned_scores("f") == [("mmt", "test", direction) for direction in directions]


def test_a_model_that_learns_one_way_only_is_scored_that_way():
    made = study(kind="pruning", runs=["into"], ratios=[0.3])
    folder = "results/s/pruning/into/translation"
    assert Plan(made).sensitivities.pruned_scores("f") == [f"{folder}.{c}.0.3/test.{c}-en.json" for c in ("gl", "pt")]


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        (
            {"kind": "correlation", "runs": ["mmt", "bilingual"]},
            "figures.f: bilingual has no languages to compare; name",
        ),
        ({"kind": "correlation", "runs": ["direct"]}, "figures.f: direct/en-gl has no languages to compare"),
        ({"kind": "pruning", "runs": ["mmt"], "test_set": "tset"}, "figures.f.test_set: unknown 'tset'; did you mean"),
        (
            {"kind": "violin", "runs": ["cd", "mmt"], "objective": "cd"},
            "figures.f: objective unknown 'cd'; known are translation; mmt learns by no other",
        ),
        (
            {"kind": "task_correlation", "runs": ["cd"], "objectives": ["translation", "cd"]},
            "figures.f: cd of cd has no text in pt; give it some",
        ),
    ],
)
def test_figures_that_cannot_be_made_are_refused(figure, message):
    with pytest.raises(UserError, match=f"^{message}"):
        Plan(study(**figure)).sensitivities.check()


def test_other_figures_are_not():
    Plan(study(kind="violin", runs=["bilingual"])).sensitivities.check()
    Plan(study(kind="violin", runs=["cd"], objective="cd")).sensitivities.check()
    Plan(study(runs=["direct", "bilingual"])).sensitivities.check()


@pytest.mark.parametrize("path", sorted(ROOT.glob("studies/*.yaml")), ids=lambda path: path.stem)
def test_the_figures_of_our_studies_can_be_made(path, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "tests/model/interop/huggingface/nllb", tmp_path / "nllb-200-distilled-600M")
    monkeypatch.chdir(tmp_path)
    Plan(read_study(path)).sensitivities.check()
