import numpy as np
import pyarrow as pa

from workflow_scripts.filters.duplicates import digests, duplicates, first_of_each, kept
from workflow_scripts.filters.segments import Segments


def of(*rows, by=("pair",)):
    columns = [pa.array(side) for side in zip(*rows, strict=True)]
    return len(rows), duplicates(Segments(pa.record_batch(columns, ["first", "second"]), ("en", "gl")), by)


def test_a_digest_has_128_bits_and_depends_on_every_character():
    found = digests(pa.array(["a", "b", "a", "", "é"]))
    assert found.shape == (5, 2) and found.dtype == np.uint64
    assert (found[0] == found[2]).all()
    assert len({row.tobytes() for row in found}) == 4


def test_the_first_of_each_digest_is_found_in_the_order_of_the_rows():
    found = np.array([[5, 1], [3, 1], [5, 1], [3, 2], [3, 1], [5, 1]], np.uint64)
    assert first_of_each(found[[0, 1, 2, 3]]).tolist() == [True, True, False, True]
    assert first_of_each(found[:0]).tolist() == []


def test_pairs_are_compared_across_batches_and_the_first_stays():
    batches = [of(("a", "b"), ("a", "c")), of(("a", "c"), ("c", "a"), ("a", "b"), ("d", "e"))]
    assert kept(batches).tolist() == [True, True, False, True, False, True]


def test_the_border_between_the_sides_counts():
    assert kept([of(("ab", "c"), ("a", "bc"), ("abc", ""))]).all()


def test_sides_are_compared_where_a_study_asks_for_it():
    rows = ("A", "x"), ("A", "y"), ("B", "y"), ("C", "x")
    assert kept([of(*rows)]).tolist() == [True] * 4
    assert kept([of(*rows, by=("pair", "first"))]).tolist() == [True, False, True, True]
    assert kept([of(*rows, by=("second",))]).tolist() == [True, True, False, False]
    # (A, y) is dropped for its first side, so it does not stand in the way of (B, y).
    assert kept([of(*rows, by=("pair", "first", "second"))]).tolist() == [True, False, True, False]


def test_batches_without_digests_neither_lose_rows_nor_make_others_lose_them():
    assert kept([of(("a", "b")), (2, {}), of(("c", "d"), ("a", "b"))]).tolist() == [True, True, True, True, False]
    assert kept([]).tolist() == []


def test_monolingual_text_has_one_side():
    text = Segments(pa.record_batch([pa.array(["a", "b", "a"])], ["first"]), ["gl"])
    assert sorted(duplicates(text, ("pair", "first", "second"))) == ["first", "pair"]
    assert kept([(3, duplicates(text))]).tolist() == [True, True, False]
