"""Names that one key of a study uses for another: each is checked."""

import copy
from typing import Any

import pytest

from model.command import UserError
from tests.workflow.everything import EVERYTHING, WEB, write_text
from tests.workflow.keys import keys
from workflow_scripts.plan import checks
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study, to_json

FIGURE = "figures.{}.{}".format
CURVE = {"kind": "scores", "number": "pairs", "lines": {"ours": {"1": "direct"}}}
# Key as tests/workflow/keys.py has it → where it stands in the study below, with a name that nothing has.
SCORED = {"claim": "c", "source": "s", "paper": "+1", "table": "main", "run": "mrasp_ft"}
TYPOS: dict[str, tuple[str, Any]] = {
    "dev_set": ("dev_set", "dve"),
    "limits": ("limits", {"en-fr": 60}),
    "segmenters": ("segmenters", {"fr": "moses"}),
    "metrics": ("metrics", ["bleu"]),
    "subwords.learn_on": ("subwords.learn_on", "pretrian"),
    "substitution.language": ("substitution.language", "fr"),
    "substitution.languages": ("substitution.languages", ["fr"]),
    "backtranslation.run": ("backtranslation.run", "dirct"),
    "corpora.id": ("corpora.0.id", "file:spanish/1/en-fr"),
    "corpora.files": ("corpora.0.files", {"en": "es.en", "fr": "es.es"}),
    "corpora.native": ("corpora.3.native", {"xx_Xxxx": "gl"}),
    "corpora.format": ("corpora.3.format", "tvs"),
    "corpora.columns": ("corpora.3.columns", {"frist": 0, "second": 1}),
    "corpora.filters": ("corpora.3.filters", {"ratoi": {}}),
    "runs.train_on": ("runs.mrasp.train_on", "pretrian"),
    "runs.source": ("runs.bt.source", "fr"),
    "runs.target": ("runs.direct.target", "fr"),
    "runs.external.huggingface": ("runs.published.external.huggingface", "nlbl"),
    "runs.external.model": ("runs.copied.external.model", "copeid"),
    "runs.external.translations": ("runs.theirs.external.translations", "thiers"),
    "runs.init": ("runs.mrasp_ft.init", "mrsap"),
    "runs.substitution": ("runs.mrasp.substitution", "p51"),
    "runs.objectives": ("runs.cd.objectives", {"translatoin": 1}),
    "runs.intra_distillation.objectives": ("runs.cd.intra_distillation.objectives", ["translatoin"]),
    "tables.scores.runs": ("tables.main.runs", ["dirct"]),
    "tables.scores.baseline": ("tables.main.baseline", "dirct"),
    "tables.scores.test_sets": ("tables.main.test_sets", ["tset"]),
    "tables.scores.metrics": ("tables.main.metrics", ["comet"]),
    "tables.scores.directions": ("tables.main.directions", ["en-fr"]),
    "tables.groups.pairs": ("tables.main.groups.low.pairs", ["en-fr"]),
    "tables.groups.directions": ("tables.main.groups.low", {"directions": ["en-fr"]}),
    "tables.published.metric": ("tables.main.published.0.metric", "comet"),
    "tables.published.test_set": ("tables.main.published.0.test_set", "tset"),
    "tables.published.values": ("tables.main.published.0.values", {"en-fr": 1.5}),
    "tables.published.means": ("tables.main.published.0.means", {"lwo": 1.5}),
    "tables.samples.runs": ("tables.cases.runs", ["dirct"]),
    "tables.samples.directions": ("tables.cases.directions", ["fr-en"]),
    "tables.samples.test_set": ("tables.cases.test_set", "tset"),
    "tables.corpora.runs": ("tables.counts.runs", ["dirct"]),
    "tables.search.runs": ("tables.tuning.runs", ["dirct"]),
    "tables.search.metric": ("tables.tuning.metric", "comet"),
    "tables.claims.runs": ("tables.claims.runs", ["dirct"]),
    "tables.claims.claims.table": ("tables.claims.claims", [{**SCORED, "table": "mian"}]),
    "tables.claims.claims.figure": ("tables.claims.claims.0.figure", "spread_"),
    "tables.claims.claims.run": ("tables.claims.claims.0.run", "dirct"),
    "tables.claims.claims.baseline": ("tables.claims.claims.0.baseline", "dirct"),
    "tables.claims.claims.quantity": ("tables.claims.claims.0.quantity", "accurcy"),
    "tables.claims.claims.column": ("tables.claims.claims", [{**SCORED, "column": "lwo"}]),
    "tables.claims.claims.metric": ("tables.claims.claims", [{**SCORED, "metric": "comet"}]),
    "tables.claims.claims.test_set": ("tables.claims.claims", [{**SCORED, "test_set": "tset"}]),
    "tables.claims.claims.expected": ("tables.claims.claims.0.expected", "hihger"),
    "figures.correlation.objective": ("figures.languages.objective", "translatoin"),
    "figures.gains.table": ("figures.gained.table", "mian"),
    "figures.gains.test_set": ("figures.gained.test_set", "tset"),
    "figures.gains.metric": ("figures.gained.metric", "comet"),
    "figures.projection.pairs": ("figures.plane.pairs", ["en-fr"]),
    "figures.learning_curves.baseline": ("figures.curves.baseline", "mrsap"),
    "figures.pruning.objective": ("figures.pruned.objective", "translatoin"),
    "figures.pruning.test_set": ("figures.pruned.test_set", "tset"),
    "figures.pruning.metric": ("figures.pruned.metric", "comet"),
    "figures.retrieval.test_set": ("figures.nearest.test_set", "tset"),
    "figures.scores.lines": ("figures.steps.lines", {"ours": {"1": "dirct"}}),
    "figures.scores.directions": ("figures.steps.directions", ["en-fr"]),
    "figures.scores.test_set": ("figures.steps.test_set", "tset"),
    "figures.scores.metric": ("figures.steps.metric", "comet"),
    "figures.scores.runs": ("figures.steps.runs", ["dirct"]),
    "figures.similarity.pairs": ("figures.words.pairs", ["en-fr"]),
    "figures.task_correlation.objectives": ("figures.tasks.objectives", ["translation", "cdd"]),
    "figures.violin.objective": ("figures.spread.objective", "translatoin"),
    **{
        FIGURE(kind, "runs"): (FIGURE(name, "runs"), ["dirct"])
        for kind, name in {
            "correlation": "languages", "gains": "gained", "learning_curves": "curves", "projection": "plane",
            "pruning": "pruned", "retrieval": "nearest", "similarity": "words", "sizes": "amounts",
            "task_correlation": "tasks", "violin": "spread",
        }.items()
    },
}  # fmt: skip
# Keys with texts that refer to nothing in the study: names of its own, paths, addresses, numbers, choices of a list.
FREE = {
    "study", "mode", "licences", "mirrors", "mirror", "comet", "pairs", "corpora.address", "corpora.mirrors",
    "corpora.members", "corpora.separator", "corpora.licence", "corpora.limits", "corpora.sha256", "subwords.from",
    "subwords.codes", "subwords.vocabulary", "runs.external.licence", "runs.label",
    "tables.published.label", "tables.published.source",
    "tables.claims.claims.claim", "tables.claims.claims.source", "tables.claims.claims.paper", "tables.claims.regime",
    "figures.scores.number", "substitutions", "training.like",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_text(tmp_path_factory.mktemp("references") / "work")


def checked(study: dict[str, Any]) -> None:
    """Everything that is said of a study before a job starts."""
    plan = Plan(parse_study(study, "toy.yaml"))
    checks.check(plan, "toy.yaml")


def test_the_study_itself_has_no_mistake(folder, monkeypatch):
    monkeypatch.chdir(folder)
    checked(copy.deepcopy(EVERYTHING))


@pytest.mark.parametrize("key", TYPOS)
def test_a_name_that_nothing_has_is_an_error(key, folder, monkeypatch):
    monkeypatch.chdir(folder)
    path, name = TYPOS[key]
    study: Any = copy.deepcopy(EVERYTHING)
    *above, last = path.split(".")
    inner = study
    for step in above:
        inner = inner[int(step)] if isinstance(inner, list) else inner.setdefault(step, {})
    inner[last] = name
    with pytest.raises(UserError) as error:
        checked(study)
    said = str(error.value)
    assert "\n" not in said and any(word in said for word in (*key.split("."), study["corpora"][3]["id"], "fr"))


def test_every_key_that_names_something_is_in_the_table():
    from tests.workflow_scripts.study.test_fields import ALL, leaves

    texts = {
        prefix + (field.alias or name)
        for prefix, schema in ALL.items()
        for name, field in schema.model_fields.items()
        if str in leaves(field.annotation)
    }
    named = {key for key in keys() if key in texts and not key.startswith("filters.")}
    assert (
        named - FREE - set(TYPOS)
        == {"training", "backtranslation.search", "runs.model", "runs.training", "runs.search"} & named
    )
    assert WEB in EVERYTHING["corpora"]


AT = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "monolingual": [{"id": "file:gl/1/gl", "files": {"gl": "gl.txt"}}],
    "pairs": {"pretrain": ["en-es", "en-pt"], "downstream": ["en-gl"]},
    "training": {"updates": 3000, "evaluate_every": 500, "keep_updates": [1000]},
    "backtranslation": {"run": "direct@1000"},
    "runs": {
        "mrasp": {"train_on": "pretrain", "seeds": [7, 8], "label": "ours"},
        "direct": {"train_on": "downstream", "per": "direction"},
        "ft": {"train_on": "downstream", "init": "mrasp@1500"},
        "bt": {"train_on": "downstream", "source": "en", "shards": ["backtranslated"]},
    },
    "tables": {"main": {"runs": ["ft", "direct@500"], "baseline": "direct@500"}},
    "figures": {"spread": {"kind": "violin", "runs": ["mrasp@2000", "mrasp"]}},
}


