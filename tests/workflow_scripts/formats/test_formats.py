import csv
import io
import re
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from tests.workflow_scripts.formats.reading import (
    TMX,
    any_block,
    any_bytes,
    any_text,
    parquet_file,
    read,
    rows_of,
    sizes,
)
from workflow_scripts.drops import Drops
from workflow_scripts.formats import FORMATS, encodings, line_files, tables
from workflow_scripts.formats.line_files import lines
from workflow_scripts.formats.tables import tsv
from workflow_scripts.sources.datasets import Origin


def python_lines(text):
    text = text.removeprefix("\ufeff")
    return text.removesuffix("\n").split("\n") if text else []


# Lines


@given(any_text, any_block, st.integers(1, 4))
def test_valid_text_gives_the_lines_that_python_gives(text, block, rows):
    with sizes(block, rows=rows):
        rows, counts = read(lines, [text.encode()])
    assert rows == [(line,) for line in python_lines(text) if "\0" not in line]
    assert counts == ({"nul_character": n} if (n := sum("\0" in line for line in python_lines(text))) else {})


@given(st.lists(st.tuples(any_text, any_text)), any_block)
def test_row_n_goes_with_row_n(pairs, block):
    pairs = [tuple(re.sub("[\n\ufeff\0]", " ", side) for side in pair) for pair in pairs]
    files = ["".join(f"{pair[side]}\n" for pair in pairs).encode() for side in (0, 1)]
    with sizes(block, rows=2):
        assert read(lines, files) == (pairs, {})


@given(any_bytes, any_block)
def test_lines_of_any_bytes_are_kept_or_counted(data, block):
    with sizes(block, longest=4):
        rows, counts = read(lines, [data])
    data = data.removeprefix(b"\xef\xbb\xbf")
    expected = data.removesuffix(b"\n").split(b"\n") if data else []
    short = [line for line in expected if len(line) <= 4]
    assert counts.get("line_too_long", 0) == len(expected) - len(short)
    assert [row[0].encode() for row in rows] == [
        line for line in short if encodings.is_utf8(line) and b"\0" not in line
    ]
    assert len(rows) + sum(counts.values()) == len(expected)


@given(any_bytes, any_bytes, any_block)
def test_two_files_of_any_bytes_raise_nothing_but_a_message(first, second, block):
    lengths = [len(python_lines(data.decode("latin-1").removeprefix("ï»¿"))) for data in (first, second)]
    with sizes(block, longest=4):
        try:
            rows, counts = read(lines, [first, second])
        except UserError as error:
            assert f"one side has {lengths[0]:,} lines and the other {lengths[1]:,};" in str(error)
        else:
            assert [len(rows) + sum(counts.values())] * 2 == lengths


def test_a_bad_line_takes_its_translation_with_it():
    rows, counts = read(lines, [b"a\n\xff\nc\nd\ne\n", b"1\n2\n" + b"3" * ((1 << 20) + 1) + b"\n4\n5\n"])
    assert rows == [("a", "1"), ("d", "4"), ("e", "5")]
    assert counts == {"not_utf8": 1, "line_too_long": 1}


def test_only_the_beginning_of_a_line_too_long_is_held():
    class Endless(io.RawIOBase):
        """A line of 50 million bytes, and one of three."""

        left, held = 50, 0

        def read(self, size=-1):
            self.left -= 1
            return b"x" * 10**6 if self.left > 0 else b"\nend" if self.left == 0 else b""

    sizes_seen = []
    whole_lines = line_files._whole_lines
    with mock.patch.object(
        line_files, "_whole_lines", lambda *of: (sizes_seen.append(len(d)) or d for d in whole_lines(*of))
    ):
        drops = Drops()
        assert rows_of(lines([Endless()], "corpus", drops)) == [("end",)]
    assert drops.counts == {"line_too_long": 1}
    assert max(sizes_seen) <= (1 << 20) + 2


def test_examples_of_what_is_dropped_can_be_read():
    drops = Drops()
    list(lines([io.BytesIO(b"caf\xe9 ole\ntea\n"), io.BytesIO("café olé\nté\n".encode())], "corpus", drops))
    assert drops.examples == {"not_utf8": [["caf\ufffd ole", "café olé"]]}


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [(b"a\nb\nc\n", b"a\nb\n", "3 lines and the other 2"), (b"", b"a\n" * 1234, "0 lines and the other 1,234")],
)
@pytest.mark.parametrize("block", [1, 1 << 24])
def test_files_of_different_length_are_named_with_their_lengths(first, second, counts, block):
    with sizes(block, rows=1), pytest.raises(UserError, match=f"^corpus: one side has {counts}; line n must"):
        read(lines, [first, second])


def test_batches_hold_at_most_their_number_of_rows():
    with sizes(block=64, rows=5):
        batches = list(lines([io.BytesIO(b"ab\n" * 100)], "corpus", Drops()))
    assert max(map(len, batches)) == 5
    assert sum(map(len, batches)) == 100


