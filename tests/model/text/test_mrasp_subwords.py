import pytest

from model.command import UserError
from model.text.mrasp_subwords import read_codes, read_vocabulary
from model.text.vocabulary import SPECIALS, UNKNOWN_ID, Vocabulary

# The layout of mRASP's vocab.bpe.32000: pieces, then tokens of languages, some behind a tab, some without a count.
RELEASED = "the 900\nde@@ 800\nŋ 7\nLANG_TOK_EN -1\nLANG_TOK_ZH\t-1\nLANG_TOK_MS\nLANG_TOK_GU 1\nLANG_TOK_XX -1\n"


def read(tmp_path, text, languages=("en", "zh_Hans")):
    (tmp_path / "vocab").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_vocabulary(tmp_path / "vocab", languages)


def test_rows_keep_their_places_behind_the_specials(tmp_path):
    vocabulary = read(tmp_path, RELEASED)
    assert vocabulary.pieces == [
        *(*SPECIALS, "the", "de@@", "ŋ", "<lang:en>", "<lang:zh_Hans>", "<lang:zsm>", "<lang:gu>", "LANG_TOK_XX")
    ]
    assert vocabulary.counts == [-1] * 5 + [900, 800, 7] + [-1] * 4 + [0]
    assert vocabulary.ids(["the", "ŋ", "<lang:en>", "LANG_TOK_EN"]) == [5, 7, UNKNOWN_ID, UNKNOWN_ID]
    assert vocabulary.language_id("gu") == 5 + 6


@pytest.mark.parametrize(
    ("code", "languages", "expected"),
    [
        ("ZH", ["zh_Hant"], "zh_Hant"),
        ("ZH", ["zh_Hans", "zh_Hant"], "zh_Hans"),
        ("NO", [], "nb"),
        ("NO", ["nn"], "nn"),
        ("SR", [], "sr_Cyrl"),
        ("SR", ["sr_Latn"], "sr_Latn"),
        ("MS", ["zsm"], "zsm"),
        ("LV", [], "lv"),
        ("HE", [], "he"),
    ],
)
def test_codes_that_mean_several_languages_mean_the_studys(tmp_path, code, languages, expected):
    assert read(tmp_path, f"a 1\nLANG_TOK_{code} -1\n", languages).pieces[6] == f"<lang:{expected}>"


def test_two_tokens_of_one_language_keep_their_rows(tmp_path):
    pieces = read(tmp_path, "LANG_TOK_NB -1\nLANG_TOK_NO -1\nb 1\n", []).pieces
    assert pieces[5:] == ["<lang:nb>", "LANG_TOK_NO", "b"]


def test_languages_without_a_token_get_one_at_the_end(tmp_path):
    assert read(tmp_path, RELEASED, ["en", "gl", "eu"]).pieces[-3:] == ["LANG_TOK_XX", "<lang:gl>", "<lang:eu>"]


def test_what_is_read_can_be_written_and_read_as_our_own(tmp_path):
    vocabulary = read(tmp_path, RELEASED + "a\u2028b 3\n\u00a0 2\n")
    vocabulary.write(tmp_path / "vocabulary.tsv")
    again = Vocabulary.read(tmp_path / "vocabulary.tsv")
    assert (again.pieces, again.counts) == (vocabulary.pieces, vocabulary.counts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 1\nb 2\na 3\n", "line 3: 'a' is repeated"),
        ("a 1\nLANG_TOK_EN -1\nLANG_TOK_EN\t-1\nLANG_TOK_EN\n", "line 4: 'LANG_TOK_EN' is repeated"),
        ("a 1\nb\n", "line 2: expected a piece, a space and its count, found 'b'"),
        ("a 1\nb c 2\n", "line 2: expected a piece, .* found 'b c 2'"),
        ("a 1\nb -1\n", "line 2: expected a piece"),
        ("a 1\n\nb 2\n", "line 2: expected a piece"),
        ("a 1\r\nb 2\r\n", "line 1: expected a piece"),
        ("a 1\n</s> 4\n", "line 2: '</s>' is repeated, or is a special token"),
        ("a 1\n<lang:en> 4\n", "line 2: '<lang:en>' is repeated"),
        (b"a 1\n\xff 2\n", "line 2 is not UTF-8"),
    ],
)
def test_a_row_that_is_none_is_refused_with_file_and_line(tmp_path, text, message):
    with pytest.raises(UserError, match=f"^{tmp_path}/vocab: {message}"):
        read(tmp_path, text)


def test_codes_are_checked_line_by_line(tmp_path):
    path = tmp_path / "codes"
    path.write_text("#version: 0.2\nt h\nth e</w>\n")
    assert read_codes(path) == ["#version: 0.2", "t h", "th e</w>"]
    path.write_text("#version: 0.2\nt h\nth e</w> 17\n")
    with pytest.raises(UserError, match=f"^{path}: line 3: expected two symbols"):
        read_codes(path)
