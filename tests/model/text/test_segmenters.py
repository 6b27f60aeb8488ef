import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from model.text import segmenters
from model.text.segmenters import SEGMENTERS, segmenter, segmenter_name

UNSPACED = ["jieba", "mecab", "characters"]
FAMILY = "👨\u200d👩\u200d👧"  # one character to the eye, three joined by U+200D


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


def test_korean_keeps_its_spaces_and_the_particles_of_numbers():
    moses, line = SEGMENTERS["moses"], "LibreOffice는 3일 만에 1,234.5원이 되었다."
    words = ["LibreOffice는", "3일", "만에", "1,234.5원이", "되었다", "."]
    assert moses.split(line, "ko") == words and moses.join(words, "ko") == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("我们在图书馆学习汉语语法", ["我们", "在", "图书馆", "学习", "汉语", "语法"]),
        ("老师让李晓岚翻译", ["老师", "让", "李晓岚", "翻译"]),  # the name stands in no dictionary
        ("打开 PDF 文件。", ["打开", "PDF", "文件", "。"]),
        ("用C++写的MS-DOS程序，增长5.5%", ["用", "C++", "写", "的", "MS", "-", "DOS", "程序", "，", "增长", "5.5%"]),
        ("版本1.2.3...", ["版本", "1.2", ".", "3", "..."]),
    ],
)
def test_chinese_words_are_those_of_jieba(line, words):  # what jieba 0.42.1 gives
    assert SEGMENTERS["jieba"].split(line, "zh_Hans") == words


def test_japanese_words_are_those_of_sacrebleu():
    from sacrebleu.tokenizers.tokenizer_ja_mecab import TokenizerJaMecab

    line = "「訪問していないリンク」では、Microsoft Office の設定を保存します。"
    words = "「 訪問 し て い ない リンク 」 で は 、 Microsoft Office の 設定 を 保存 し ます 。"
    assert " ".join(SEGMENTERS["mecab"].split(line, "ja")) == words == TokenizerJaMecab()(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("打开 PDF 文件。", ["打", "开", "PDF", "文", "件", "。"]),
        ("ที่นี่ 2 คน", ["ที่", "นี่", "2", "ค", "น"]),  # marks above stay with their letters
        ("ກິ໐໑", ["ກິ", "໐໑"]),  # Lao digits
        ("က်ွန်ုပ်", ["က်ွ", "န်ု", "ပ်"]),
        ("བོད་", ["བོ", "ད", "་"]),
        (f"ကa{FAMILY}!", ["က", "a", FAMILY, "!"]),
        ("café２０１１年", ["café２０１１", "年"]),
        ("cafe\u0301x", ["cafe\u0301x"]),
    ],
)
def test_characters_keep_their_marks_and_latin_runs_stay_whole(line, words):
    assert SEGMENTERS["characters"].split(line, "th") == words


@pytest.mark.parametrize("row", UNSPACED)
@pytest.mark.parametrize(
    "line",
    [
        "使用Microsoft Office 2010打开",
        "２０１１年のＭＳ Ｐゴシック",
        "Café ABC123 1.00E 3.5GB",
        "値は" + "x" * 100 + "です",  # MeCab takes no unknown word of more than 24 characters
        f"{FAMILY}か\u3099%(count)d{{total}}</b>",
        "",
    ],
)
def test_scripts_without_spaces_have_them_between_latin_words_alone(row, line):
    words = SEGMENTERS[row].split(line, "ja")
    assert SEGMENTERS[row].join(words, "ja") == line


@pytest.mark.parametrize("row", UNSPACED)
@given(line=st.text(st.sampled_from("a7é２Ｚ語の汉字กิ\u0301\u200d\u3000\u2028\x1c 👨-.%#_\t\0\ufeff")))
def test_nothing_but_spaces_is_lost(row, line):
    words = SEGMENTERS[row].split(line, "ja")
    assert "".join(words) == "".join(line.replace("\0", "\ufffd").split())
    assert all(word.split() == [word] for word in words)
    again = SEGMENTERS[row].join(words, "ja")
    assert "".join(again.split()) == "".join(words)


@pytest.mark.parametrize("row", UNSPACED)
def test_what_no_text_can_hold_is_replaced(row):
    assert "".join(SEGMENTERS[row].split("a\ud800語\0字", "ja")) == "a\ufffd語\ufffd字"


def test_words_between_spaces_are_taken_as_they_are():
    spaces = SEGMENTERS["spaces"]
    assert spaces.split(" ein\u3000Wort, zwei  ", "de") == ["ein", "Wort,", "zwei"]
    assert spaces.join(["ein", "Wort,"], "de") == "ein Wort,"
    assert spaces.chunks("de").words_of_chunks(["ein", "", "Wort,"], 0) == [["ein"], [], ["Wort,"]]


@pytest.mark.parametrize(
    ("row", "module", "packages"), [("jieba", "rjieba", "rjieba"), ("mecab", "ipadic", "mecab-python3 ipadic")]
)
def test_a_missing_package_is_named(row, module, packages, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    segmenters._package.cache_clear()
    segmenters._tagger.cache_clear()
    with pytest.raises(UserError, match=f"^{module}: not installed.*: pip install {packages}$"):
        SEGMENTERS[row].split("語", "ja")


@pytest.mark.parametrize(
    ("language", "chosen", "name"),
    [
        ("en", {}, "moses"),
        ("en", {"default": "moses_messages"}, "moses_messages"),
        ("en", {"en": "spaces", "default": "moses"}, "spaces"),
        ("zh_Hant", {}, "jieba"),
        ("ja", {"default": "moses_messages"}, "mecab"),
        ("ja", {"ja": "characters"}, "characters"),
        ("ja_Latn", {}, "moses"),
        ("yue", {}, "characters"),
        ("zh_Hans", {"default": "spaces"}, "spaces"),  # SentencePiece
        ("th", {"default": "spaces", "th": "characters"}, "characters"),
    ],
)
def test_a_language_takes_its_own_row_then_its_default_then_the_default(language, chosen, name):
    assert segmenter_name(language, chosen) == name
    assert segmenter(language, chosen) is SEGMENTERS[name]
