"""Names that one key of a study uses for another: each is checked."""

import copy
from typing import Any

import pytest

from model.command import UserError
from tests.workflow.everything import EVERYTHING, WEB
from tests.workflow.keys import keys
from tests.workflow.toy_study import prepare
from workflow_scripts.plan import checks
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study

FIGURE = "figures.{}.{}".format
CURVE = {"kind": "scores", "number": "pairs", "lines": {"ours": {"1": "direct"}}}
# Key as tests/workflow/keys.py has it → where it stands in the study below, with a name that nothing has.
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
    "figures.correlation.objective": ("figures.languages.objective", "translatoin"),
    "figures.gains.table": ("figures.gained.table", "mian"),
    "figures.gains.test_set": ("figures.gained.test_set", "tset"),
    "figures.gains.metric": ("figures.gained.metric", "comet"),
    "figures.projection.pairs": ("figures.plane.pairs", ["en-fr"]),
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
    "subwords.codes", "subwords.vocabulary", "runs.label", "tables.published.label", "tables.published.source",
    "figures.scores.number", "substitutions",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = prepare(tmp_path_factory.mktemp("references") / "work")
    (made / "words.tsv").write_text("red\trojo\n")
    return made


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
    assert named - FREE - set(TYPOS) == {"training", "backtranslation.search", "runs.model", "runs.training"} & named
    assert WEB in EVERYTHING["corpora"]
