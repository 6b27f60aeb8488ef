import pytest
from subword_nmt.apply_bpe import BPE

from model.text.tokenizer import Tokenizer
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
