"""A quote that is never closed loses its own line alone."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflow_scripts.formats.reading import read
from workflow_scripts.drops import Drops
from workflow_scripts.formats.csv_rows import LONGEST_ROW
from workflow_scripts.formats.tables import CSV, tsv

COLUMNS = {"first": 0, "second": 1}


def rows_and_counts(text, separator=","):
    return read(tsv, text.encode(), COLUMNS, separator, False)


def lines_in(rows, counts):
    return len(rows) + sum(counts.values())


@pytest.mark.parametrize("stray", ['"one,un', 'one,"un', '"one", two,un', 'one,"', '"'])
@pytest.mark.parametrize("at", [0, 10, 999])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_stray_quote_loses_its_own_line_alone(stray, at, quoted):
    mark = '"' if quoted else ""
    lines = [f"{mark}segment {number}{mark},{mark}peza {number}{mark}" for number in range(1_000)]
    expected = [(f"segment {number}", f"peza {number}") for number in range(1_000)]
    lines[at] = stray
    rows, counts = rows_and_counts("\n".join(lines) + "\n")
    assert set(rows) >= {row for number, row in enumerate(expected) if number != at}
    assert lines_in(rows, counts) == 1_000


def test_the_line_of_a_stray_quote_is_named():
    drops = Drops()
    list(tsv(io.BytesIO(b'a,b\n"c,d\n' + b"e,f\n" * 500), "corpus", COLUMNS, ",", False, drops))
    assert drops.examples == {"stray_quote": [['line 2: "c,d']]}


def test_two_stray_quotes_that_enclose_rows_are_two_lines():
    lines = [f"a{number},b{number}" for number in range(60)]
    lines[10], lines[50] = '"ten,x', 'fifty",x'
    rows, counts = rows_and_counts("\n".join(lines))
    assert ("a30", "b30") in rows and lines_in(rows, counts) == 60


def test_a_row_may_have_several_lines():
    poem = "\n".join(f"line {number}, of a poem" for number in range(LONGEST_ROW - 1)).replace(", of a", " of a")
    rows, counts = rows_and_counts(f'"{poem}",x\n"a ""b""\r\nc",d\r\n')
    assert rows == [(poem, "x"), ('a "b"\r\nc', "d")] and not counts


def test_a_row_of_too_many_lines_is_no_row():
    rows, counts = rows_and_counts('a,b\n"c,' + "d\n" * 70_000 + "e,f\n")
    assert rows == [("a", "b"), ("e", "f")] and counts == {"stray_quote": 1, "missing_column": 69_999}


@given(st.lists(st.lists(st.text('ab",;\n', max_size=5), min_size=2, max_size=2), max_size=8), st.sampled_from(CSV))
def test_what_csv_writes_is_read_again(table, separator):
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(table)
    assert rows_and_counts(file.getvalue(), separator) == ([tuple(row) for row in table], {})
