import numpy as np
import pyarrow.parquet as pq

from workflow_scripts.subwords.counts import SCHEMA, WordCounts, read_counts, room_of_each
from workflow_scripts.text.files import write_batches


def counted(most, *rounds):
    counts = WordCounts(most)
    for words in rounds:
        counts.add(list(words), np.array([words[word] for word in words]))
    return counts


def test_a_full_table_loses_the_rarest_words_until_half_is_left():
    counts = counted(4, {"a": 5, "b": 1, "c": 3, "d": 2, "e": 9})
    assert counts.counts == {"a": 5, "e": 9} and counts.missed == 3


def test_of_words_of_the_same_count_as_many_stay_as_there_is_room_for():
    counts = counted(4, {"a": 5, "b": 5, "c": 5, "d": 5, "e": 9})
    assert len(counts.counts) == 2 and counts.counts["e"] == 9
    assert counts.missed == 5 and counts.dropped == 3 * 5


def test_words_met_once_never_leave_an_empty_table():
    words = [f"{number:04}" for number in range(1001)]
    counts = counted(1000, dict.fromkeys(words, 1))
    assert len(counts.counts) == 500 and counts.dropped == 501
    assert 200 < sum(word in counts.counts for word in words[:500]) < 300  # some from everywhere
    assert counted(1000, dict.fromkeys(reversed(words), 1)).counts == counts.counts


def test_the_share_of_dropped_words_is_a_warning(capsys):
    counted(4, {"a": 5}).warn("en-gl en")
    assert capsys.readouterr().err == ""
    counted(4, {"a": 50, "b": 10, "c": 10, "d": 5, "e": 25}).warn("en-gl en")
    assert capsys.readouterr().err.startswith("warning: en-gl en: 25% of the running words were dropped")


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


def test_a_language_of_few_words_loses_none_to_one_of_many(tmp_path, capsys):
    many, few = {f"en{n}": 1000 for n in range(50)}, {f"gl{n}": 1 for n in range(20)}
    write_batches(tmp_path / "1", SCHEMA, [*counted(200, many).batches("en"), *counted(200, few).batches("gl")])
    total = read_counts([tmp_path / "1"], most=60)
    assert few.items() <= total.counts.items() and len(total.counts) == 20 + 40 // 2
    assert total.missed == 1000 and total.dropped == 30 * 1000
    assert capsys.readouterr().err.count("warning: en, in all texts: 60% of") == 1
    whole = read_counts([tmp_path / "1"], most=120)
    assert whole.counts == many | few and whole.dropped == 0 and "warning" not in capsys.readouterr().err


def test_what_small_tables_leave_goes_to_the_others():
    assert room_of_each([100, 5, 80], 65) == 30
    assert room_of_each([5, 5, 80], 65) == 55
    assert room_of_each([5, 5, 55], 65) == 65  # all fit


def test_the_sum_over_languages_misses_what_each_misses(tmp_path):
    counts = {f"w{n:02}": 7 for n in range(30)}
    write_batches(tmp_path / "1", SCHEMA, [b for code in ("en", "gl") for b in counted(99, counts).batches(code)])
    total = read_counts([tmp_path / "1"], most=40)
    assert set(total.counts.values()) == {14} and len(total.counts) == 10  # the same words in both
    assert total.missed == 14 and total.dropped == 2 * 20 * 7
