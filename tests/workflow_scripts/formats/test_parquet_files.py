import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from tests.workflow_scripts.formats.reading import any_bytes, parquet_file, read, rows_of
from workflow_scripts.drops import Drops
from workflow_scripts.formats.parquet_files import parquet


def test_parquet_columns_are_named_or_numbered():
    table = pa.table(
        {
            "id": pa.array([1, 2, 3]),
            "translation": [{"en": "a", "gl": "1"}, {"en": None, "gl": "2"}, {"en": "c", "gl": "3"}],
            "score": pa.array([0.5, 0.5, float("nan")]),
        }
    )
    columns = {"second": "translation.gl", "first": 1, "laser": "score"}
    assert read(parquet, parquet_file(table), columns) == ([("1", "a", 0.5)], {"missing_column": 1, "bad_score": 1})


def test_texts_in_parquet_may_be_bytes_or_repeated():
    table = pa.table({"a": pa.array([b"x", b"\xff", b"z"]), "b": pa.array(["1", "1", "3"]).dictionary_encode()})
    rows, counts = read(parquet, parquet_file(table), {"first": "a", "second": "b"})
    assert (rows, counts) == ([("x", "1"), ("z", "3")], {"not_utf8": 1})


def test_parquet_that_comes_as_a_stream_is_read_too():
    class Forwards(io.BytesIO):
        """Bytes of an archive's member."""

        def seekable(self):
            return False

        def seek(self, *_):
            raise io.UnsupportedOperation

    stream = Forwards(parquet_file(pa.table({"a": ["x", "y"]})))
    assert rows_of(parquet(stream, "corpus", {"first": "a"}, Drops())) == [("x",), ("y",)]


def test_a_column_that_parquet_lacks_is_named():
    with pytest.raises(UserError, match="corpus: unknown column 'sorce'; did you mean 'source'"):
        read(parquet, parquet_file(pa.table({"source": ["a"]})), {"first": "sorce"})


LISTS = {
    "lists": (pa.table({"en": [["a"]], "gl": ["x"]}), "en", "en.list.element"),
    "lists in structs": (pa.table({"t": [{"en": ["a"], "gl": "x"}]}), "t.en", "t.en.list.element"),
    "structs in lists": (pa.table({"t": [[{"en": "a"}]], "gl": ["x"]}), "t", "t.list.element.en"),
    "maps": (pa.table({"t": pa.array([[("en", "a")]], pa.map_(pa.string(), pa.string())), "gl": ["x"]}), "t", 0),
    "fixed lists": (pa.table({"en": pa.array([["a"]], pa.list_(pa.string(), 1)), "gl": ["x"]}), "en", 0),
}


@pytest.mark.parametrize("kind", LISTS)
def test_columns_of_lists_are_refused_and_the_others_are_named_and_read(kind):
    table, *columns = LISTS[kind]
    single = "t.gl" if kind == "lists in structs" else "gl"
    for column in columns:
        message = f"^corpus: column '?{column}'? holds lists or maps; columns with one value a row are {single}$"
        with pytest.raises(UserError, match=message):
            read(parquet, parquet_file(table), {"first": column})
    assert read(parquet, parquet_file(table), {"first": single})[0] == [("x",)]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("t", "column 't' has parts; columns with one value a row are t.en, t.gl.x, id$"),
        ("t.gl", "column 't.gl' has parts"),
        ("t.fr", "unknown column 't.fr'"),
        (3, "unknown column"),
        (-1, "unknown column"),
    ],
)
def test_a_column_that_is_none_is_named(column, message):
    table = pa.table({"t": [{"en": "a", "gl": {"x": "b"}}], "id": ["1"]})
    assert read(parquet, parquet_file(table), {"first": "t.gl.x", "second": 2})[0] == [("b", "1")]
    with pytest.raises(UserError, match=f"^corpus: {message}"):
        read(parquet, parquet_file(table), {"first": column})


def test_columns_of_one_name_are_refused():
    table = pa.table({"a.en": ["1"], "a": [{"en": "2", "gl": "3"}]})
    with pytest.raises(UserError, match="^corpus: two columns are named 'a.en'; rename one of them"):
        read(parquet, parquet_file(table), {"first": "a.en"})


@given(any_bytes | st.integers(0, 300).map(lambda cut: parquet_file(pa.table({"a": ["x"]}))[:cut]))
def test_parquet_of_any_bytes_raises_a_message(data):
    with pytest.raises(UserError, match="corpus: no Parquet file that can be read"):
        read(parquet, data, {"first": "a"})
