import pytest

from model.text.lines import normalised, read_lines, write_lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a\n b\t c ", "a b c"),
        ("Caf\u0065\u0301", "Café"),
        ("1 &lt; 2 &amp; &#39;x&#39;", "1 < 2 & 'x'"),
        ("a\u2028b\x00c\ufeffd", "a b c d"),
        ("\ud800x", "x"),
        ("", ""),
    ],
)
def test_normal_form(line, expected):
    assert normalised(line) == expected


def test_lines_round_trip(tmp_path):
    lines = ["a\u2028b", "", "c\rd"]
    write_lines(tmp_path / "x.txt", lines)
    assert read_lines(tmp_path / "x.txt") == lines
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_a_file_with_no_line_has_no_lines(tmp_path):
    write_lines(tmp_path / "x.txt", [])
    assert read_lines(tmp_path / "x.txt") == []
