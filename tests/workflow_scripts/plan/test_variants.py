"""Variants of substitution: what a run that names one is made of."""

import pytest

from model.command import UserError
from tests.workflow_scripts.planned import plan_of
from workflow_scripts.plan.checks import check
from workflow_scripts.plan.files import Files
from workflow_scripts.plan.settings import SettingsFiles
from workflow_scripts.plan.text_settings import coverage, dictionary, induce_dictionary, substitute

WORDS = {"id": "url:words/1/en-sl", "address": "https://x.org/w.tsv", "format": "tsv", "sha256": "ab" * 32}
BOTH = ["original", "substituted"]
STUDY = {
    "study": "s",
    "corpora": ["opus:TED2020/v1"],
    "pairs": {"all": ["en-id", "en-sl"]},
    "dictionaries": {"sources": ["muse:dictionaries/1", "induced"], "values": 5},
    "substitution": {"copies": 2},
    "substitutions": {
        "induced": {"dictionaries": {"sources": ["induced"]}},
        "p15": {"probability": 0.15},
        "few": {"top_words": 50},
    },
    "runs": {
        "usual": {"train_on": "all", "shards": BOTH},
        "own": {"train_on": "all", "shards": BOTH, "substitution": "induced"},
        "rare": {"train_on": "all", "source": "en", "shards": BOTH, "substitution": "p15"},
        "next": {"train_on": "all", "shards": ["original", "codeswitched"], "substitution": "few", "init": "own"},
    },
}


def folders(plan, run):
    return [f.removeprefix("results/s/shards/") for f in plan.shards.of_model(plan.models.all[run])]


def test_the_folders_of_a_variant_end_in_its_name_and_others_stay():
    plan, alone = plan_of(STUDY), plan_of({**STUDY, "substitutions": {}, "runs": {"usual": STUDY["runs"]["usual"]}})
    check(plan, "s.yaml")
    assert folders(plan, "usual") == folders(alone, "usual")
    assert folders(plan, "usual")[4:] == ["substituted/en-id", "substituted/en-sl"]
    assert folders(plan, "own")[4:] == ["substituted-induced/en-id", "substituted-induced/en-sl"]
    assert folders(plan, "next")[4:] == ["codeswitched-few/en-id", "codeswitched-few/en-sl"]
    assert folders(plan, "rare") == [
        *("original/en-id", "original/en-sl", "substituted-p15/en-id", "substituted-p15/en-sl")
    ]
    # Only a variant that changes dictionaries has its own.
    files = Files(plan)
    of = {name: files.dictionaries(["en-sl"], name)[0].removeprefix("results/s/") for name in plan.variants}
    assert of == {
        "": "dictionaries/en-sl.tsv",
        "induced": "dictionaries-induced/en-sl.tsv",
        "p15": "dictionaries/en-sl.tsv",
        "few": "dictionaries-few/en-sl.tsv",
    }
    assert plan.variants[""].coverage == "results/s/dictionaries/coverage.tsv"
    assert plan.variants["p15"].coverage == "results/s/dictionaries-p15/coverage.tsv"
    for job in (("substitute", "en-sl"), ("dictionary", "en-sl"), ("induce_dictionary",)):
        assert SettingsFiles(plan).path(*job, "") == SettingsFiles(alone).path(*job)
    assert SettingsFiles(plan).path("substitute", "en-sl", "p15").startswith("results/s/settings/substitute/en-sl/p15.")


