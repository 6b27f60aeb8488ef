import math
import random

import pytest

from tests.workflow_scripts.substitution.plain import dictionaries, substituter
from workflow_scripts.substitution.translations import Dictionary, Direct

TABLES = dictionaries(de={"cat": "Katze", "plone": "plone, Plone-CMS"}, fr={"dog": "chien"})
LINES = ["cat cat 12", "plone !", "ape dog"]


def counts(lines, tables, languages=None, **settings):
    making = substituter(tables, languages=languages, **settings)
    making.copies(0, lines)
    return making.tally.take()


def test_running_words_have_letters_and_are_counted_by_what_languages_have_them():
    tables = {**TABLES, "fr": Dictionary({"dog": ["chien"]}, frozenset({"dog", "ape"}), 2)}
    found = counts(LINES, tables)
    assert {name: row["running"] for name, row in found.items()} == {"de": 5, "fr": 5, "all": 5}
    assert {name: row["known"] for name, row in found.items()} == {"de": 3, "fr": 2, "all": 5}
    assert {name: row["covered"] for name, row in found.items()} == {"de": 3, "fr": 1, "all": 4}


def test_tries_and_copies_are_counted_by_the_language_drawn():
    found = counts(LINES, TABLES, languages=["de"], probability=1.0)
    for row in (found["de"], found["all"]):
        # Three rows; cat is replaced twice; plone by itself or by Plone-CMS; the third row has nothing of German.
        assert (row["tried"], row["attempted"]) == (3, 3)
        assert row["substituted"] == row["copies"] + 1 in (2, 3)
        # P = 1 for the first row, 1/2 for the second, 0 for the third.
        assert (row["predicted"], row["variance"]) == (1.5, 0.25)


def test_with_identical_words_allowed_every_chosen_word_counts():
    row = counts(LINES, TABLES, languages=["de"], probability=0.5, identical=True)["de"]
    assert (row["predicted"], row["variance"]) == (0.75 + 0.5, 0.75 * 0.25 + 0.25)


def test_all_is_the_sum_of_languages_where_copies_have_one():
    found = counts(["cat dog", "cat", "dog ape"] * 50, TABLES, copies=2)
    assert {found[code]["tried"] for code in ("de", "fr")} == {150} and found["all"]["tried"] == 300
    for name in ("copies", "attempted", "substituted", "predicted", "variance"):
        assert found["all"][name] == pytest.approx(found["de"][name] + found["fr"][name])


def test_where_words_have_languages_of_their_own_only_all_have_copies():
    found = counts(["cat dog"] * 200, TABLES, per="word", probability=0.5)
    assert found["de"]["tried"] == found["fr"]["copies"] == 0
    assert (found["all"]["tried"], found["all"]["predicted"]) == (200, 150)
    assert found["de"]["attempted"] + found["fr"]["attempted"] == found["all"]["attempted"]
    assert abs(found["de"]["attempted"] - 100) < 25 > abs(found["fr"]["attempted"] - 100)


def test_taking_a_tally_begins_anew():
    making = substituter(TABLES)
    making.copies(0, LINES)
    first = making.tally.take()
    assert set(making.tally.take()["all"].values()) == {0}
    making.copies(0, LINES)
    assert making.tally.take() == first


@pytest.mark.parametrize("settings", [{}, {"copies": 2}, {"per": "word"}, {"identical": True, "probability": 0.15}])
def test_as_many_copies_are_made_as_are_predicted(settings):
    draw = random.Random(4)
    words = [f"w{i}" for i in range(30)]
    tables = dictionaries(
        **{
            language: {w: ", ".join([w, "X", "Y"][: draw.randrange(1, 4)]) for w in words if draw.random() < 0.4}
            for language in ("de", "fr", "it")
        }
    )
    lines = [" ".join(draw.choice(words) for _ in range(draw.randrange(12))) for _ in range(20_000)]
    for row in counts(lines, tables, **settings).values():
        assert abs(row["copies"] - row["predicted"]) <= 3 * math.sqrt(row["variance"])
    assert row["copies"] > 3000


def test_a_text_without_words_counts_its_rows():
    making = substituter({}, translations=Direct({}))
    making.copies(0, ["", "a b"])
    assert making.tally.take() == {
        "all": dict.fromkeys(
            ["running", "known", "covered", "tried", "copies", "attempted", "substituted", "predicted", "variance"], 0
        )
        | {"running": 2}
    }


def test_windows_add_up():
    whole = substituter(TABLES)
    whole.copies(0, LINES * 2)
    parts = substituter(TABLES)
    parts.copies(0, LINES[:1])
    parts.copies(1, [*LINES[1:], *LINES])
    assert parts.tally.take() == whole.tally.take()
