from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from workflow_scripts.draws import stream
from workflow_scripts.subwords import sampling
from workflow_scripts.subwords.sampling import Draw, Share, Weights, allotted, shares, target_lines

LINES = {"en": 1000, "de": 300, "cs": 170, "mt": 40, "gu": 7}


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (None, [1000, 1000, 1000, 1000, 1000]),
        (1, [1000, 300, 170, 40, 7]),
        (2, [1000, 547, 412, 200, 83]),  # 1000 * sqrt(0.04) is 200
        (5, [1000, 786, 701, 525, 370]),  # 1000 * 0.3 ** 0.2 is 786.003
    ],
)
def test_lines_that_languages_have_to_reach(temperature, expected):
    assert list(target_lines(LINES, temperature).values()) == expected


def test_lines_of_a_very_large_corpus_stay_as_they_are_at_temperature_1():
    lines = {"en": 999_999_937, **{f"x{n}": n * 7_654_321 + 1 for n in range(100)}}
    assert target_lines(lines, 1) == lines


def test_without_any_text_there_is_nothing_to_reach():
    assert target_lines({"en": 0}, None) == target_lines({"en": 0}, 5) == {"en": 0}
    assert shares({"en-gl": 0}, 0, None, 1)["en-gl", "gl"] == Share(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("language", "expected"), [("en", (1, 0)), ("de", (3, 100)), ("cs", (5, 150)), ("mt", (25, 0)), ("gu", (142, 6))]
)
def test_copies_and_extra_lines_over_all_texts_of_a_language(language, expected):
    rows = {"de-en": 250, "cs-en": 170, "en-mt": 40, "en-gu": 7, "de": 50, "en": 900}
    found = shares(rows, 533, None, seed=1)
    of_language = [share for (_, code), share in found.items() if code == language]
    assert {share.copies for share in of_language} == {expected[0]}
    assert sum(share.extra for share in of_language) == expected[1]
    assert sum(share.taken * share.copies + share.extra for share in of_language) == 1000
    assert found["en", "en"].taken == 533 and found["de", "de"].taken == 50


def test_a_temperature_asks_for_fewer_lines():
    found = shares({"de-en": 300, "en": 700}, 700, 5, seed=1)
    assert found["de-en", "de"] == Share(300, 300, 2, 186)


def test_extra_lines_fall_on_texts_as_if_drawn_from_all_lines():
    # Of 3 of the lines a, b | c, d, e: 2 and 1 in 3 of the 10 sets, 1 and 2 in 6, 0 and 3 in 1.
    drawn = Counter(tuple(allotted(3, [2, 3], stream(seed, "test"))) for seed in range(2000))
    assert set(drawn) == {(2, 1), (1, 2), (0, 3)}
    for parts, expected in (((2, 1), 600), ((1, 2), 1200), ((0, 3), 200)):
        assert abs(drawn[parts] - expected) < 4 * (expected * (1 - expected / 2000)) ** 0.5


def test_more_rows_than_numpy_draws_from_are_shared_out_too(monkeypatch):
    parts = allotted(10**9, [4 * 10**9, 10**9, 7], stream(1, "test"))
    assert sum(parts) == 10**9 and abs(parts[0] - 8 * 10**8) < 10**6 and parts[2] <= 7
    monkeypatch.setattr(sampling, "TOO_MANY", 0)
    for seed in range(200):
        sizes = [3, 0, 5, 2]
        parts = allotted(9, sizes, stream(seed, "test"))
        assert sum(parts) == 9 and all(0 <= part <= size for part, size in zip(parts, sizes, strict=True))


def test_the_seed_decides_how_many_extra_lines_fall_on_a_text():
    rows = {"de-en": 500, "de-fr": 500, "en": 2999}
    extra = {shares(rows, 9999, None, seed)["de-en", "de"].extra for seed in range(9)}
    assert len(extra) > 3


def rows_of(draw, *runs):
    return np.flatnonzero(np.concatenate([draw.next(rows) for rows in runs])).tolist()


def test_every_set_of_rows_is_drawn_as_often():
    drawn = Counter(tuple(rows_of(Draw(2, 5, stream(seed, "test")), 2, 3)) for seed in range(4000))
    assert set(drawn) == set(combinations(range(5), 2))
    assert all(abs(count - 400) < 4 * 360**0.5 for count in drawn.values())


@pytest.mark.parametrize("count", [0, 1, 57, 99, 100])
def test_exactly_as_many_rows_are_drawn_as_asked_for(count):
    found = rows_of(Draw(count, 100, stream(1, "test")), 30, 30, 0, 40)
    assert len(found) == count and found == rows_of(Draw(count, 100, stream(1, "test")), 30, 30, 0, 40)


def test_another_seed_draws_other_rows():
    assert rows_of(Draw(20, 100, stream(1, "test")), 100) != rows_of(Draw(20, 100, stream(2, "test")), 100)


def test_rows_weigh_their_copies_and_one_more_where_drawn_and_nothing_where_not_taken():
    weights = Weights(Share(rows=100, taken=60, copies=3, extra=25), 1, "en-gl", "gl")
    found = Counter(np.concatenate([weights.next(rows) for rows in (64, 36)]).tolist())
    assert found == {0: 40, 3: 35, 4: 25}


@pytest.mark.parametrize("share", [Share(100, 50), Share(100, 100, 1, 50)])
def test_every_seed_text_and_language_draws_for_itself(share):
    names = [(1, "en-gl", "gl"), (2, "en-gl", "gl"), (1, "gl-pt", "gl"), (1, "en-gl", "en")]
    weights = [tuple(Weights(share, *name).next(100)) for name in names]
    assert len(set(weights)) == 4 and tuple(Weights(share, *names[0]).next(100)) == weights[0]