# Tables


@given(
    st.lists(st.lists(st.text(st.characters(exclude_characters="\n\t\0", exclude_categories=["Cs"])), min_size=1)),
    any_block,
)
def test_a_table_gives_the_fields_that_splitting_gives(table, block):
    data = "".join("\t".join(row) + "\n" for row in table)
    table = [line.split("\t") for line in python_lines(data)]
    with sizes(block, rows=2):
        rows, counts = read(tsv, data.encode(), {"second": 0, "first": 2}, "\t", False)
    assert rows == [(row[0], row[2]) for row in table if len(row) > 2]
    assert counts == ({"missing_column": n} if (n := sum(len(row) < 3 for row in table)) else {})


@given(any_bytes, any_block, st.sampled_from("\t,"), st.booleans())
def test_tables_of_any_bytes_raise_nothing(data, block, separator, header):
    with sizes(block, longest=9):
        rows, _ = read(tsv, data, {"first": 0, "score": 1}, separator, header)
    assert all(isinstance(text, str) and isinstance(score, float) for text, score in rows)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=2, max_size=2)
    ),
    any_block,
)
def test_fields_of_csv_may_be_quoted(table, block):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["source", "target"], *table])
    with sizes(block, rows=2):
        rows, counts = read(tsv, file.getvalue().encode(), {"first": 0, "second": 1}, ",", True)
    assert rows == [tuple(row) for row in table]
    assert counts == {}


def test_scores_are_numbers_or_the_row_is_dropped():
    data = b"a\t1.25\nb\tx\nc\t-3e-2\r\nd\t\ne\tnan\nf\t1e999\ng\t1_0\nh\nj\t.5\n"
    rows, counts = read(tsv, data, {"first": 0, "laser": 1}, "\t", False)
    assert rows == [("a", 1.25), ("c", -0.03), ("j", 0.5)]
    assert counts == {"bad_score": 5, "missing_column": 1}


@pytest.mark.parametrize("block", [1, 9, 1 << 24])
@pytest.mark.parametrize("separator", ["\t", ","])
def test_only_the_first_line_is_a_header(block, separator):
    data = "source\ttarget\n" + "a\tb\n" * 20
    with sizes(block), mock.patch.object(tables, "ROWS", 7):
        batches = list(
            tsv(io.BytesIO(data.replace("\t", separator).encode()), "c", {"first": 1}, separator, True, Drops())
        )
    assert rows_of(batches) == [("b",)] * 20
    assert max(map(len, batches)) <= 7


def test_large_tables_come_in_batches():
    data = "".join(f"{i}\n" for i in range(20)).encode()
    with mock.patch.object(tables, "ROWS", 7):
        batches = list(tsv(io.BytesIO(data), "corpus", {"first": 0}, "\t", False, Drops()))
    assert [len(batch) for batch in batches] == [7, 7, 6]
    assert rows_of(batches) == [(str(i),) for i in range(20)]


def test_quotes_mean_nothing_between_tabs():
    assert read(tsv, b'"a\t"b" c\n', {"first": 0, "second": 1}, "\t", False)[0] == [('"a', '"b" c')]


def test_a_table_takes_numbers_and_one_separator():
    with pytest.raises(UserError, match="corpus: columns of a table are numbers, from 0; mend second"):
        read(tsv, b"", {"first": 0, "second": "b"}, "\t", False)
    with pytest.raises(UserError, match="corpus: separator ' || ' is not one"):
        read(tsv, b"", {"first": 0}, " || ", False)


# The table of formats


def test_formats_are_called_alike_and_turn_the_sides_of_a_table():
    layout = Origin(columns={"first": 0, "second": 1, "laser": 2})
    stream = [io.BytesIO(b"a\tb\t1\n")]
    (batch,) = FORMATS["tsv"](stream, "corpus", layout, ["eng_Latn", "glg_Latn"], True, Drops())
    assert batch.to_pylist() == [{"first": "b", "second": "a", "laser": 1.0}]
    (batch,) = FORMATS["tmx"]([io.BytesIO(TMX)], "corpus", Origin(), ["glg_Latn", "eng_Latn"], True, Drops())
    assert batch.to_pylist()[0] == {"first": "Un gato & vermello", "second": "One red cat."}
    (batch,) = FORMATS["lines"](
        [io.BytesIO(b"a\n"), io.BytesIO(b"b\n")], "corpus", Origin(), ["en", "gl"], True, Drops()
    )
    assert batch.to_pylist() == [{"first": "a", "second": "b"}]
    file = io.BytesIO(parquet_file(pa.table({"x": ["a"], "y": ["b"]})))
    (batch,) = FORMATS["parquet"]([file], "corpus", Origin(), ["en", "gl"], False, Drops())
    assert batch.to_pylist() == [{"first": "a", "second": "b"}]
