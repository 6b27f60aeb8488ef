import pytest

from model.batches.prefetch import prefetch
from model.command import UserError


def test_what_is_made_by_a_thread_is_the_same_and_its_errors_arrive():
    assert list(prefetch(iter(range(9)), 2)) == list(range(9))

    def failing():
        yield 1
        raise UserError("broken")

    made = prefetch(failing(), 2)
    assert next(made) == 1
    with pytest.raises(UserError, match="broken"):
        next(made)


def test_a_stream_that_is_left_ends_its_thread():
    taken = []

    def counting():
        for number in range(10**9):
            taken.append(number)
            yield number

    made = prefetch(counting(), 3)
    assert next(made) == 0
    made.close()
    assert len(taken) < 10