def test_the_steps_are_told_what_the_variant_changes_and_the_rest_of_the_study():
    plan = plan_of(STUDY)
    usual, rare = substitute(plan, "en-id"), substitute(plan, "en-id", "p15")
    assert rare.substitution.probability == 0.15 and rare.substitution.copies == 2
    assert rare.model_copy(update={"substitution": usual.substitution}) == usual
    assert substitute(plan, "en-id", "induced") == usual  # only the dictionaries in its folder differ
    assert [len(dictionary(plan, "en-id", name).items) for name in ("", "few", "induced")] == [1, 1, 0]
    assert [dictionary(plan, "en-id", name).values for name in ("", "few", "induced")] == [5, 5, 5]
    assert [induce_dictionary(plan, name).top_words for name in ("", "few")] == [1000, 50]
    assert coverage(plan, "p15").shards == [f"results/s/shards/substituted-p15/{d}" for d in ("en-id", "en-sl")]
    assert coverage(plan).shards == [f"results/s/shards/substituted/{d}" for d in ("en-id", "en-sl")]


def test_a_card_names_the_dictionaries_of_the_variant_and_of_that_of_the_model_before():
    def used(run, **changes):
        uses = plan_of({**STUDY, **changes}).training_data.uses(run)
        return {(use.model, use.name) for use in uses if use.kind == "dictionary"}

    assert used("usual") == {("usual", "en-id"), ("usual", "en-sl")}
    assert used("own") == set()
    assert used("next") == {("next", "en-id"), ("next", "en-sl")}  # none of `own`
    fetched = {**STUDY, "dictionaries": {"sources": ["induced"]}}
    fetched["substitutions"] = {
        **STUDY["substitutions"],
        "induced": {"dictionaries": {"sources": ["muse:dictionaries/1"]}},
    }
    paths = list(plan_of(fetched).supplies.needs)
    assert any("muse" in path for path in paths)
    assert not any(
        "muse" in path
        for path in plan_of({**fetched, "substitutions": {"p15": {}, "few": {}, "induced": {}}}).supplies.needs
    )


def test_a_share_of_copies_is_of_those_of_the_variant():
    own = {**STUDY["runs"]["own"], "objectives": {"translation": {"copy_share": 0.4}}}
    (task,) = plan_of({**STUDY, "runs": {**STUDY["runs"], "own": own}}).runs.config("own").tasks
    assert task.copies == [f"results/s/shards/substituted-induced/{d}" for d in ("en-id", "en-sl")]


def variant(**said):
    return {"substitutions": {**STUDY["substitutions"], "p15": said}}


def run(**said):
    return {"runs": {**STUDY["runs"], "rare": {**STUDY["runs"]["rare"], **said}}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (variant(probabilty=0.1), "substitutions.p15: unknown 'probabilty'; did you mean 'probability'?"),
        (variant(probability=2), "substitutions.p15.probability: Input should be less than or equal to 1, not 2"),
        (
            variant(dictionaries={"source": []}),
            "substitutions.p15.dictionaries: unknown 'source'; did you mean 'sources'?",
        ),
        (variant(dictionaries=3), "substitutions.p15.dictionaries: 3 is no mapping; write {key: value}"),
        ({"substitutions": {"p15": 3}}, "substitutions.p15: 3 is no mapping; write {key: value}"),
        (run(substitution="p51"), "runs.rare.substitution: unknown 'p51'; did you mean 'p15'?"),
        (run(substitution=""), "substitutions.p15: no run has it; give one substitution: p15, or take it out"),
        (
            run(shards=["original"]),
            "runs.rare.substitution: none of its shards are substituted; add some, or take it out",
        ),
        (
            variant(dictionaries={"sources": [WORDS]}),
            "substitutions.p15.dictionaries.sources: none has en-id; add another, or induced",
        ),
        (
            variant(languages=["de"]),
            "substitutions.p15.languages: de has no pair with en, so no dictionary; take it out",
        ),
        (
            variant(languages=["sl"], language="id", exclude_target=False),
            "substitutions.p15.languages: sl has no pair with id, so no dictionary; take it out",
        ),
    ],
)
def test_mistakes_are_one_line_with_their_key(change, message):
    with pytest.raises(UserError) as error:
        check(plan_of({**STUDY, **change}), "s.yaml")
    assert str(error.value) == f"s.yaml: {message}"
