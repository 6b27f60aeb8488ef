"""What steps are told by the plan: what a job depends on, and what makes no job again."""

import os
from pathlib import Path

import pytest

from tests.workflow_scripts.planned import plan_of
from workflow_scripts.plan.result_settings import RULES
from workflow_scripts.study.read import to_json

STUDY = {
    "study": "s",
    "seed": 3,
    "corpora": [{"id": "file:mine/1", "files": {"en": "m.en", "gl": "m.gl", "pt": "m.pt"}}],
    "pairs": {"all": ["en-gl", "en-pt"], "one": ["en-gl"]},
    "runs": {
        "mrasp": {"train_on": "all"},
        "direct": {"train_on": "one", "per": "direction", "label": "Direct"},
        "ft": {"train_on": "one", "per": "direction", "init": "mrasp"},
    },
    "metrics": ["sacrebleu", "chrf"],
    "comet": "a.ckpt",
    "tables": {
        "main": {"runs": ["ft", "direct"], "baseline": "direct", "metrics": ["chrf"], "directions": ["en-gl"]},
        "other": {"runs": ["mrasp"], "default": False},
        "cases": {"kind": "samples", "runs": ["ft"], "directions": ["gl-en"]},
        "counts": {"kind": "corpora", "runs": ["direct"]},
        "tuning": {"kind": "search", "runs": ["ft"], "beams": [2, 4], "metric": "chrf", "default": False},
    },
    "figures": {
        "curves": {"runs": ["direct", "mrasp"]},
        "alike": {"kind": "correlation", "runs": ["mrasp"]},
        "words": {"kind": "sizes", "runs": ["mrasp"]},
        "steps": {"kind": "scores", "number": "steps", "lines": {"gl": {1: "direct", 2: "ft"}}},
        "pruning": {"kind": "pruning", "runs": ["mrasp"], "ratios": [0.5]},
    },
}  # fmt: skip
JOBS = [
    ("score", "direct/en-gl"), ("compare", "direct", "bootstrap"), ("collect_scores",), ("tabulate", "main"),
    ("tabulate_samples", "cases"), ("tabulate_corpora", "counts"), ("tabulate_search", "tuning"),
    ("collect_metrics", "curves"), ("sensitivities", "alike"), ("text_sizes", "words"), ("score_curves", "steps"),
    ("collect_pruned_scores", "pruning"), ("plot", "curves"), ("model_card", "ft/en-gl"), ("report",),
]  # fmt: skip

CLAIM = {"claim": "it pays", "source": "a paper", "paper": 1.2, "table": "main", "run": "ft"}
SPREAD = {
    "claim": "it spreads", "source": "a paper", "paper": "less", "figure": "spread", "run": "ft", "baseline": "mrasp",
}  # fmt: skip
MORE = {
    "tables": {
        **STUDY["tables"],
        "claimed": {"kind": "claims", "claims": [CLAIM, SPREAD, {**CLAIM, "less": {"table": "main", "run": "ft"}}]},
    },
    "figures": {"spread": {"kind": "violin", "runs": ["ft", "mrasp"]}, **STUDY["figures"],
                "gained": {"kind": "gains", "table": "main", "runs": ["ft"], "metric": "chrf"}},
}  # fmt: skip
OTHERS = [("run_config", "mrasp"), ("tabulate_claims", "claimed"), ("group_gains", "gained")]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The study's own files, in the folder that it is planned in."""
    monkeypatch.chdir(tmp_path)
    for name in ("m.en", "m.gl", "m.pt", "a.ckpt", "b.ckpt"):
        (tmp_path / name).write_text("a\n")


def told(job, **changed):
    rule, *names = job
    return RULES[rule](plan_of({**STUDY, **changed}), *names)


def changed(**keys):
    """The jobs that are told something else where keys of the study change."""
    return {job[0] for job in JOBS if told(job) != told(job, **keys)}


def test_every_step_is_among_the_jobs():
    assert {rule for rule, *_ in [*JOBS, *OTHERS]} == set(RULES)


@pytest.mark.parametrize("job", [*JOBS, *OTHERS])
def test_what_a_step_is_told_is_read_from_its_file_as_it_was_written(job):
    made = told(job, **MORE)
    assert type(made).model_validate_json(made.model_dump_json(by_alias=True)) == made


def test_a_table_names_its_scores_and_tests_and_only_its_own_systems():
    made = told(("tabulate", "main"))
    assert made.labels == {"ft": "ft", "direct": "Direct"}
    assert [(score.run, score.system, score.file) for score in made.scores] == [
        ("ft/en-gl", "ft", "results/s/scores/ft/en-gl/test.en-gl.json"),
        ("direct/en-gl", "direct", "results/s/scores/direct/en-gl/test.en-gl.json"),
    ]
    assert made.comparisons == ["results/s/comparisons/direct/ft/en-gl/test.en-gl.bootstrap.json"]
    assert made.samples == 10_000 and told(("tabulate", "other")).samples is None


