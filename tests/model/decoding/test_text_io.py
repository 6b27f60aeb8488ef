import os

import pytest

from model.command import UserError
from model.decoding.text_io import arriving_lines, output


@pytest.fixture
def pipe():
    read, write = os.pipe()
    yield read, write
    os.close(read)


def test_what_has_arrived_is_handed_on_before_the_rest_is_there(pipe):
    read, write = pipe
    found = arriving_lines(read, "in", 10)
    os.write(write, "a\nb\nnäc".encode())
    assert next(found) == ["a", "b"]
    os.write(write, b"hste\n\n")
    assert next(found) == ["nächste", ""]
    os.write(write, b"last")
    os.close(write)
    assert list(found) == [["last"]]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"\xef\xbb\xbfa\r\nb\xe2\x80\xa8c\n", ["a\r", "b\u2028c"]),
    ],
)
def test_only_line_feeds_end_a_line(pipe, data, lines):
    read, write = pipe
    os.write(write, data)
    os.close(write)
    assert [line for some in arriving_lines(read, "in", 1) for line in some] == lines


def test_no_list_is_longer_than_allowed(tmp_path):
    (tmp_path / "in").write_text("".join(f"{n}\n" for n in range(25_000)))
    with open(tmp_path / "in", "rb") as file:
        found = list(arriving_lines(file.fileno(), "in", 1000))
    assert max(map(len, found)) == 1000 and [int(line) for some in found for line in some] == list(range(25_000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a\nb\n\xff\n", "in: line 3 is not UTF-8"),
        ("a\nb\n".encode("utf-16"), "in: line 1 has a NUL character, as text in UTF-16 has"),
        ("a\nb\n".encode("utf-16-be"), "in: line 1 has a NUL character"),
        ("a\nb\n".encode("utf-32-le"), "in: line 1 has a NUL character"),
        ("日本\n語\n".encode("utf-16-le"), "in: line (1|2) (is not UTF-8|has a NUL character)"),
    ],
)
def test_bytes_that_are_no_text_are_named_by_their_line(pipe, text, message):
    read, write = pipe
    os.write(write, text)
    os.close(write)
    with pytest.raises(UserError, match=message):
        list(arriving_lines(read, "in", 2))


def test_a_file_gets_its_name_when_it_is_whole(tmp_path):
    with output(tmp_path / "new" / "out") as file:
        file.write("one\n")
        assert not (tmp_path / "new" / "out").exists()
    assert (tmp_path / "new" / "out").read_text() == "one\n"
    with pytest.raises(ZeroDivisionError), output(tmp_path / "new" / "out") as file:
        file.write(f"{1 / 0}")
    assert os.listdir(tmp_path / "new") == ["out"] and (tmp_path / "new" / "out").read_text() == "one\n"