def test_a_run_at_an_update_is_a_row_of_its_own_wherever_it_is_named():
    plan = Plan(parse_study(AT, "s.yaml"))
    rows = ["mrasp", "direct", "ft", "bt", "direct@500", "mrasp@2000", "mrasp@1500", "direct@1000"]
    assert list(plan.study.runs) == rows and list(to_json(plan.study)["runs"]) == rows[:4]
    assert plan.models.labels(rows)["mrasp@1500"] == "ours after 1,500 updates"
    assert plan.models.labels(rows)["direct@500"] == "direct after 500 updates"
    assert plan.models.at_updates == {
        "direct@500/en-gl": 500, "direct@500/gl-en": 500, "mrasp@2000": 2000, "mrasp@2000/seed8": 2000,
        "mrasp@1500": 1500, "mrasp@1500/seed8": 1500, "direct@1000/en-gl": 1000, "direct@1000/gl-en": 1000,
    }  # fmt: skip
    assert [name for name in plan.models.all if name not in plan.models.at_updates] == plan.models.trained
    assert plan.models.all["mrasp@1500/seed8"].training == "mrasp/seed8"
    assert plan.runs.config("ft").init == "results/s/runs/mrasp@1500/model"
    assert plan.backtranslation.translator("en-gl") == "direct@1000/gl-en"
    assert ("direct@500/gl-en", "test", "gl-en") in plan.tables.scores("main")
    assert plan.figures.models("spread") == ["mrasp@2000", "mrasp"]


