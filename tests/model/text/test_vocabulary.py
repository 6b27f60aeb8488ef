import pytest

from model.command import UserError
from model.text.vocabulary import SPECIALS, UNKNOWN_ID, Vocabulary


def built():
    counts = {"b": 5, "a": 5, "rare": 1, "the": 9}
    return Vocabulary.build(counts, ["en", "gl"], min_count=2, max_size=100)


def test_rows_are_specials_then_languages_then_pieces_by_count_and_code_point():
    assert built().pieces == [*SPECIALS, "<lang:en>", "<lang:gl>", "the", "a", "b"]


def test_the_size_limit_counts_control_rows():
    assert Vocabulary.build({"a": 3, "b": 2}, ["en"], 1, 7).pieces == [*SPECIALS, "<lang:en>", "a"]


def test_pieces_without_a_row_are_unknown():
    assert built().ids(["the", "rare", "b"]) == [7, UNKNOWN_ID, 9]


def test_text_that_spells_a_control_row_does_not_get_its_id():
    assert built().ids(["<lang:en>", "</s>", "<pad>", "<bt>"]) == [UNKNOWN_ID] * 4


def test_a_text_that_spells_control_rows_makes_a_file_that_can_be_read(tmp_path):
    counts = {"<tr>": 5, "</s>": 5, "<lang:tr>": 5, "a": 1}
    vocabulary = Vocabulary.build(counts, ["en", "tr"], 1, 100).extended(counts, ["tr", "th"], 1)
    vocabulary.write(tmp_path / "vocabulary.tsv")
    assert Vocabulary.read(tmp_path / "vocabulary.tsv").pieces == [
        *(*SPECIALS, "<lang:en>", "<lang:tr>", "<tr>", "a", "<lang:th>")
    ]


def test_an_extension_keeps_old_ids_and_adds_what_is_new():
    old = built()
    new = old.extended({"the": 4, "novo": 7, "once": 1}, ["en", "pt"], min_count=2)
    assert new.pieces == [*old.pieces, "<lang:pt>", "novo"]
    assert new.is_control(new.language_id("pt")) and not new.is_control(len(new) - 1)


def test_an_unknown_language_is_refused_with_those_known():
    with pytest.raises(UserError, match="'fr'.*en, gl"):
        built().language_id("fr")


def test_files_round_trip_even_with_odd_line_ends_inside_pieces(tmp_path):
    vocabulary = Vocabulary.build({"a\u2028b": 3, "x\x85": 2}, ["en"], 1, 100)
    vocabulary.write(tmp_path / "vocabulary.tsv")
    again = Vocabulary.read(tmp_path / "vocabulary.tsv")
    assert (again.pieces, again.counts) == (vocabulary.pieces, vocabulary.counts)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "<pad>\t-1\n</s>\t-1\n<unk>\t-1\n<mask>\t-1\n<bt>\t-1\na\t3\na\t2\n",
            "line 7: 'a' is repeated",
        ),
        ("<pad>\t-1\n</s>\t-1\n<unk>\t-1\n<mask>\t-1\nno count\n", "line 5: expected"),
        ("<pad>\t-1\n\t3\n", "line 2: expected"),
        ("<pad>\t-1\na\t--3\n", "line 2: expected"),
        ("<pad>\t-1\na\t3\t4\n", "line 2: expected"),
        ("a\t3\n", "the first lines must be <pad> </s> <unk> <mask> <bt>$"),
        ("<pad>\t-1\n</s>\t-1\n<unk>\t-1\n<mask>\t-1\n<lang:en>\t-1\n", "the first lines must be <pad>"),
    ],
)
def test_a_damaged_file_is_refused_with_the_line(tmp_path, lines, message):
    path = tmp_path / "vocabulary.tsv"
    path.write_text(lines)
    with pytest.raises(UserError, match=message):
        Vocabulary.read(path)
