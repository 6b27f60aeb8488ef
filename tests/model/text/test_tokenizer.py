import pytest
from subword_nmt.apply_bpe import BPE

from model.command import UserError
from model.text.tokenizer import Tokenizer, subword_files
from model.text.vocabulary import Vocabulary

CODES = "#version: 0.2\nl o\nlo w</w>\ne r</w>\n"


@pytest.fixture
def tokenizer(tmp_path):
    (tmp_path / "codes").write_text(CODES)
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {}}')
    pieces = {"lo@@": 3, "low": 3, "w@@": 2, "er": 2, "n@@": 1, "e@@": 1}
    Vocabulary.build(pieces, ["en"], 1, 100).write(tmp_path / "vocabulary.tsv")
    return Tokenizer(tmp_path)


def test_pieces_are_those_of_subword_nmt(tokenizer, tmp_path):
    with open(tmp_path / "codes") as codes:
        expected = BPE(codes).process_line("lower low newer").split()
    assert (
        tokenizer.pieces(["lower", "low", "newer"])
        == expected
        == ["lo@@", "w@@", "er", "low", "n@@", "e@@", "w@@", "er"]
    )


def test_encoding_and_decoding_are_inverse(tokenizer):
    assert tokenizer.decode(tokenizer.encode("lower low newer", "en"), "en") == "lower low newer"


def test_controls_are_left_out_and_lost_pieces_show(tokenizer):
    vocabulary = tokenizer.vocabulary
    ids = [vocabulary.language_id("en"), *vocabulary.ids(["low", "zzz"]), 1]
    assert tokenizer.decode_words(ids) == ["low", "<unk>"]


def test_a_hypothesis_that_breaks_off_inside_a_word_keeps_its_beginning(tokenizer):
    assert tokenizer.decode_words(tokenizer.vocabulary.ids(["low", "lo@@"])) == ["low", "lo"]


def test_a_language_may_have_a_file_of_its_own(tokenizer, tmp_path):
    (tmp_path / "english").write_text("#version: 0.2\nl o\nlo w</w>\n")
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {}, "files": {"en": "english", "gl": "codes"}}')
    made = Tokenizer(tmp_path)
    assert [made.vocabulary.pieces[i] for i in made.encode("lower", "gl")] == ["lo@@", "w@@", "er"]
    assert [made.vocabulary.pieces[i] for i in made.encode("lower", "en")] == ["lo@@", "w@@", "e@@", "<unk>"]
    assert subword_files(tmp_path) == ["codes", "english", "tokenizer.json"]
    with pytest.raises(UserError, match="has no subwords for pt, but for en, gl"):
        made.encode("lower", "pt")
    for files in ('{"en": "../english"}', '{"en": ".."}', "null"):
        (tmp_path / "tokenizer.json").write_text(f'{{"segmenters": {{}}, "files": {files}}}')
        with pytest.raises(UserError, match="tokenizer.json: damaged"):
            Tokenizer(tmp_path)


@pytest.mark.parametrize("line", ["foo@@ bar", "a @@ b", "@@", "@@ @@@ x@ @x", "@@@@"])
def test_the_joiner_of_pieces_may_be_in_the_text(tmp_path, line):
    (tmp_path / "codes").write_text("#version: 0.2\n@ @\n@ @</w>\no @@</w>\n@@ @@</w>\n")
    for name in ("spaces", "words", "characters"):
        (tmp_path / "tokenizer.json").write_text(f'{{"segmenters": {{"default": "{name}"}}}}')
        made = Tokenizer(tmp_path)
        pieces = made.pieces(made.words(line, "en"))
        Vocabulary.build(dict.fromkeys(pieces, 1), ["en"], 1, 100).write(tmp_path / "vocabulary.tsv")
        assert made.decode(made.encode(line, "en"), "en") == line


def test_a_folder_that_names_no_default_segmenter_was_made_with_moses(tmp_path):
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {"gl": "spaces"}}')
    assert Tokenizer(tmp_path).settings["segmenters"] == {"default": "moses", "gl": "spaces"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            '{"segmenters": {"default": "moses_messages"}}',
            "is replaced by messages.*; train the model again",
        ),
        ('{"segmenters": {"default": "mosses"}}', "unknown 'mosses'; did you mean 'moses'"),
        ("{}", "damaged"),
        ("[", "damaged"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(tmp_path, settings, said):
    (tmp_path / "tokenizer.json").write_text(settings)
    with pytest.raises(UserError, match=f"^{tmp_path}/tokenizer.json: .*{said}[^\n]*$"):
        Tokenizer(tmp_path)
