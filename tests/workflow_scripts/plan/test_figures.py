import pytest

from model.command import UserError
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study

STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["de-en", "en-gl", "en-pt", "gl-pt"], "some": ["en-gl", "en-pt"], "one": ["de-en"]},
    "testsets": {"test": {"source": "held_out", "segments": 9}, "dev": {"source": "held_out", "segments": 9},
        "flores": "flores200:flores200/1@devtest", "wmt": "sacrebleu:wmt14/full/en-de"},
    "runs": {
        "mrasp": {"train_on": "all", "shards": ["original", "substituted"]},
        "na_mrasp": {"train_on": "some"},
        "german": {"train_on": "one"},
        "to_en": {"train_on": "all", "target": "en"},
        "from_en": {"train_on": "all", "source": "en"},
        "direct": {"train_on": "some", "per": "direction"},
    },
}  # fmt: skip


def study(runs=("mrasp",), **figure):
    return parse_study({**STUDY, "figures": {"f": {"runs": runs, **figure}}}, "s.yaml")


@pytest.mark.parametrize("kind", ["similarity", "projection"])
def test_figures_of_words_show_the_dictionaries_that_all_runs_could_be_substituted_with(kind):
    assert Plan(study(kind=kind)).dictionaries.of_figure("f") == ["en-de", "en-gl", "en-pt"]
    assert Plan(study(["mrasp", "na_mrasp"], kind=kind)).dictionaries.of_figure("f") == ["en-gl", "en-pt"]


def test_or_those_that_they_name_from_the_language_that_is_substituted():
    named = study(kind="projection", pairs=["pt-gl", "de-en", "glg-en"])
    assert Plan(named).dictionaries.of_figure("f") == ["gl-pt", "en-de", "en-gl"]
    assert Plan(study(kind="learning_curves")).dictionaries.of_figure("f") == []


def test_the_dictionaries_of_figures_are_made_beside_those_of_substitution():
    assert Plan(study()).dictionaries.all == ["en-de", "en-gl", "en-pt"]
    assert Plan(study(kind="similarity", pairs=["gl-pt", "en-pt"])).dictionaries.all == [
        "en-de",
        "en-gl",
        "en-pt",
        "gl-pt",
    ]


def test_a_test_set_that_is_held_out_has_the_pairs_of_the_study():
    found = Plan(study(kind="retrieval")).figures.retrieval_directions("f")
    assert found == ["de-en", "en-de", "en-gl", "en-pt", "gl-en", "gl-pt", "pt-en", "pt-gl"]
    assert Plan(study(["na_mrasp", "german"], kind="retrieval")).figures.retrieval_directions("f") == []


def test_others_have_each_two_of_their_languages():
    found = Plan(study(kind="retrieval", test_set="flores")).figures.retrieval_directions("f")
    assert found == [f"{a}-{b}" for a in ("de", "en", "gl", "pt") for b in ("de", "en", "gl", "pt") if a != b]
    found = Plan(study(kind="retrieval", test_set="wmt")).figures.retrieval_directions("f")
    assert found == ["de-en", "en-de"]


def test_languages_count_that_an_encoder_reads():
    found = Plan(study(["mrasp", "to_en"], kind="retrieval", test_set="flores")).figures.retrieval_directions("f")
    assert found == [f"{a}-{b}" for a in ("de", "gl", "pt") for b in ("de", "gl", "pt") if a != b]


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ({"kind": "projection", "pairs": ["de-gl"]}, "figures.f.pairs: unknown 'de-gl'; did you mean 'en-gl'?"),
        ({"kind": "similarity", "runs": ["direct"]}, "figures.f.runs: direct has one model a direction; name runs of"),
        ({"kind": "retrieval", "runs": ["direct"]}, "figures.f.runs: direct has one model a direction; name runs of"),
        ({"kind": "retrieval", "test_set": "tset"}, "figures.f.test_set: unknown 'tset'; did you mean 'test'?"),
        ({"kind": "retrieval", "runs": ["from_en"]}, "figures.f: test has no two languages that all runs read"),
        ({"kind": "similarity", "runs": ["german", "na_mrasp"]}, "figures.f: its runs have no dictionary in common"),
        (
            {"runs": ["mrasp", "german"], "baseline": "mrasp"},
            "figures.f.baseline: mrasp has no model of the directions of german, so their dev losses cannot",
        ),
    ],
)
def test_figures_that_cannot_be_made_are_refused(figure, message):
    with pytest.raises(UserError, match="^figures") as error:
        Plan(study(**figure)).figures.check()
    assert message in str(error.value)


def test_a_pair_that_is_none_is_a_mistake_of_the_study():
    with pytest.raises(UserError, match="s.yaml: figures.f.pairs: 'en' is no pair of languages"):
        study(kind="projection", pairs=["en"])


def test_other_figures_are_not():
    Plan(study(["direct"])).figures.check()
    Plan(study(kind="similarity")).figures.check()
    Plan(study(kind="retrieval")).figures.check()


def test_learning_curves_are_those_of_all_seeds_beside_the_baseline_of_the_same_directions():
    runs = {
        "base": {"train_on": "some", "per": "direction", "seeds": [3, 4]},
        "ours": {"train_on": "some", "per": "direction", "seeds": [5, 6], "target": "en"},
    }
    figure = {"runs": ["base", "ours"], "baseline": "base"}
    plan = Plan(parse_study({**STUDY, "runs": runs, "figures": {"f": figure}}, "s.yaml"))
    plan.figures.check()
    names = [name for name in plan.figures.models("f") if "gl-en" in name]
    assert names == ["base/gl-en", "base/gl-en/seed4", "ours/gl-en", "ours/gl-en/seed6"]
    models = [plan.models.all[name] for name in names]
    assert [plan.figures.baseline("f", model) for model in models] == [None, None, "base/gl-en", "base/gl-en"]
    assert [model.without_seed for model in models] == ["base/gl-en", "base/gl-en", "ours/gl-en", "ours/gl-en"]
