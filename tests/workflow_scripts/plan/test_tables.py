import pytest

from model.command import UserError
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study

STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl", "en-pt"], "one": ["en-gl"]},
    "runs": {
        "mmt": {"train_on": "all"},
        "direct": {"train_on": "one", "per": "direction"},
        "out": {"train_on": "all", "source": "en"},
        "bt": {"train_on": "one", "source": "en", "shards": ["backtranslated"]},
        "cd": {"train_on": "all", "objectives": {"translation": 1, "cd": {"shards": ["monolingual", "original"]}}},
    },
    "testsets": {
        "galician": "opus:QED/v2.0a/en-gl",
        "test": {"source": "held_out", "segments": 1},
        "dev": {"source": "held_out", "segments": 1},
    },
    "monolingual": [{"id": "file:mine/1/gl", "files": {"gl": "gl.txt"}}],
}


def study(**figure):
    return parse_study({**STUDY, "figures": {"f": figure}}, "s.yaml")


def scores(*runs, **settings):
    lines = {"line": dict(enumerate(runs))}
    return study(kind="scores", number="n", lines=lines, **settings)


def test_scores_of_the_directions_that_all_runs_have():
    assert Plan(scores("mmt", "direct")).figures.scores("f") == [
        ("mmt", "test", "en-gl"), ("mmt", "test", "gl-en"), ("direct/en-gl", "test", "en-gl"),
        ("direct/gl-en", "test", "gl-en"),
    ]  # fmt: skip
    assert [direction for _, _, direction in Plan(scores("direct", "out")).figures.scores("f")] == ["en-gl"] * 2
    named = scores("mmt", "direct", directions=["gl-en"])
    assert Plan(named).figures.scored_directions("f") == ["gl-en"]
    assert Plan(study(runs=["mmt"])).figures.scores("f") == []


def test_texts_of_runs_are_pairs_and_languages():
    made = study(runs=["mmt"])
    assert Plan(made).training_data.texts_of_systems(["cd"]) == ["en-gl", "en-pt", "gl"]
    assert (
        Plan(made).training_data.texts_of_systems(["direct"])
        == Plan(made).training_data.texts_of_systems(["direct", "direct"])
        == ["en-gl"]
    )
    assert Plan(made).training_data.texts_of_systems(["direct", "mmt"]) == ["en-gl", "en-pt"]
    assert Plan(made).training_data.texts_of_systems([]) == ["en-gl", "en-pt", "gl"]  # all of the study
    assert Plan(made).training_data.texts_of_systems(["bt"]) == ["gl"]


def sampled(**table):
    return parse_study({**STUDY, "tables": {"t": {"kind": "samples", **table}, "scores": {"runs": ["mmt"]}}}, "s.yaml")


def test_samples_of_a_direction_are_those_of_the_runs_that_have_it():
    made = sampled(runs=["out", "direct"], directions=["gl-en", "en-gl", "en-pt"])
    assert Plan(made).tables.samples("t") == [
        ("direct/gl-en", "test", "gl-en"), ("out", "test", "en-gl"), ("direct/en-gl", "test", "en-gl"),
        ("out", "test", "en-pt"),
    ]  # fmt: skip
    assert Plan(made).tables.samples("scores") == []


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (scores("mmt", test_set="tset"), "figures.f.test_set: unknown 'tset'; did you mean"),
        (
            scores("mmt", "direct", directions=["en-pt"]),
            "figures.f.directions: direct has no en-pt on test; take it out",
        ),
        (
            sampled(runs=["direct"], directions=["en-gl", "en-pt"]),
            "tables.t.directions: none of its runs translates en-pt; take it out",
        ),
        (
            sampled(runs=["direct", "out"], directions=["gl-en"]),
            "tables.t.runs: out translates none of its directions; take it out",
        ),
        (
            sampled(runs=["mmt"], directions=["en-pt"], test_set="galician"),
            "tables.t.directions: galician has no en-pt; take it out",
        ),
    ],
)
def test_what_no_run_can_give_is_refused(made, message):
    with pytest.raises(UserError, match=message):
        Plan(made).tables.check()
        Plan(made).figures.check()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            {"runs": ["mmt", "direct"], "directions": ["en-pt"]},
            r"tables.t.runs: direct has no score here: none of its directions \(en-gl, gl-en\) is a tested col",
        ),
        ({"runs": ["direct"], "test_sets": ["flores"]}, "tables.t.runs: direct has no score here: none of its"),
        (
            {"runs": ["out"], "directions": ["en-gl", "gl-en"]},
            "tables.t.directions: none of its runs has gl-en on test; take it out",
        ),
    ],
)
def test_tables_without_scores_are_refused(table, said):
    held_out = {"source": "held_out", "segments": 3}
    files = {"en": "en.txt", "pt": "pt.txt"}
    sets = {"test": held_out, "dev": held_out, "flores": {"id": "file:pt/1", "files": files}}
    made = parse_study({**STUDY, "testsets": sets, "tables": {"t": table}}, "s.yaml")
    with pytest.raises(UserError, match=said):
        Plan(made).tables.check()


