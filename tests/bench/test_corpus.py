import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.corpus import enlarged, read_text
from model.command import UserError

WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "re") for b in ("fa", "go", "hi", "ju")]
ROWS = pa.record_batch(
    [
        [f"{word} opens {other}." for word in WORDS[:10] for other in WORDS],
        [f"{word} abre {other}." for word in WORDS[:10] for other in WORDS],
    ],
    ["en", "gl"],
)


def test_a_repeated_text_begins_as_it_is_and_has_no_line_twice():
    table = pa.Table.from_batches(enlarged(ROWS, 700))
    assert table.num_rows == 700 and table[:200] == pa.Table.from_batches([ROWS])
    for column in table.columns:
        assert len(set(column.to_pylist())) == 700


def test_repeated_lines_have_words_of_the_text_in_front_and_every_twentieth_a_new_one():
    lines = pa.Table.from_batches(enlarged(ROWS, 700))["en"].to_pylist()
    first, second, new = lines[201].split(), lines[401].split(), lines[220].split()
    assert first[1:] == second[1:] == lines[1].split() and first[0] != second[0]
    assert new[2:] == lines[20].split() and new[1] == first[0]
    assert all(new[0] not in line.split() for line in lines if line != lines[220])


def test_a_text_too_short_for_so_many_repetitions_is_refused():
    with pytest.raises(UserError, match="too few"):
        list(enlarged(ROWS[:2], 1000))


def test_a_folder_is_all_its_pairs_with_the_source_language_in_another_order(tmp_path):
    for pair, rows in {"en-gl": [("a", "á"), ("b", "é")], "de-en": [("ü", "c")], "de-fr": [("ü", "d")]}.items():
        columns = [*zip(*rows, strict=True), ["corpus"] * len(rows)]
        pq.write_table(
            pa.table(dict(zip([*pair.split("-"), "corpus"], columns, strict=True))), tmp_path / f"{pair}.parquet"
        )
    assert sorted(map(tuple, (row.values() for row in read_text(tmp_path, "en-gl").to_pylist()))) == [
        ("a", "á"),
        ("b", "é"),
        ("c", "ü"),
    ]
    assert read_text(tmp_path / "de-en.parquet", "en-de").to_pylist() == [{"en": "c", "de": "ü"}]
    with pytest.raises(UserError, match="no text for en-fr"):
        read_text(tmp_path / "de-en.parquet", "en-fr")
