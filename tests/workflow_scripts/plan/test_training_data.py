from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.settings import RULES
from workflow_scripts.plan.training_data import files_of
from workflow_scripts.study.read import parse_study

STUDY = {
    "study": "s",
    "corpora": ["opus:TED2020/v1", {"id": "file:own/1", "files": {"en": "a", "gl": "b"}}],
    "monolingual": [{"id": "file:gl/1/gl", "files": {"gl": "gl.txt"}, "licence": "CC0-1.0"}],
    "dictionaries": {"sources": ["muse:dictionaries/1", "induced"]},
    "pairs": {"pretrain": ["en-id", "en-sl"], "downstream": ["en-gl"]},
    "backtranslation": {"run": "direct"},
    "runs": {
        "mrasp": {"train_on": "pretrain", "shards": ["original", "substituted"]},
        "direct": {"train_on": "downstream", "per": "direction"},
        "bt": {"train_on": "downstream", "source": "en", "init": "mrasp", "shards": ["original", "backtranslated"]},
    },
}


def said(name, **settings):
    study = parse_study({**STUDY, **settings}, "s.yaml")
    found = Plan(study).training_data.uses(name)
    return study, found, {(use.model, use.kind, use.name, use.item.dataset.name) for use in found}


def test_a_model_uses_its_text_and_dictionaries():
    _, _, found = said("mrasp")
    ted, muse = "opus:TED2020/v1", "muse:dictionaries/1"
    assert found == {
        *(("mrasp", "text", text, ted) for text in ("en-id", "en-sl")),
        *(("mrasp", "dictionary", words, muse) for words in ("en-id", "en-sl")),
    }


def test_a_model_uses_what_its_start_and_its_translator_learned_from():
    _, found, rows = said("bt")
    own = "file:own/1"
    assert {row for row in rows if row[0] != "mrasp"} == {
        *((model, "text", "en-gl", corpus) for model in ("direct/gl-en", "bt") for corpus in (own, "opus:TED2020/v1")),
        ("bt", "text", "gl", "file:gl/1"),
    }
    assert said("mrasp")[2] < rows
    licences = {use.item.dataset.name: use.licence for use in found}
    assert licences[own] == "unstated (the study's own text)" and licences["file:gl/1"] == "CC0-1.0"
    assert "non-commercial" in licences["opus:TED2020/v1"]


def test_pairs_that_a_model_learned_to_translate_from():
    limited = {"translation": {"segments": 20}}
    runs = {
        "all": {"train_on": "downstream"},
        "one": {"train_on": "downstream", "target": "gl"},
        "each": {"train_on": "downstream", "per": "direction", "objectives": limited},
        "seeds": {"train_on": "downstream", "objectives": limited, "seeds": [1, 2]},
        "further": {"train_on": "downstream", "init": "all", "objectives": limited},
        "again": {"train_on": "downstream", "init": "each", "per": "direction",
                  "objectives": {"translation": {"segments": 5}}},
        "both": {"train_on": "pretrain", "objectives": limited, "shards": ["original", "substituted"]},
        "back": {"train_on": "downstream", "source": "en", "shards": ["backtranslated"]},
        "mixed": {"train_on": "downstream", "source": "en", "shards": ["original", "backtranslated"],
                  "objectives": {"translation": {"segments": 7}}},
        "denoised": {"train_on": "downstream", "objectives": {"cd": 1}},
        "tuned": {"train_on": "downstream", "init": "denoised", "objectives": limited},
    }  # fmt: skip
    found = Plan(parse_study({**STUDY, "runs": runs, "backtranslation": {"run": "all"}}, "s.yaml"))
    most = {name: found.training_data.most_pairs(model) for name, model in found.models.all.items()}
    both = {"en-gl": 20, "gl-en": 20}
    assert most["all"] == most["further"] == {"en-gl": None, "gl-en": None} and most["one"] == {"en-gl": None}
    assert most["each/en-gl"] == most["again/en-gl"] == {"en-gl": 20} and most["seeds"] == most["seeds/seed2"] == both
    assert most["both"]["en-id"] == 40, "the two kinds may have other pairs"
    assert most["back"] == {} and most["mixed"] == {"en-gl": 7} and most["denoised"] == {} and most["tuned"] == both
    assert RULES["score"](found, "back").pairs == {"en-gl": 0} and RULES["score"](found, "all").pairs == most["all"]


def test_files_are_those_of_the_text_and_the_dictionaries_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "gl.txt"):
        (tmp_path / name).touch()
    study, found, _ = said("mrasp")
    files = files_of(found, Plan(study).supplies.needs)
    assert (
        sorted(name for names in files.values() for name in names)
        == ["muse:dictionaries/1"] * 2 + ["opus:TED2020/v1"] * 2
    )
    assert not any("gl" in path for path in files)
