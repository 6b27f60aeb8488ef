from collections import Counter

import pytest

from tests.workflow_scripts.substitution.plain import dictionaries
from workflow_scripts.study.preparation import Graph
from workflow_scripts.substitution.word_graph import WordGraph

# cat - Katze, chat, gato; feline - chat; puss - Katze; dog - Hund. So, from cat: 1 step Katze chat gato, 2 steps feline
# puss, 3 steps félin (by way of feline), 4 steps nothing.
TABLES = dictionaries(
    de={"cat": "Katze", "puss": "Katze", "dog": "Hund"},
    fr={"cat": "chat", "feline": "chat, félin"},
    es={"cat": "gato, gato"},
)


def graph(language="en", lower=True, **settings):
    return WordGraph(TABLES, "en", language, Graph(**settings), lower)


def test_one_step_leads_to_translations():
    assert graph().of("cat") == {"de": ["Katze"], "fr": ["chat"], "es": ["gato"]}
    assert graph(max_depth=1).of("ape") == {}


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        ({"max_depth": 2}, {"Katze": 2, "chat": 2, "gato": 2, "feline": 1, "puss": 1}),
        ({"max_depth": 3}, {"Katze": 4, "chat": 4, "gato": 4, "feline": 2, "puss": 2, "félin": 1}),
        # There are three steps only, so that D is 3.
        ({"max_depth": 9, "depth": 9}, {"Katze": 4, "chat": 4, "gato": 4, "feline": 2, "puss": 2, "félin": 1}),
        ({"max_depth": 9, "depth": 2}, {"Katze": 2, "chat": 2, "gato": 2, "feline": 1, "puss": 1}),
    ],
)
def test_a_word_k_of_d_steps_away_weighs_two_to_the_d_minus_k(settings, weights):
    assert Counter(word for words in graph(**settings).of("cat").values() for word in words) == weights


def test_any_language_has_its_words_in_the_graph():
    assert graph("fr").of("chat") == {"en": ["cat", "feline"]}
    assert graph("fr", max_depth=2).of("chat") == {
        "en": ["cat"] * 2 + ["feline"] * 2,
        "de": ["Katze"],
        "es": ["gato"],
        "fr": ["félin"],
    }


def test_words_are_told_apart_by_case_only_where_they_are_looked_up_so():
    assert graph("de").of("katze") == {"en": ["cat", "puss"]}
    assert graph("de", lower=False).of("katze") == {}
    assert graph("de", lower=False).of("Katze") == {"en": ["cat", "puss"]}


def test_a_word_is_known_where_it_leads():
    assert graph().known("cat") == ["de", "fr", "es"] and graph().known("ape") == []
