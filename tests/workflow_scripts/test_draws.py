import numpy as np
import pytest

from workflow_scripts.draws import stream, uniform

KEY, MANY = stream(1, "en-de", "test"), 200_000


def splitmix64(state):
    """One step after Steele, Lea and Flood, in Python's own whole numbers."""
    z = state & (2**64 - 1)
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & (2**64 - 1)
    return z ^ (z >> 31)


def test_a_number_is_the_hash_of_its_counters_in_turn():
    golden = 0x9E3779B97F4A7C15
    expected = splitmix64(splitmix64(int(KEY) + 5 * golden) + 7 * golden) >> 11
    assert uniform(KEY, 5, 7) == expected / 2**53
    assert uniform(KEY, np.array([5]), 7).tolist() == [expected / 2**53]


def test_known_numbers_of_splitmix64():
    # The first outputs of the published generator with seed 1234567.
    found = [splitmix64(1234567 + i * 0x9E3779B97F4A7C15) for i in (1, 2, 3)]
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert uniform(np.uint64(1234567), np.array([1, 2, 3])).tolist() == [(z >> 11) / 2**53 for z in found]


def test_counters_broadcast():
    grid = uniform(KEY, np.arange(3)[:, None], np.arange(4))
    assert grid.shape == (3, 4) and uniform(KEY, 1).shape == ()
    assert grid[2, 3] == uniform(KEY, 2, 3) and grid[1, 2] != uniform(KEY, 2, 1)
    assert uniform(KEY, np.arange(0)).shape == (0,)


def test_keys_differ_by_every_name_and_its_kind():
    keys = {int(stream(*names)) for names in [(1, "a"), (2, "a"), (1, "b"), ("1", "a"), (1, "a", ""), ("a", 1), ()]}
    assert len(keys) == 7
    assert int(stream(1, "a")) == int(stream(1, "a"))


COUNTERS = [
    (np.arange(MANY),),
    (np.arange(MANY), 1, 3, 0),
    (7, 0, np.arange(MANY), 1),
    (np.arange(MANY) // 20, 0, np.arange(MANY) % 20, 2),
    (np.arange(MANY) + 2**40,),
]


@pytest.mark.parametrize("counters", COUNTERS)
def test_numbers_are_uniform_and_each_has_nothing_to_do_with_the_next(counters):
    numbers = uniform(KEY, *counters)
    assert numbers.min() >= 0 and numbers.max() < 1 and len(set(numbers.tolist())) == MANY
    assert abs(numbers.mean() - 1 / 2) < 3 * (1 / 12 / MANY) ** 0.5
    counts = np.bincount((numbers * 256).astype(int), minlength=256)
    chi_square = ((counts - MANY / 256) ** 2).sum() / (MANY / 256)
    assert abs(chi_square - 255) < 3 * (2 * 255) ** 0.5
    for distance in (1, 2, 20):
        assert abs(np.corrcoef(numbers[distance:], numbers[:-distance])[0, 1]) < 3 / MANY**0.5


@pytest.mark.parametrize("bit", [0, 1, 2, 30, 51, 52])
def test_each_bit_is_a_coin_of_its_own(bit):
    def bits(numbers, which):
        return ((numbers * 2**53).astype(np.uint64) >> np.uint64(which) & np.uint64(1)).astype(float)

    numbers = uniform(KEY, np.arange(MANY))
    coin, limit = bits(numbers, bit), 3.5 * 0.5 / MANY**0.5
    assert abs(coin.mean() - 0.5) < limit
    for other in {0, 1, 2, 30, 51, 52} - {bit}:
        assert abs((coin == bits(numbers, other)).mean() - 0.5) < limit
    assert abs((coin[1:] == coin[:-1]).mean() - 0.5) < limit


def test_other_uses_of_the_same_counters_are_independent():
    rows = np.arange(MANY)
    for other in (uniform(KEY, rows, 0, 0, 1), uniform(KEY, rows, 1, 0, 0), uniform(stream(2), rows, 0, 0, 0)):
        assert abs(np.corrcoef(uniform(KEY, rows, 0, 0, 0), other)[0, 1]) < 3 / MANY**0.5
