import random

import pytest

from workflow_scripts.text import ngrams as module
from workflow_scripts.text.ngrams import Overlaps, ngrams, words


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("a - b's c.", 4),
        ("今天天气很好。", 6),
        ("ไปที่", 3),
        ("会議 2.0 at 10:30", 5),
        ("Tiếng Việt", 2),
        ("", 0),
        ("!", 1),
    ],
)
def test_words_stand_between_spaces_and_are_letters_where_a_script_has_none(line, count):
    assert len(words(line)) == count


def obvious(line, n):
    found = [key for key in map(module.matching_key, words(line)) if key]
    return {tuple(found[i : i + n]) for i in range(len(found) - n + 1)}


def test_shares_are_those_of_sets_of_n_grams(monkeypatch):
    draw = random.Random(1)
    monkeypatch.setattr(module, "KEPT", 3)  # the memory of words is cleared again and again
    vocabulary = ["the", "The,", "cat", "sat", "şi", "și", "-", "今天", "mat.", "2"]
    lines = [" ".join(draw.choices(vocabulary, k=draw.randint(0, 9))) for _ in range(300)]
    for n in (2, 3, 4):
        overlaps = Overlaps(lines[:100], n)
        found = [obvious(line, n) for line in lines]
        held_out = [have for have in found[:100] if have]
        expected = [max(len(have & line) / len(have) for have in held_out) for line in found[100:]]
        assert overlaps.shares(lines[100:]).tolist() == pytest.approx(expected)
        assert overlaps.shares(lines[:100]).tolist() == [float(bool(have)) for have in found[:100]]


def test_a_segment_inside_a_longer_line_is_found_whole_and_in_another_spelling():
    overlaps = Overlaps(["The boats leave at 12 today.", "Thank you."], 3)
    assert overlaps.shares(["He said: the BOATS leave at ١٢ today!", "Thank you. The boats", ""]).tolist() == [1, 0, 0]
    assert overlaps.shares(["The boats leave at noon today"]).tolist() == [0.5]


def test_nothing_overlaps_nothing():
    assert Overlaps([], 3).shares(["a b c"]).tolist() == [0] == Overlaps(["a b"], 3).shares(["a b c"]).tolist()
    assert Overlaps(["a b c"], 3).shares([]).tolist() == [] and len(ngrams([], 2)[0]) == 0
