import pytest

from model.lines import normalised, read_lines, write_lines
from workflow_scripts.clean import first_reason
from workflow_scripts.filters import FILTERS
from workflow_scripts.study import Study
from workflow_scripts.text import WORD_OF_LETTERS, matching_key, read_pairs, write_pairs

ALL = Study.model_fields["filters"].default


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


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hello, World!", "hello world"), ("well-known", "well @-@ known"), ("ﬁle", "FILE"), ("Straße", "STRASSE")],
)
def test_the_same_text_has_the_same_key(one, other):
    assert matching_key(one) == matching_key(other) != ""


def test_marks_are_part_of_the_text():
    assert matching_key("कि") != matching_key("की")
    assert WORD_OF_LETTERS.fullmatch("हिन्दी") and not WORD_OF_LETTERS.fullmatch("a1")


def test_other_text_has_another_key():
    assert matching_key("file 1") != matching_key("file 2")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("Open the file", "Abrir o ficheiro", None),
        ("", "x", "empty"),
        ("word " * 101, "palabra", "words"),
        ("a" * 61, "b", "word_length"),
        ("yes", "non, de ningún xeito se pode facer isto agora", "ratio"),
        ("--- *** ---", "--- ** ---", "letters"),
        ("Same", "Same", "identical"),
        ("label_title", "Título", "identifiers"),
        ("Deleted %d files", "Borrados os ficheiros", "placeholders"),
        ("%s of $h %s", "%s de $h %s", "letters"),
        ("{a} and {b} here", "{b} e {a} aquí", None),
        ("Open all files.", "सभी फ़ाइलें खोलें।", None),
    ],
)
def test_the_first_reason_to_drop(first, second, reason):
    assert first_reason(normalised(first), normalised(second), ALL) == reason


def test_every_filter_is_in_the_default_study():
    assert set(ALL) == set(FILTERS)


def test_settings_of_a_study_reach_the_filter():
    assert first_reason("a b c", "d e f", {"words": {"max": 2}}) == "words"
    assert first_reason("a b c", "d e f", {"words": {"max": 3}}) is None


def test_lines_and_pairs_round_trip(tmp_path):
    lines = ["a\u2028b", "", "c\rd"]
    write_lines(tmp_path / "x.txt", lines)
    assert read_lines(tmp_path / "x.txt") == lines
    write_pairs(tmp_path / "p.parquet", "en-gl", [("a", "b", "corpus"), ("c", "d", "corpus")])
    assert read_pairs(tmp_path / "p.parquet", "en-gl") == [("a", "b"), ("c", "d")]
    assert read_pairs(tmp_path / "p.parquet", "gl-en") == [("b", "a"), ("d", "c")]
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part"] == []


def test_a_file_with_no_line_has_no_lines(tmp_path):
    write_lines(tmp_path / "x.txt", [])
    assert read_lines(tmp_path / "x.txt") == []
