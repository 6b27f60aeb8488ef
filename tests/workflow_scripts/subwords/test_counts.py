import numpy as np
import pyarrow.parquet as pq

from workflow_scripts.subwords.counts import SCHEMA, WordCounts, read_counts
from workflow_scripts.text import write_batches


def counted(most, *rounds):
    counts = WordCounts(most)
    for words in rounds:
        counts.add(list(words), np.array([words[word] for word in words]))
    return counts


def test_a_full_table_loses_the_rarest_words_until_half_is_left():
    counts = counted(4, {"a": 5, "b": 1, "c": 3, "d": 2, "e": 9})
    assert counts.counts == {"a": 5, "e": 9} and counts.missed == 3


def test_words_of_the_same_count_go_together():
    assert counted(4, {"a": 5, "b": 5, "c": 5, "d": 5, "e": 9}).counts == {"e": 9}


def test_no_count_misses_more_than_is_said():
    counts = counted(4, {"a": 5, "b": 2, "c": 3, "d": 1, "e": 9}, {"b": 4, "c": 1}, {"f": 20, "g": 2})
    assert counts.counts == {"e": 9, "f": 20} and counts.missed == 3 + 5
    true = {"a": 5, "b": 6, "c": 4, "d": 1, "e": 9, "f": 20, "g": 2}
    assert all(0 <= count - counts.counts.get(word, 0) <= 8 for word, count in true.items())
    assert "too small, by 8 at most" in str(counts)


def test_a_table_that_is_never_full_is_exact():
    counts = counted(4, {"a": 5, "b": 1}, {"b": 1, "c": 0})
    assert counts.counts == {"a": 5, "b": 2} and counts.missed == 0 and str(counts) == "2 words"


def test_files_hold_words_in_order_and_sums_are_over_all_of_them(tmp_path):
    first, second = counted(9, {"b": 2**40, "a": 1, "a\0": 3, "x\u2028": 4}), counted(9, {"b": 1, "ü": 7})
    write_batches(tmp_path / "1", SCHEMA, [*first.batches("en"), *second.batches("gl")])
    write_batches(tmp_path / "2", SCHEMA, second.batches("gl"))
    write_batches(tmp_path / "3", SCHEMA, WordCounts(9).batches("mt"))
    rows = pq.read_table(tmp_path / "1")
    assert rows["language"].to_pylist() == ["en"] * 4 + ["gl"] * 2
    assert rows["word"].to_pylist() == ["a", "a\0", "b", "x\u2028", "b", "ü"]
    total = read_counts([tmp_path / "1", tmp_path / "2", tmp_path / "3"])
    assert total.counts == {"a": 1, "a\0": 3, "b": 2**40 + 2, "x\u2028": 4, "ü": 14}
