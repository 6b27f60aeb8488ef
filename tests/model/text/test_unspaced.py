import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from model.text import unspaced
from model.text.segmenters import SEGMENTERS
from model.text.unspaced import SPACE

UNSPACED = ["jieba", "mecab", "characters"]
FAMILY = "👨\u200d👩\u200d👧"  # one character to the eye, three joined by U+200D


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("我们在图书馆学习汉语语法", ["我们", "在", "图书馆", "学习", "汉语", "语法"]),
        ("老师让李晓岚翻译", ["老师", "让", "李晓岚", "翻译"]),  # the name stands in no dictionary
        ("打开 PDF 文件。", ["打开", "▁", "PDF", "▁", "文件", "。"]),
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
    found = [word for word in SEGMENTERS["mecab"].split(line, "ja") if word != SPACE]
    assert " ".join(found) == words == TokenizerJaMecab()(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("打开 PDF 文件。", ["打", "开", "▁", "PDF", "▁", "文", "件", "。"]),
        ("ที่นี่ 2 คน", ["ที่", "นี่", "▁", "2", "▁", "ค", "น"]),  # marks above stay with their letters
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
def test_a_space_between_latin_words_needs_no_mark(row, line):
    words = SEGMENTERS[row].split(line, "ja")
    assert SPACE not in words
    assert SEGMENTERS[row].join(words, "ja") == line


@pytest.mark.parametrize("row", UNSPACED)
@given(line=st.text(st.sampled_from("a7é２Ｚ語の汉字กิ\u0301\u200d\u3000\u2028\x1c 👨-.%#_\t\0\ufeff▁")))
def test_nothing_but_the_number_of_spaces_is_lost(row, line):
    words = SEGMENTERS[row].split(line, "ja")
    assert all(word.split() == [word] for word in words)
    assert SEGMENTERS[row].join(words, "ja") == " ".join(line.replace("\0", "\ufffd").split())


@pytest.mark.parametrize("row", UNSPACED)
@pytest.mark.parametrize(
    ("line", "spaces"),
    [
        ("สวัสดีครับ ผมชื่อจอห์น ยินดีที่ได้รู้จัก", 2),
        ("សួស្តី ខ្ញុំឈ្មោះ ចន", 2),
        ("ສະບາຍດີ ຂ້ອຍຊື່ John Smith", 2),
        ("မင်္ဂလာပါ။ ကျွန်တော် ၁၂ ယောက်", 3),
        ("བཀྲ་ཤིས། ང་ཡི་མིང་། ", 1),
        ("打开 PDF 文件", 2),
        ("日本 の 本", 2),
    ],
)
def test_written_spaces_are_words(row, line, spaces):
    words = SEGMENTERS[row].split(line, "th")
    assert words.count(SPACE) == spaces
    assert SEGMENTERS[row].join(words, "th") == line.strip()


@pytest.mark.parametrize("row", UNSPACED)
def test_the_sign_of_a_space_in_a_text_is_none(row):
    line = "▁ 語▁ ▁▂▃ a▁b"
    words = SEGMENTERS[row].split(line, "ja")
    assert words.count(SPACE) == line.count(" ") and SEGMENTERS[row].join(words, "ja") == line


def test_spaces_that_a_model_writes_where_none_can_be_are_none():
    assert SEGMENTERS["characters"].join(["▁", "語", "▁", "▁", "a", "▁", "b", "▁"], "ja") == "語 a b"


@pytest.mark.parametrize("row", UNSPACED)
def test_what_no_text_can_hold_is_replaced(row):
    assert "".join(SEGMENTERS[row].split("a\ud800語\0字", "ja")) == "a\ufffd語\ufffd字"


@pytest.mark.parametrize(
    ("row", "module", "packages"), [("jieba", "rjieba", "rjieba"), ("mecab", "ipadic", "mecab-python3 ipadic")]
)
def test_a_missing_package_is_named(row, module, packages, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    unspaced._package.cache_clear()
    unspaced._tagger.cache_clear()
    with pytest.raises(UserError, match=f"^{module}: not installed.*: pip install {packages}$"):
        SEGMENTERS[row].split("語", "ja")