def test_the_run_keeps_these_checkpoints_and_those_that_the_study_names():
    plan = Plan(parse_study(AT, "s.yaml"))
    kept = {name: plan.runs.config(name).training.keep_updates for name in plan.models.trained}
    assert kept == {
        "mrasp": [1000, 1500, 2000], "mrasp/seed8": [1000, 1500, 2000], "direct/en-gl": [500, 1000],
        "direct/gl-en": [500, 1000], "ft": [1000], "bt": [1000],
    }  # fmt: skip
    without = {**AT, "figures": {}}
    assert Plan(parse_study(without, "s.yaml")).runs.weights("mrasp") == plan.runs.weights("mrasp")


def test_whoever_needs_a_run_at_an_update_depends_on_the_training_of_the_run():
    plan = Plan(parse_study(AT, "s.yaml"))
    assert plan.training_data.with_teachers(["ft"]) == ["mrasp", "ft"]
    assert plan.training_data.with_teachers(["direct@500/en-gl"]) == ["direct/en-gl"]
    assert plan.targets.models == ["mrasp", "direct/en-gl", "direct/gl-en", "ft"]
    assert {use.model for use in plan.training_data.uses("bt")} == {"direct/gl-en", "bt"}


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        ("tables.main.runs", ["direct@700"], "runs.direct/en-gl: no checkpoint is written after update 700"),
        ("tables.main.runs", ["direct@3500"], "after update 3500.* every 500 updates up to 3000; name one of these"),
        ("tables.main.runs", ["dirct@500"], "tables.main: unknown run 'dirct@500'; did you mean 'direct"),
        ("tables.main.runs", ["direct@0500"], "unknown run 'direct@0500'"),
        ("runs.ft.init", "ft@500", "runs.ft.init: ft from ft@500 from ft@500 goes in a circle"),
        ("backtranslation.run", "bt@500", "backtranslation.run: bt@500 is to make what runs.bt@500.shards has"),
        ("figures.spread", {"runs": ["mrasp@500"]}, "figures.spread: mrasp@500 is one point of a curve; name mrasp"),
    ],
)
def test_a_run_at_an_update_that_cannot_be_had_is_an_error_in_one_line(path, name, message):
    study: Any = copy.deepcopy(AT)
    *above, last = path.split(".")
    inner = study
    for step in above:
        inner = inner[step]
    inner[last] = name
    study["tables"]["main"].pop("baseline")
    with pytest.raises(UserError, match=message) as error:
        plan = Plan(parse_study(study, "s.yaml"))
        checks.check_runs(plan)
        checks.check_backtranslation(plan)
    assert "\n" not in str(error.value)
