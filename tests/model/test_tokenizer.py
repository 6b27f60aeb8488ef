import pytest
from subword_nmt.apply_bpe import BPE

from model.segmenters import SEGMENTERS, segmenter
from model.tokenizer import Tokenizer
from model.vocabulary import Vocabulary

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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A well-known fact, isn't it?", ["A", "well", "@-@", "known", "fact", ",", "isn", "'t", "it", "?"]),
        ('He said: "5 & 6".', ["He", "said", ":", '"', "5", "&", "6", '"', "."]),
    ],
)
def test_moses_splits_hyphens_and_escapes_nothing(line, words):
    assert SEGMENTERS["moses"].split(line, "en") == words


@pytest.mark.parametrize(
    "line",
    [
        "Deleted %(count)d of {total} files.",
        "Click <b>here</b> & wait (%s).",
        "See https://example.org/a-b, or ${name}.",
        "A well-known fact: 100%",
    ],
)
def test_messages_keep_placeholders_and_markup(line):
    moses = SEGMENTERS["moses_messages"]
    assert moses.join(moses.split(line, "en"), "en") == line


def test_placeholders_are_single_words():
    words = SEGMENTERS["moses_messages"].split("Deleted %(count)d of {total} files", "en")
    assert words == ["Deleted", "%(count)d", "of", "{total}", "files"]


def test_scripts_without_spaces_are_split_into_characters():
    row = segmenter("zh", {"default": "moses"})
    assert row.split("打开 PDF 文件。", "zh") == ["打", "开", "PDF", "文", "件", "。"]
    assert row.join(["打", "开"], "zh") == "打开"


def test_a_language_takes_its_own_row_then_its_default_then_the_default():
    assert segmenter("en", {"en": "spaces", "default": "moses"}) is SEGMENTERS["spaces"]
    assert segmenter("en", {"default": "moses_messages"}) is SEGMENTERS["moses_messages"]
    assert segmenter("en", {}) is SEGMENTERS["moses"]
    assert segmenter("zh_CN", {"default": "moses"}) is SEGMENTERS["characters"]