def tuning(**changed):
    """A study with a table of search settings of two runs, one of them with two seeds; en-pt has no dev set."""
    runs = {**STUDY["runs"], "out": {**STUDY["runs"]["out"], "seeds": [2, 3]}}
    files = {code: f"{code}.txt" for code in ("en", "gl")}
    sets = {"test": {"source": "held_out", "segments": 3}, "dev": {"id": "file:gl/1", "files": files}}
    table = {"kind": "search", "runs": ["out", "direct"]}
    return parse_study({**STUDY, "runs": runs, "testsets": sets, "tables": {"t": table}, **changed}, "s.yaml")


def test_the_search_is_tuned_on_the_dev_directions_of_the_first_seed():
    found = Plan(tuning()).tables
    assert found.tuned("t") == {"out": ["en-gl"], "direct/en-gl": ["en-gl"], "direct/gl-en": ["gl-en"]}
    assert found.tuned_file("t", "direct/en-gl") == "results/s/tuning/t/direct/en-gl.json"
    found.check()
    assert Plan(tuning()).targets.models == ["direct/en-gl", "direct/gl-en", "out"]


def test_what_a_table_tries_itself_makes_no_translation_again():
    table = {"kind": "search", "runs": ["out"], "segments": None}
    for beams, options, kept in ((None, [], True), ([3, 5], ["--beams", "3", "5"], False)):
        found = Plan(tuning(tables={"t": {**table, "beams": beams}}, search={"beam": 7, "length_penalty": 3})).tables
        assert found.tuning_options("t") == options
        fixed = found.not_tuned("t", "out")
        assert "length_penalty" not in fixed and fixed["precision"] == "auto" and (fixed.get("beam") == 7) is kept
    assert Plan(tuning()).tables.tuning_options("t") == ["--segments", "200"]
    found = Plan(tuning(tables={"t": {**table, "patiences": [1, 2.5]}}, search={"patience": 3})).tables
    assert found.tuning_options("t") == ["--patiences", "1.0", "2.5"] and "patience" not in found.not_tuned("t", "out")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"pairs": {"all": ["en-pt"], "one": ["en-gl"]}},
            "tables.t.runs: out has no direction in the dev set dev; take it out",
        ),
        ({"search": {"sampling": True}}, "tables.t.runs: out samples, so its search does not rank by length; take"),
    ],
)
def test_a_run_with_nothing_to_tune_is_refused(changed, said):
    with pytest.raises(UserError) as error:
        Plan(tuning(**changed)).tables.check()
    assert str(error.value).startswith(said) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"runs": ["mtm"]}, "s.yaml: tables.t: unknown run 'mtm'; did you mean 'mmt'?"),
        ({"metric": "spbleu"}, "s.yaml: tables.t.metric: spbleu is not among the study's metrics; add it to metrics"),
        ({"length_penalties": [1, 1.0]}, "s.yaml: tables.t.length_penalties: 1.0 stands twice; name it once"),
        ({"beams": [0]}, "s.yaml: tables.t.beams.0: Input should be greater than 0, not 0"),
    ],
)
def test_mistakes_in_a_table_of_search_settings_are_one_line(table, said):
    with pytest.raises(UserError) as error:
        tuning(tables={"t": {"kind": "search", "runs": ["mmt"], **table}})
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ({"table": "tt"}, "figures.f.table: unknown 'tt'; did you mean 't'?"),
        ({"table": "plain"}, "figures.f.table: plain has no groups; give it some"),
        ({"runs": ["mmt"]}, "figures.f.runs: unknown 'mmt'; known are direct; t has no other"),
        ({"metric": "chrf"}, "figures.f.metric: unknown 'chrf'; known are sacrebleu; t has no other"),
        ({"test_set": "dev"}, "figures.f.test_set: unknown 'dev'; known are test; t has no other"),
    ],
)
def test_gains_that_a_table_cannot_give_are_refused(figure, said):
    tables = {"plain": {"runs": ["direct"]}, "t": {"runs": ["direct"], "groups": {"low": ["en-gl"]}}}
    figures = {"f": {"kind": "gains", "table": "t", "runs": ["direct"], **figure}}
    made = parse_study({**STUDY, "tables": tables, "figures": figures}, "s.yaml")
    with pytest.raises(UserError) as error:
        Plan(made).figures.check()
    assert said in str(error.value)