def test_steps_are_told_files_and_models_in_the_order_of_the_study():
    assert told(("tabulate_corpora", "counts")).reports == ["results/s/text/en-gl.report.json"]
    assert told(("text_sizes", "words")).reports == [f"results/s/text/en-{code}.report.json" for code in ("gl", "pt")]
    runs = ("direct/en-gl", "direct/gl-en", "mrasp")
    curves = [tuple(curve.model_dump().values()) for curve in told(("collect_metrics", "curves")).curves]
    assert curves == [(run, 3, None, f"results/s/runs/{run}/metrics.jsonl") for run in runs]
    assert [tuple(measured.model_dump().values()) for measured in told(("sensitivities", "alike")).files] == [
        ("mrasp", "translation", code, f"results/s/sensitivity/mrasp/translation.{code}.npy") for code in ("gl", "pt")
    ]
    assert told(("tabulate_samples", "cases")).translations == [("ft/gl-en", "test", "gl-en")]


def test_a_table_of_search_settings_names_the_models_and_what_they_try():
    made = told(("tabulate_search", "tuning"))
    assert [tuple(model.model_dump().values()) for model in made.models] == [
        ("ft", [d], f"results/s/tuning/tuning/ft/{d}.json") for d in ("en-gl", "gl-en")
    ]
    assert (made.beams, made.length_penalties, made.seeds) == ([2, 4], [0.5, 1, 1.5, 2], False)


def test_a_checkpoint_is_told_where_comet_is_among_the_metrics_and_an_exchanged_one_scores_again():
    assert told(("score", "mrasp")).comet is None
    assert told(("score", "mrasp"), metrics=["sacrebleu", "chrf", "comet"]).comet.path == "a.ckpt"
    compared = told(("compare", "direct", "bootstrap"))
    tables = {"main": {**STUDY["tables"]["main"], "metrics": ["comet"]}}
    keys = {"metrics": ["sacrebleu", "comet"], "tables": tables}
    jobs = (("score", "mrasp"), ("compare", "direct", "bootstrap"))
    before = [told(job, **keys) for job in jobs]
    Path("c.ckpt").write_text("b\n")
    os.utime("c.ckpt", (1, 1))  # a copy may be older than the scores
    os.replace("c.ckpt", "a.ckpt")
    assert not [job for job, was in zip(jobs, before, strict=True) if told(job, **keys) == was]
    assert (compared.metrics, compared.samples, compared.seed, compared.comet) == (["chrf"], 10_000, 3, None)


def test_a_card_tells_of_the_datasets_of_all_models_behind_it():
    made = told(("model_card", "ft/en-gl"))
    assert [(use.model, use.name, use.dataset) for use in made.datasets] == [
        ("mrasp", "en-gl", "file:mine/1"), ("mrasp", "en-pt", "file:mine/1"), ("ft/en-gl", "en-gl", "file:mine/1"),
    ]  # fmt: skip
    assert made.scores == ["results/s/scores/ft/en-gl/test.en-gl.json"] and made.config.run == "ft/en-gl"


def test_the_report_is_told_the_licences_that_the_study_states_now():
    item = {"id": "url:web/1/en-gl", "address": "https://example.org/en-gl.tsv", "sha256": "ab" * 32}
    for licence in ("MIT", "CC0-1.0"):
        made = told(("report",), corpora=[*STUDY["corpora"], {**item, "licence": licence}])
        assert list(made.fetched.values()) == [licence]


def test_the_report_is_told_the_whole_study():
    made = told(("report",))
    assert made.study == to_json(plan_of(STUDY).study) and made.tables == ["main", "cases", "counts"]
    assert made.models == ["mrasp", "direct/en-gl", "direct/gl-en", "ft/en-gl", "ft/gl-en"]
    assert made.translations == [("ft/en-gl", "test", "en-gl"), ("direct/en-gl", "test", "en-gl")]


def test_a_change_makes_those_jobs_again_that_it_concerns():
    runs = STUDY["runs"]
    assert changed(comet="b.ckpt") == {"report"}
    assert changed(runs={**runs, "mrasp": {**runs["mrasp"], "label": "mRASP"}}) == {"plot", "report"}
    assert changed(runs={**runs, "direct": {**runs["direct"], "label": "D"}}) == {"tabulate", "plot", "report"}
    samples = {"bootstrap": 10_000, "randomisation": 20_000}
    assert changed(significance=samples) == {"report"}
    assert changed(significance={"bootstrap": 500}) == {"compare", "tabulate", "report"}
    figures = {name: {**figure, "default": False} for name, figure in STUDY["figures"].items()}
    tables = {name: {**table, "default": name == "main"} for name, table in STUDY["tables"].items()}
    assert changed(figures=figures, tables=tables) == {"report"}
    assert changed(seed=4) == {"collect_metrics", "compare", "model_card", "report"}
