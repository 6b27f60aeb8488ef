import pytest

from model.command import UserError
from tests.workflow_scripts.planned import plan_of
from workflow_scripts.plan.checks import check, warnings

HELP = "opus:LibreOfficeHelp/v7.4"
STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl"]},
    "runs": {"r": {"train_on": "all"}},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"corpora": [HELP], "pairs": {"all": ["en-kmb"]}}, f"s.yaml: corpora: {HELP} has no text"),
        ({"runs": {"r": {"train_on": "all", "source": "pt"}}}, "s.yaml: runs.r: all has no direction from pt"),
        ({"backtranslation": {"run": "q"}}, "s.yaml: backtranslation.run: unknown 'q'"),
        (
            {"figures": {"f": {"kind": "correlation", "runs": ["r"]}}},
            "s.yaml: figures.f: r has no languages to compare",
        ),
        ({"tables": {"t": {"kind": "samples", "runs": ["r"], "directions": ["en-pt"]}}}, "s.yaml: tables.t.directions"),
        ({"figures": {"f": {"kind": "gains", "runs": ["r"], "table": "t"}}}, "s.yaml: figures.f.table: unknown 't'"),
    ],
)
def test_each_part_of_the_plan_is_checked_and_the_file_of_the_study_is_named(changes, message):
    with pytest.raises(UserError) as error:
        check(plan_of({**STUDY, **changes}), "s.yaml")
    assert str(error.value).startswith(message)


def test_a_study_that_can_be_had_is_not_refused():
    check(plan_of(STUDY), "s.yaml")


def test_a_warm_up_longer_than_the_training_is_told_once_for_all_its_runs():
    runs = {name: {"train_on": "all"} for name in ("first", "second")}
    (line,) = warnings(plan_of({**STUDY, "runs": runs, "training": {"updates": 10, "warmup": 20}}))
    assert line.startswith("training.warmup: 20 updates, and first, second will have 10")


NO_WORDS = "runs.r.shards: substituted: no language is left to take words of, because substitution.exclude_target"


@pytest.mark.parametrize("pairs", [["en-gl"], ["en-gl", "es-pt"]])
@pytest.mark.parametrize("more", [{}, {"per": "direction"}, {"source": "en"}])
@pytest.mark.parametrize("substitution", [{}, {"sides": "any"}, {"graph": {}}, {"languages": ["gl"]}])
def test_substitution_that_no_language_lends_words_to_is_refused(pairs, more, substitution):
    def checked(pairs, substitution, shards):
        corpora = [
            {"id": f"nllb_primary:x/1/{pair}", "address": "https://x.org/x.tsv", "format": "tsv"} for pair in pairs
        ]
        run = {"train_on": "all", "shards": shards, **(more if shards != ["original"] else {})}
        study = {"study": "s", "corpora": corpora, "pairs": {"all": pairs}, "runs": {"r": run}}
        check(plan_of({**study, "mode": "tofu", "substitution": substitution}), "s.yaml")

    if more.get("per") and len(pairs) > 1:
        return  # es-pt has nothing to substitute, which is another mistake
    with pytest.raises(UserError, match=f"s.yaml: {NO_WORDS}"):
        checked(pairs, substitution, ["original", "substituted"])
    checked(pairs, {**substitution, "exclude_target": False}, ["original", "substituted"])
    checked(pairs, {k: v for k, v in substitution.items() if k != "languages"}, ["original"])
    if "languages" not in substitution:
        checked([*pairs, "en-es"], substitution, ["original", "substituted"])
