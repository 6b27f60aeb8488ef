import io
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from tests.workflow_scripts.formats.reading import TMX, UNITS, any_bytes, parquet_file, read, rows_of
from workflow_scripts.drops import Drops
from workflow_scripts.formats import tmx_files
from workflow_scripts.formats.parquet_files import parquet
from workflow_scripts.formats.tmx_files import tmx

# TMX


@pytest.mark.parametrize("languages", [["en", "gl"], ["EN", "GL"]])
def test_a_memory_gives_the_units_that_have_all_languages(languages):
    rows, counts = read(tmx, TMX, languages)
    assert rows == [("One red cat.", "Un gato & vermello"), ("plain", "")]
    assert counts == {"missing_language": 1}


def test_a_memory_gives_one_language_too():
    assert [row[0] for row in read(tmx, TMX, ["en"])[0]] == ["One red cat.", "Alone", "plain"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_memory_says_its_encoding(encoding):
    text = TMX.decode().replace('<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{encoding[:6].rstrip("-")}"?>')
    assert len(read(tmx, text.encode(encoding), ["en", "gl"])[0]) == 2


def test_a_memory_that_breaks_off_gives_its_units_and_the_line():
    batches = tmx(io.BytesIO(TMX[: TMX.index(b"plain")]), "corpus", ["en", "gl"], Drops())
    with mock.patch.object(tmx_files, "ROWS", 1):
        assert rows_of([next(batches)]) == [("One red cat.", "Un gato & vermello")]
        with pytest.raises(UserError, match="^corpus: line 5: no XML that can be read .*fetch it again$"):
            next(batches)


def test_no_entity_is_resolved_and_no_file_is_read(tmp_path):
    (tmp_path / "secret").write_text("secret")
    definitions = f'<!DOCTYPE tmx [<!ENTITY short "ha"><!ENTITY file SYSTEM "file://{tmp_path}/secret">]>'
    unit = '<tu><tuv xml:lang="en"><seg>a&file;b &short;</seg></tuv></tu>'
    assert read(tmx, f"{definitions}<tmx><body>{unit}</body></tmx>".encode(), ["en"])[0] == [("a&file;b &short;",)]


def test_entities_that_grow_without_end_are_refused():
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    unit = '<tu><tuv xml:lang="en"><seg>&l9;</seg></tuv></tu>'
    with pytest.raises(UserError, match="line 1: no XML that can be read"):
        read(tmx, f'<!DOCTYPE tmx [<!ENTITY l0 "ha">{laughs}]><tmx>{unit}</tmx>'.encode(), ["en"])


def test_what_is_no_memory_is_named():
    with pytest.raises(UserError, match="corpus: the file is no TMX but html"):
        read(tmx, b"<html><body><p>moved</p></body></html>", ["en"])


@given(
    st.binary(max_size=40)
    | st.tuples(st.integers(0, len(TMX)), any_bytes, st.integers(0, 40)).map(
        lambda cut: TMX[: cut[0]] + cut[1] + TMX[cut[0] + cut[2] :]
    )
)
def test_memories_of_any_bytes_raise_nothing_but_a_message(data):
    try:
        rows, _ = read(tmx, data, ["en", "gl"])
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert len(rows) <= 4


def test_a_memory_is_not_held_whole():
    many = TMX.replace(b"</body>", "\n".join(UNITS * 3000).encode() + b"</body>")
    held = [len(unit.getparent()) for unit in tmx_files._units(io.BytesIO(many), "corpus")]
    assert len(held) == 9003
    assert max(held) < 400  # lxml parses 32 KiB ahead


# Parquet


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
    with pytest.raises(UserError, match="corpus: column unknown 'sorce'; did you mean 'source'"):
        read(parquet, parquet_file(pa.table({"source": ["a"]})), {"first": "sorce"})


@given(any_bytes | st.integers(0, 300).map(lambda cut: parquet_file(pa.table({"a": ["x"]}))[:cut]))
def test_parquet_of_any_bytes_raises_a_message(data):
    with pytest.raises(UserError, match="corpus: no Parquet file that can be read"):
        read(parquet, data, {"first": "a"})
