import random

import numpy as np
import pytest

from workflow_scripts.dictionaries import ibm_model_1
from workflow_scripts.dictionaries.ibm_model_1 import (
    Cells,
    Links,
    cells_and_links,
    expected,
    indexed,
    lexical_probabilities,
    token_of_links,
)


def split(*pairs):
    return [(a.split(), b.split()) for a, b in pairs]


def drawn(count):
    draw = random.Random(1)
    return [
        [[draw.choice(side) for _ in range(draw.randint(0, 6))] for side in ("abcdef", "uvwxyz")] for _ in range(count)
    ]


def probabilities(pairs, iterations=5, least=1):
    """Word pair → p(target | source), p(source | target)."""
    source, target = (side.without_rare(1) for side in indexed(pairs))
    cells, links = cells_and_links(source, target, least)
    found = zip(cells.source, cells.target, *lexical_probabilities(cells, links, iterations), strict=True)
    return {(source.words[s], target.words[t]): (p, q) for s, t, p, q in found}


def test_one_round_by_hand():
    # Segments (a b | x y) and (a | x), cells ax 0, ay 1, bx 2, by 3. With equal probabilities at first each target word
    # of the first segment gives 1/2 to a and 1/2 to b, that of the second gives 1 to a: ax 3/2, ay 1/2, bx 1/2, by 1/2,
    # and so p(x|a) = 3/4, p(y|a) = 1/4, p(x|b) = p(y|b) = 1/2. The other way a gives 1/2 to x and y, then 1 to x:
    # p(a|x) = 3/4, p(b|x) = 1/4, p(a|y) = p(b|y) = 1/2.
    cells = Cells(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([2, 1, 1, 1]))
    links = Links(np.array([0, 1, 2, 3, 0], np.int32), np.array([2, 1]), np.array([2, 1]))
    assert expected(np.ones(4), links.cell, np.array([0, 1, 0, 1, 2])).tolist() == [1.5, 0.5, 0.5, 0.5]
    forward, backward = lexical_probabilities(cells, [links], 1)
    assert forward.tolist() == [0.75, 0.25, 0.5, 0.5]
    assert backward.tolist() == [0.75, 0.5, 0.25, 0.5]


def test_two_rounds_by_hand():
    # The second round begins from those: x of the first segment gives 3/4 : 1/2 to a and b, y gives 1/4 : 1/2, so the
    # counts are ax 3/5 + 1, ay 1/3, bx 2/5, by 2/3.
    found = probabilities(split(("a b", "x y"), ("a", "x")), iterations=2)
    assert found["a", "x"][0] == pytest.approx((8 / 5) / (8 / 5 + 1 / 3))
    assert found["b", "y"][0] == pytest.approx((2 / 3) / (2 / 5 + 2 / 3))


def test_links_name_their_tokens_through_the_segments():
    source, target = token_of_links(np.array([2, 0, 1]), np.array([2, 3, 1]))
    assert source.tolist() == [0, 0, 1, 1, 2]
    assert target.tolist() == [0, 1, 0, 1, 5]


def test_words_that_are_rare_take_no_part_and_the_others_are_numbered_by_frequency():
    source, target = indexed(split(("b a c", "x"), ("a a", "x y"), ("b", "")))
    kept = source.without_rare(2)
    assert kept.words == ["a", "b"]
    assert (kept.tokens.tolist(), kept.starts.tolist()) == ([1, 0, 0, 0, 1], [0, 2, 4, 5])
    assert kept.of_segments(np.array([0, 2])).tolist() == [1, 0, 1]
    assert target.without_rare(1).lengths.tolist() == [1, 2, 0]


def test_word_pairs_that_meet_too_rarely_have_no_cell():
    pairs = split(("a", "x"), ("a", "x"), ("a", "y"), ("b", "y"))
    cells, links = cells_and_links(*indexed(pairs), 2)
    assert [row.tolist() for row in cells] == [[0], [0], [2]]
    assert np.concatenate([part.cell for part in links]).tolist() == [0, 0, 1, 1]
    cells, links = cells_and_links(*indexed(split(("a", "x"), ("b", "y"), ("b", "y"))), 2)
    assert [row.tolist() for row in cells] == [[1], [1], [2]]
    assert np.concatenate([part.cell for part in links]).tolist() == [1, 0, 0]


def test_links_without_a_cell_take_no_share_of_a_token():
    # bx meets once, so the x of "a b" is a's alone: a is given three x and two y.
    pairs = split(("a", "x"), ("a", "x"), ("a", "y"), ("a", "y"), ("a b", "x"))
    assert probabilities(pairs, least=2)["a", "x"][0] == pytest.approx(3 / 5)


@pytest.mark.parametrize(("at_once", "counted"), [(1, 1), (7, 50), (100, 20)])
def test_the_size_of_chunks_changes_nothing(monkeypatch, at_once, counted):
    pairs = drawn(200)
    whole = probabilities(pairs)
    monkeypatch.setattr(ibm_model_1, "AT_ONCE", at_once)
    monkeypatch.setattr(ibm_model_1, "COUNTED", counted)
    parts = probabilities(pairs)
    assert parts.keys() == whole.keys() and len(whole) == 36
    assert [p for pair in parts.values() for p in pair] == pytest.approx([p for pair in whole.values() for p in pair])


def test_probabilities_of_a_word_add_up_to_one():
    found = probabilities(drawn(200))
    for word in "abcdef":
        assert sum(p for (source, _), (p, _) in found.items() if source == word) == pytest.approx(1)
    for word in "uvwxyz":
        assert sum(q for (_, target), (_, q) in found.items() if target == word) == pytest.approx(1)


def test_of_too_many_links_every_so_many_segments_are_taken(monkeypatch):
    monkeypatch.setattr(ibm_model_1, "LINKS", 10)
    _, links = cells_and_links(*indexed(split(("a a", "x x")) * 10), 1)
    assert sum(len(part.cell) for part in links) == 3 * 4  # 40 links: every fourth segment, from the first


def test_text_without_words_has_no_cells():
    for pairs in ([], split(("", ""), ("a", ""))):
        assert probabilities(pairs) == {}
