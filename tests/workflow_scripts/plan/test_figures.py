import pytest

from model.command import UserError
from workflow_scripts.plan import dictionaries, figures
from workflow_scripts.plan.dictionaries import all_dictionaries
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
    assert dictionaries.word_dictionaries(study(kind=kind), "f") == ["en-de", "en-gl", "en-pt"]
    assert dictionaries.word_dictionaries(study(["mrasp", "na_mrasp"], kind=kind), "f") == ["en-gl", "en-pt"]


def test_or_those_that_they_name_from_the_language_that_is_substituted():
    named = study(kind="projection", pairs=["pt-gl", "de-en", "glg-en"])
    assert dictionaries.word_dictionaries(named, "f") == ["gl-pt", "en-de", "en-gl"]
    assert dictionaries.word_dictionaries(study(kind="learning_curves"), "f") == []


def test_the_dictionaries_of_figures_are_made_beside_those_of_substitution():
    assert all_dictionaries(study()) == ["en-de", "en-gl", "en-pt"]
    assert all_dictionaries(study(kind="similarity", pairs=["gl-pt", "en-pt"])) == ["en-de", "en-gl", "en-pt", "gl-pt"]


def test_a_test_set_that_is_held_out_has_the_pairs_of_the_study():
    found = figures.compared_directions(study(kind="retrieval"), "f")
    assert found == ["de-en", "en-de", "en-gl", "en-pt", "gl-en", "gl-pt", "pt-en", "pt-gl"]
    assert figures.compared_directions(study(["na_mrasp", "german"], kind="retrieval"), "f") == []


def test_others_have_each_two_of_their_languages():
    found = figures.compared_directions(study(kind="retrieval", test_set="flores"), "f")
    assert found == [f"{a}-{b}" for a in ("de", "en", "gl", "pt") for b in ("de", "en", "gl", "pt") if a != b]
    found = figures.compared_directions(study(kind="retrieval", test_set="wmt"), "f")
    assert found == ["de-en", "en-de"]


def test_languages_count_that_an_encoder_reads():
    found = figures.compared_directions(study(["mrasp", "to_en"], kind="retrieval", test_set="flores"), "f")
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
    ],
)
def test_figures_that_cannot_be_made_are_refused(figure, message):
    with pytest.raises(UserError, match="^s.yaml: figures") as error:
        figures.check(study(**figure), "s.yaml")
    assert message in str(error.value)


def test_a_pair_that_is_none_is_a_mistake_of_the_study():
    with pytest.raises(UserError, match="s.yaml: figures.f.pairs: 'en' is no pair of languages"):
        study(kind="projection", pairs=["en"])


def test_other_figures_are_not():
    figures.check(study(["direct"]), "s.yaml")
    figures.check(study(kind="similarity"), "s.yaml")
    figures.check(study(kind="retrieval"), "s.yaml")
