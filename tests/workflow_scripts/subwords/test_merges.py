import io
import random

import pytest
from subword_nmt import learn_bpe

from workflow_scripts.subwords.merges import learn_merges


def theirs(counts, merges, min_frequency=2):
    """The merges of subword-nmt from a file of words and counts."""
    words = "".join(f"{word} {count}\n" for word, count in counts.items())
    codes = io.StringIO()
    learn_bpe.learn_bpe(io.StringIO(words), codes, merges, min_frequency, is_dict=True)
    return [tuple(line.split(" ")) for line in codes.getvalue().split("\n")[1:-1]]


def made_up(alphabet, words, longest, highest, seed):
    """Counts of random words, few of them frequent and many rare."""
    chance = random.Random(seed)
    drawn = ("".join(chance.choices(alphabet, k=chance.randint(1, longest))) for _ in range(words))
    return {"xx": 1} | {word: 1 + int(highest * chance.random() ** 6) for word in drawn}


@pytest.mark.parametrize("alphabet", ["a", "ab", "abc", "\\ab", ".*+(", "aà字\U0001f600", "</w>", "abcdefgh"])
@pytest.mark.parametrize(("words", "longest", "highest"), [(2, 30, 1), (20, 6, 3), (20, 12, 1000), (100, 15, 10**6)])
def test_merges_are_those_of_subword_nmt_on_few_letters(alphabet, words, longest, highest):
    for seed in range(3):
        counts = made_up(alphabet, words, longest, highest, seed)
        assert learn_merges(counts, 150) == theirs(counts, 150)


def test_merges_are_those_of_subword_nmt_where_it_puts_rare_pairs_aside(monkeypatch):
    prunings, prune = [], learn_bpe.prune_stats
    monkeypatch.setattr(learn_bpe, "prune_stats", lambda *counts: prunings.append(1) or prune(*counts))
    counts = made_up("etaoinshrdlu", 600, 12, 10**5, seed=1)
    expected = theirs(counts, 5000)
    # Beside one pruning in a hundred merges there are two whenever it goes back to all pairs.
    assert len(expected) > 1500 and len(prunings) > len(expected) / 100 + 2 * 4
    assert learn_merges(counts, 5000) == expected


def test_words_that_are_or_end_in_the_mark_of_an_end_are_words_like_others():
    counts = {"</w>": 9, "a</w>": 7, "ba</w>": 5, "a": 3, "ba": 2}
    assert learn_merges(counts, 20) == theirs(counts, 20)


def test_the_mark_of_an_end_within_a_word_is_four_letters():
    learned = learn_merges({"a</w>a": 5, "aa</w>a</w>a": 3, "a": 2}, 20)
    assert {"a</w>a</w>", "aa</w>a</w>a</w>"} <= {"".join(pair) for pair in learned}


def test_the_most_frequent_pair_is_first_and_of_equal_ones_the_last_in_order():
    learned = learn_merges({"ab": 2, "ac": 2, "bb": 2, "cd": 3}, 4)
    assert learned == [("c", "d</w>"), ("b", "b</w>"), ("a", "c</w>"), ("a", "b</w>")]


def test_of_three_equal_letters_the_first_two_are_merged():
    assert learn_merges({"aaax": 5}, 3) == [("a", "a"), ("aa", "a"), ("aaa", "x</w>")]


def test_learning_ends_below_the_least_frequency():
    counts = {"ab": 5, "cd": 4, "ef": 3}
    assert learn_merges(counts, 10, min_frequency=4) == [("a", "b</w>"), ("c", "d</w>")]
    assert learn_merges(counts, 10, min_frequency=6) == []


def test_no_more_merges_are_learned_than_asked_for():
    assert learn_merges({"ab": 5, "cd": 4}, 1) == [("a", "b</w>")]
    assert learn_merges({"ab": 5}, 0) == []


@pytest.mark.parametrize("counts", [{}, {"a": 5, "b": 7}])
def test_without_two_letters_side_by_side_there_is_no_merge(counts):
    assert learn_merges(counts, 10) == []
