from collections import Counter

import numpy as np
import pytest

from model.objectives.noise import Text, mask_span, mask_words, replace_words
from model.text.ragged import Ragged
from model.text.vocabulary import MASK_ID

DRAWN = np.arange(10**6, 10**6 + 1000)  # ids that no text here has


def text(*words_of_segments):
    """Segments whose words have so many ids each: [1, 2], [3] are two segments of 3 ids. Ids are 10, 11, …"""
    lengths = [sum(words) for words in words_of_segments]
    ids = iter(range(10, 10 + sum(lengths)))
    begins = [k == 0 for words in words_of_segments for size in words for k in range(size)]
    return Text(Ragged.from_lists([[next(ids) for _ in range(n)] for n in lengths]), np.array(begins, bool))


def noised(noise, given, ratio=0.3, seed=0):
    return noise(given, ratio, DRAWN, np.random.default_rng(seed))


def within(count, of, rate, errors=3.0):
    """Whether a count lies within so many standard errors of what its rate makes it."""
    return abs(count - of * rate) <= errors * (of * rate * (1 - rate)) ** 0.5


@pytest.mark.parametrize(("words", "counts"), [(7, {2: 0.9, 3: 0.1}), (1, {0: 0.7, 1: 0.3}), (10, {3: 1.0})])
def test_the_number_of_masked_words_is_rounded_by_chance(words, counts):
    """Section 5(9) of the paper's facts."""
    found = noised(mask_words, text(*[[1] * words] * 10_000))
    numbers = Counter(found.selected.reshape(-1, words).sum(1).tolist())
    assert set(numbers) == set(counts)
    assert all(within(numbers[n], 10_000, rate) for n, rate in counts.items())


def test_rates_over_100_000_words():
    """Each word becomes a mask with .24, others with .03, is kept and counted with .03, and stays with .70."""
    given = text(*[[1] * 7] * 15_000)
    found, ids = noised(mask_words, given), given.segments.values
    after, selected = found.segments.values, found.selected
    drawn = np.isin(after, DRAWN)
    for what, rate in ((after == MASK_ID, 0.24), (drawn, 0.03), (selected & (after == ids), 0.03), (~selected, 0.7)):
        assert within(what.sum(), len(ids), rate)
    assert (after[~selected] == ids[~selected]).all() and len(set(after[drawn])) > 900


def test_words_are_masked_whole():
    given = text(*[[3, 1, 2]] * 3000)
    found = noised(mask_words, given)
    after = found.segments.values.reshape(-1, 6)
    for word in (slice(0, 3), slice(4, 6)):
        masked = (after[:, word] == MASK_ID).sum(1)
        assert set(masked.tolist()) == {0, word.stop - word.start}
        drawn = np.isin(after[:, word], DRAWN).sum(1)
        assert set(drawn.tolist()) == {0, word.stop - word.start}
    drawn = np.isin(after[:, :3], DRAWN).all(1)
    assert (np.diff(after[drawn, :3]) != 0).any(1).mean() > 0.9  # each id by one of its own
    assert (found.segments.starts == given.segments.starts).all()


def test_each_segment_has_draws_of_its_own_and_a_seed_gives_the_same():
    given = text(*[[1] * 20] * 50)
    first, again, other = (noised(mask_words, given, seed=seed) for seed in (1, 1, 2))
    assert (first.segments.values == again.segments.values).all()
    assert (first.segments.values != other.segments.values).any()
    assert len({row.tobytes() for row in first.selected.reshape(50, 20)}) == 50


def test_replaced_words_become_one_token_each_and_their_number_is_rounded_up():
    given = text(*[[3, 1, 2, 1, 1, 1, 1]] * 4000)  # 7 words of 10 ids: 3 of them
    found = noised(replace_words, given)
    assert found.selected.all()
    replaced = [np.isin(row, [MASK_ID, *DRAWN]) for row in found.segments]
    assert {int(row.sum()) for row in replaced} == {3}
    drawn = np.isin(found.segments.values, DRAWN).sum()
    assert len(set(found.segments.values[np.isin(found.segments.values, DRAWN)])) > 500
    assert within(drawn, 12_000, 0.1) and within((found.segments.values == MASK_ID).sum(), 12_000, 0.9)
    for before, after in zip(given.segments, found.segments, strict=True):
        kept = after[~np.isin(after, [MASK_ID, *DRAWN])]
        assert np.isin(kept, before).all() and (np.diff(kept) > 0).all()
        gone = len(before) - len(kept)  # the words' ids; each left one behind
        assert len(after) == len(before) - gone + 3


def test_a_ratio_that_works_out_is_not_rounded_up():
    """.07 * 100 is a little more than 7 to a computer."""
    assert [len(row) for row in noised(replace_words, text([2] * 100), ratio=0.07).segments] == [200 - 7]


@pytest.mark.parametrize(
    ("length", "ratio", "span", "starts"),
    [(20, 0.3, 6, 14), (20, 0.5, 10, 10), (15, 0.5, 8, 7), (5, 0.5, 2, 3), (5, 0.05, 1, 4)],
)
def test_a_span_is_masked(length, ratio, span, starts):
    """Section 5(9), where a length counts `</s>`; 7.5 is rounded to 8 and 2.5 to 2, and there is a span always."""
    found = noised(mask_span, text(*[[1] * (length - 1)] * 2000), ratio)
    selected = found.selected.reshape(2000, -1)
    assert (selected.sum(1) == span).all() and ((found.segments.values == MASK_ID) == found.selected).all()
    first = selected.argmax(1)
    assert all(selected[row, at : at + span].all() for row, at in enumerate(first))
    assert set(first.tolist()) == set(range(starts))


@pytest.mark.parametrize("noise", [mask_words, replace_words, mask_span])
def test_segments_of_one_word_and_of_none_do_no_harm(noise):
    for given in (text([1]), text([4]), text([1], [], [2, 1]), text([])):
        for seed in range(20):
            found = noised(noise, given, seed=seed)
            assert len(found.segments) == len(given.segments) and len(found.selected) == len(given.segments.values)


def test_an_empty_selection_changes_nothing():
    found = [noised(mask_words, text([2]), seed=seed) for seed in range(40)]
    unselected = [each for each in found if not each.selected.any()]
    assert unselected and all(each.segments.values.tolist() == [10, 11] for each in unselected)


@pytest.mark.parametrize("noise", [mask_words, replace_words, mask_span])
@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_ids_beyond_those_of_the_shards_do_not_wrap_round(noise, dtype):
    """Shards of up to 65,536 rows hold 16 bits, and an extension of their vocabulary has longer ids."""
    given = text(*[[1] * 7] * 2000)
    small = Text(Ragged(given.segments.values.astype(dtype), given.segments.starts), given.begins)
    found, expected = noised(noise, small), noised(noise, given)
    assert found.segments.values.tolist() == expected.segments.values.tolist()
    assert set(found.segments.values.tolist()) <= {*given.segments.values.tolist(), MASK_ID, *DRAWN.tolist()}
