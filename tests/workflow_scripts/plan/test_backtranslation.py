import pytest

from model.command import UserError
from model.shards.files import WINDOW
from workflow_scripts.plan.checks import check_backtranslation
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study

RUNS = {
    "mrasp": {"train_on": "pretrain"},
    "ft": {"train_on": "downstream", "per": "direction", "init": "mrasp"},
    "bt": {"train_on": "downstream", "per": "direction", "init": "mrasp", "shards": ["original", "backtranslated"]},
}


def study(monolingual=("gl",), runs=RUNS, **settings):
    """English with Galician and Romanian, and monolingual text in some languages."""
    corpora = [{"id": f"file:{code}/1/{code}", "files": {code: f"{code}.txt"}} for code in monolingual]
    made = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "monolingual": corpora,
        "pairs": {"pretrain": ["en-es"], "downstream": ["en-gl", "en-ro"]},
        "runs": runs,
        "backtranslation": {"run": "ft"},
        **settings,
    }
    return parse_study(made, "s.yaml")


def kinds(made, name):
    return [folder.removeprefix("results/s/shards/") for folder in Plan(made).runs.config(name).tasks[0].shards]


def test_targets_with_monolingual_text_get_such_shards():
    both = study(["gl", "en"])
    assert kinds(study(), "bt/en-gl") == ["original/en-gl", "backtranslated/en-gl"]
    assert kinds(study(), "bt/gl-en") == ["original/gl-en"] and kinds(study(), "bt/en-ro") == ["original/en-ro"]
    assert kinds(both, "bt/gl-en") == ["original/gl-en", "backtranslated/gl-en"]
    together = {**RUNS, "bt": {**RUNS["bt"], "per": None}}
    assert kinds(study(["gl", "en"], together), "bt")[4:] == [
        f"backtranslated/{direction}" for direction in ("en-gl", "gl-en", "ro-en")
    ]


def test_the_model_of_the_other_direction_translates():
    assert Plan(study()).backtranslation.translator("en-gl") == "ft/gl-en"
    assert Plan(study(backtranslation={"run": "mrasp"})).backtranslation.translator("es-en") == "mrasp"
    check_backtranslation(Plan(study()))


def test_the_search_differs_from_the_studys_in_what_it_says():
    made = study(search={"beam": 7, "length_penalty": 2}, backtranslation={"run": "ft", "search": {"beam": 1}})
    found = Plan(made).backtranslation.search
    assert (found.beam, found.length_penalty) == (1, 2) and made.search.beam == 7


def test_the_search_is_that_of_the_run_that_translates():
    runs = {**RUNS, "ft": {**RUNS["ft"], "search": {"length_penalty": 3, "beam": 4}}}
    found = Plan(study(runs=runs, backtranslation={"run": "ft", "search": {"beam": 1}})).backtranslation.search
    assert (found.beam, found.length_penalty) == (1, 3)
    assert Plan(study(runs=runs, backtranslation={"run": "mrasp"})).backtranslation.search.length_penalty == 0.5


@pytest.mark.parametrize(("segments", "files"), [(1, 1), (WINDOW, 1), (WINDOW + 1, 2), (100_000, 2), (3_000_000, 46)])
def test_segments_are_translated_a_window_at_a_time(segments, files):
    made = study(backtranslation={"run": "ft", "segments": segments})
    assert list(Plan(made).backtranslation.files) == list(range(files))


FROM_BT = {**RUNS, "more": {**RUNS["ft"], "init": "bt"}}
ONLY = {**RUNS, "bt": {**RUNS["bt"], "shards": ["backtranslated"]}}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"backtranslation": None}, "backtranslation: the study does not say which run translates; add"),
        ({"backtranslation": {"run": "fft"}}, "backtranslation.run: unknown 'fft'; did you mean 'ft'?"),
        ({"backtranslation": {"run": "bt"}}, "backtranslation.run: bt is to make what runs.bt.shards has; name"),
        (
            {"backtranslation": {"run": "more"}, "runs": FROM_BT},
            "backtranslation.run: more is to make what runs.bt.shards has, which more starts from; name another",
        ),
        ({"backtranslation": {"run": "mrasp"}}, "backtranslation.run: mrasp does not train on gl-en, to make en-gl of"),
        (
            {"monolingual": ()},
            "runs.bt.shards: backtranslated, and monolingual has no text in a language of downstream",
        ),
        ({"monolingual": ("es",)}, "runs.bt.shards: backtranslated, and monolingual has no text"),
    ],
)
def test_what_cannot_be_made_is_one_line_with_its_key(settings, message):
    with pytest.raises(UserError, match=f"^{message}") as error:
        check_backtranslation(Plan(study(**settings)))
    assert "\n" not in str(error.value)


def test_a_model_with_nothing_but_such_shards_needs_text():
    with pytest.raises(UserError, match="^runs.bt.shards: bt/gl-en has no monolingual text to translate back$"):
        Plan(study(runs=ONLY)).runs.config("bt/gl-en")
    codeswitched = {**RUNS, "bt": {**RUNS["bt"], "shards": ["codeswitched", "backtranslated"]}}
    with pytest.raises(UserError, match="bt/gl-en has no en source to substitute and no monolingual text"):
        Plan(study(runs=codeswitched)).runs.config("bt/gl-en")


def test_a_run_that_translates_and_that_nobody_asks_is_no_mistake():
    quiet = {name: row for name, row in RUNS.items() if name != "bt"}
    check_backtranslation(Plan(study(runs=quiet)))
    check_backtranslation(Plan(study(runs=quiet, backtranslation=None)))
