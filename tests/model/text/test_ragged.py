import numpy as np

from model.text.ragged import Ragged

LISTS = Ragged.from_lists([[1, 2, 3], [], [4], [5, 6]])


def lists(ragged):
    return [items.tolist() for items in ragged]


def test_lists_come_back_as_they_were():
    assert lists(LISTS) == [[1, 2, 3], [], [4], [5, 6]]
    assert LISTS.lengths().tolist() == [3, 0, 1, 2]
    assert LISTS.row_of_items().tolist() == [0, 0, 0, 2, 3, 3]
    assert lists(Ragged.from_lists([])) == []


def test_lists_are_taken_in_any_order_and_several_times():
    assert lists(LISTS.take(np.array([3, 0, 1, 3]))) == [[5, 6], [1, 2, 3], [], [5, 6]]
    assert lists(LISTS.take(np.array([], np.int64))) == []


def test_lists_of_lists_become_lists():
    assert lists(LISTS.of_lists(Ragged.from_lists([[2, 0], [], [1], [3, 3]]))) == [[4, 1, 2, 3], [], [], [5, 6, 5, 6]]


def test_lists_are_joined_one_behind_the_other():
    assert lists(Ragged.joined([LISTS, Ragged.from_lists([]), Ragged.from_lists([[7]])])) == [*lists(LISTS), [7]]
