"""Files in other encodings are refused by every format of text, whatever reads it."""

import gzip
import io
from itertools import product

import pytest

from model.command import UserError
from tests.workflow_scripts.formats.reading import read
from workflow_scripts.dictionaries.formats import DICTIONARY_FORMATS
from workflow_scripts.drops import Drops
from workflow_scripts.formats.line_files import lines
from workflow_scripts.formats.tables import tsv
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item

TEXTS = {
    "en": "The boat\tO barco\nNobody saw it,\tNinguén o viu\n",
    "id": "Perahu itu\tkapal\nTidak ada,\tyang\n" * 3,
    "zh": "没有人看见那条旧船\t旧船\n",
    "pa": "ਕਿਸੇ ਨੇ ਪੁਰਾਣੀ\tਕਿਸ਼ਤੀ\nਨਹੀਂ ਦੇਖੀ\tਹੈ\n",
}
READERS = {
    "lines": lambda stream: [*lines([stream], "corpus", Drops())],
    "two files": lambda stream: [*lines([io.BytesIO(b"a\nb\n"), stream], "corpus", Drops())],
    "tsv": lambda stream: [*tsv(stream, "corpus", {"first": 0, "second": 1}, "\t", False, Drops())],
    "csv": lambda stream: [*tsv(stream, "corpus", {"first": 0, "second": 1}, ",", True, Drops())],
    **{
        name: lambda stream, read=row.read: [*read([stream, io.BytesIO(b"")], "corpus", Drops())]
        for name, row in DICTIONARY_FORMATS.items()
    },
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_utf_16_and_utf_32_are_refused(reader, encoding):
    message = f"^corpus:( second file:)? the text is {encoding[:6].upper()}.*: iconv -f UTF-"
    for text, end, mark in product(TEXTS.values(), ("\n", "\r\n"), ("", "\ufeff")):
        data = (mark + text.replace("\n", end)).encode(encoding)
        with pytest.raises(UserError, match=message):
            READERS[reader](io.BytesIO(data))


@pytest.mark.parametrize("reader", READERS)
def test_lines_of_old_macs_are_refused(reader):
    with pytest.raises(
        UserError, match="^corpus:( second file:)? its lines end with .r alone, as on old Macs; convert it: tr"
    ):
        READERS[reader](io.BytesIO(TEXTS["en"].replace("\n", "\r").encode()))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("没有人\t旧船\n", "gbk"),
        ("Никто\tне видел\n", "koi8-r"),
        ("誰も\t見ていない\n", "shift-jis"),
        ("é\té\n", "latin-1"),
    ],
)
def test_text_of_which_nearly_no_line_is_utf_8_is_refused(reader, text, encoding):
    with pytest.raises(UserError, match="^corpus:( second file:)? nearly no line is UTF-8; .*iconv -f"):
        READERS[reader](io.BytesIO(text.encode(encoding) * 9))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("head", [b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"])
def test_compressed_files_that_are_not_read_are_named(reader, head):
    with pytest.raises(UserError, match="^corpus:( second file:)? the file is compressed as (zst|7z|rar)"):
        READERS[reader](io.BytesIO(head + b"\0\n\xff"))


def test_single_lines_of_other_bytes_are_dropped_and_counted():
    good = "caf\u00e9\n" * 200
    data = good.encode() + b"caf\xe9\n" * 20 + b"a\0b\n" + b"old\rmac\n" + good.encode()
    rows, counts = read(lines, [data])
    assert len(rows) == 401 and counts == {"not_utf8": 20, "nul_character": 1}


def test_line_ends_of_windows_and_one_carriage_return_are_text():
    assert read(lines, [b"a\r\nb\r\n"])[0] == [("a\r",), ("b\r",)]
    assert read(lines, [b"one line with \r in it\n"])[0] == [("one line with \r in it",)]
    assert read(lines, [b"one line\r"])[0] == [("one line\r",)]
    assert read(lines, [b""])[0] == []


@pytest.mark.parametrize("layout", ["files", "tsv", "csv", "gzip"])
def test_a_users_own_file_in_utf_16_is_refused(layout, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = "Nobody saw it,Ninguén\tviu\n".encode("utf-16")
    (tmp_path / "a.txt").write_bytes(data)
    (tmp_path / "a.gz").write_bytes(gzip.compress(data))
    item = {
        "files": {"files": {"en": "a.txt", "gl": "a.txt"}},
        "gzip": {"files": {"en": "a.gz", "gl": "a.gz"}},
        "tsv": {"address": "a.txt", "format": "tsv"},
        "csv": {"address": "a.txt", "format": "tsv", "separator": ","},
    }[layout]
    id = "file:mine/1" + ("" if "files" in item else "/en-gl")
    with pytest.raises(UserError, match=f"^{id}:( first file:)? the text is UTF-16; convert it: iconv"):
        list(SOURCES["file"].read(Item(id=id, **item), ("eng_Latn", "glg_Latn"), Drops()))
