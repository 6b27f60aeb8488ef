"""What filters make of scripts, over all languages of FLORES-200, whose text is made here from the letters of each."""

import random
from functools import cache
from unicodedata import is_normalized

import numpy as np
import pyarrow as pa
import pytest

from model.text.languages import canonical
from workflow_scripts.filters import DEFAULT, FILTERS, reasons
from workflow_scripts.filters.scripts import HONG_KONG, PARTS, is_of, lengths, varieties, word_counts
from workflow_scripts.filters.segments import Segments
from workflow_scripts.sources.datasets import catalogue
from workflow_scripts.text.characters import Characters, scripts

# Not listed in the catalogue: Santali, which sources spell in two ways, and Akan.
CODES = [*map(canonical, catalogue("flores200")["flores200/1@dev"].datasets), "sat_Olck", "aka_Latn"]
# The least and most characters for one of English, by what is known of these scripts and not by the table in the code.
DENSITY = {"Hans": (0.2, 0.4), "Hant": (0.2, 0.4), "Jpan": (0.3, 0.55), "Hang": (0.35, 0.6), "Ethi": (0.5, 0.9)}
WITHOUT_SPACES = {"Hans", "Hant", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"}
LETTERS = {
    "Hans": "说们这来时国话为开还",
    "Hant": "說們這來時國話為開還",
    "Jpan": "日本語の文をかなと漢字で書きますカメラ",
}


def side(*lines):
    return Characters(pa.array(lines))


@cache
def letters_of(script):
    """Letters of a script, without marks: the first forty of Unicode, or a sample."""
    names, table = scripts()
    found = [chr(code) for code in np.flatnonzero(table == names.index(script))] if script not in LETTERS else []
    return LETTERS.get(script) or [letter for letter in found if letter.isalpha() and is_normalized("NFC", letter)][:40]


def sentence(script, length, density):
    """Text of a script as long as one of English would be, in words of seven letters or in clauses of 30 letters."""
    draw = random.Random(f"{script} {length} {density}")
    size = 30 if script in WITHOUT_SPACES else 7
    text = "".join(draw.choice(letters_of(script)) for _ in range(max(1, round(length * density))))
    return ("," if size == 30 else " ").join(text[start : start + size] for start in range(0, len(text), size))


def segments(rows, languages):
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return Segments(pa.record_batch(columns, ["first", "second"][: len(columns)]), languages)


def test_all_codes_of_flores_are_here_and_unicode_has_their_scripts():
    assert len(set(CODES)) == 204
    for code in CODES:
        name = code.split("_")[1]
        assert set(PARTS.get(name, (name,))) & set(scripts()[0]), code


@pytest.mark.parametrize("code", CODES)
def test_the_defaults_keep_ordinary_text_of_every_language(code):
    script = code.split("_")[1]
    rows = [
        (sentence("Latn", length, 1.0), sentence(script, length, density))
        for length in (12, 60, 150, 300, 400)
        for density in DENSITY.get(script, (0.7, 1.4))
    ]
    found = segments(rows, ("en", code))
    assert {name: mask.sum() for name, mask in reasons(found, DEFAULT).items() if mask.any()} == {}


SENTENCES = [
    (
        "th",
        "The committee decided yesterday to postpone the meeting until the beginning of next month because many members"
        " cannot travel.",
        "คณะกรรมการมีมติเมื่อวานนี้ให้เลื่อนการประชุมออกไปจนถึงต้นเดือนหน้าเพราะสมาชิกหลายคนไม่สามารถเดินทางได้",
    ),
    (
        "zh_Hans",
        "The committee decided yesterday to postpone the meeting until the beginning of next month, because several"
        " members cannot travel and the documents that were promised in spring have not yet been translated.",
        "委员会昨天决定把会议推迟到下个月初，因为有几位委员无法出行，而且春天答应的文件还没有翻译好。",
    ),
    (
        "ja",
        "The growth rate of the past year was 3.5 per cent, the highest since the beginning of the records, and nobody"
        " had expected it.",
        "去年の成長率は3.5パーセントで統計を取り始めてから"
        "最も高い値となりましたがこれを予想していた人は誰もいませんでした",
    ),
    (
        "km",
        "The growth rate reached 7.1 per cent.",
        "កំណើនសេដ្ឋកិច្ចក្នុងឆ្នាំនេះបានកើនឡើងដល់៧.១ភាគរយដែលខ្ពស់ជាង",
    ),
    ("vi", "U.S.", "Hoa Kỳ"),
    ("es", "O.K.", "De acuerdo"),
    ("fr", "{laughs}", "{rires}"),
    ("de", "It costs $US 5.", "Es kostet 5 Dollar."),
]


@pytest.mark.parametrize(("code", "english", "text"), SENTENCES)
def test_the_defaults_keep_real_sentences(code, english, text):
    found = segments([(english, text)], ("en", code))
    assert {name for name, mask in reasons(found, DEFAULT).items() if mask.any()} == set()


def test_lengths_are_those_of_english():
    # Han 3.5, kana 2, Hangul 2.5, Ethiopic 1.5, all else 1.
    assert lengths(side("汉字 ab", "かな", "한국", "ሰላም", "слово", "สวัสดี", "")).tolist() == [10, 4, 5, 4.5, 5, 6, 0]


def test_words_are_counted_as_the_script_writes_them():
    # Four Han are 14 letters of English: 2.3 words of six. Seven of Thai are 1.2. What has no such letter is a word.
    lines = ("one two", "汉字汉字", "汉字汉字 and 3.5", "HTML汉字", "ภาษาไทย", "", "한국어 문장", "།", "ཀཁག་ང")
    assert word_counts(side(*lines)).tolist() == [2, 3, 5, 2, 2, 0, 2, 1, 1]


def test_long_words_are_of_letters_with_spaces_between_words():
    lines = ["a" * 61, "汉" * 61, "汉" * 40 + "a" * 60, "汉" + "a" * 61 + "字", "ไ" * 61 + " x", "a" * 60, "б" * 61]
    found = segments([(line,) for line in lines], ["zh_Hans"])
    assert FILTERS["word_length"](found).tolist() == [True, False, False, True, False, False, True]


def test_each_variety_of_chinese_has_letters_that_the_other_lacks():
    table = varieties()
    of = {kind: {chr(code) for code in np.flatnonzero(table == kind)} for kind in (1, 2)}
    assert set("没这们说龙门") <= of[1] and set("沒這們說龍門") <= of[2]
    assert not (of[1] | of[2]) & set("有人的不一中囧" + HONG_KONG)
    # 2,380 letters of GB 2312 without the three; 2,073 of level 1 of Big5: counted with Python's codecs alone.
    assert (len(of[1]), len(of[2])) == (2377, 2073)


@pytest.mark.parametrize(
    ("code", "english", "text", "kept"),
    [
        ("zh_Hans", "Nobody answered.", "没有人回答。", True),
        ("zh_Hans", "Nobody answered.", "沒有人回答。", False),
        ("zh_Hant", "Nobody answered.", "沒有人回答。", True),
        ("zh_Hant", "Nobody answered.", "没有人回答。", False),
        ("yue_Hant", "He is looking at me.", "佢望着我。", True),
        ("zh_Hans", "Big", "大", True),
        ("zh_Hans", "Taiwan writes 門.", "台湾的写法是門，大陆的写法是门。", True),
        ("sr_Cyrl", "Open the file", "Отвори датотеку", True),
        ("sr_Cyrl", "Open the file", "Otvori datoteku", False),
        ("sr_Latn", "Open the file", "Отвори датотеку", False),
        ("ja", "For Windows: {home}/Scripts/python", "Windowsの場合: {home}/Scripts/python", True),
        ("ja", "Shift+F8", "（SHIFT）＋（F8）", True),
        ("ja", "You can set the locale.", "You can set this locale.", False),
        ("ko", "Hanja", "漢字", True),
        ("el", "β is a letter", "Το β είναι γράμμα", True),
        ("ru", "12 %", "12 %", True),
        ("en_Brai", "Open", "Abrir", True),  # Unicode has no letters of Braille
    ],
)
def test_text_in_another_script_is_dropped_but_names_on_both_sides_are_not(code, english, text, kept):
    assert FILTERS["script"](segments([(english, text)], ("en", code))).tolist() == [not kept]


def test_of_monolingual_text_each_letter_counts():
    found = segments([("Windowsの場合",), ("Windows XP",), ("12",)], ["ja"])
    assert FILTERS["script"](found).tolist() == [False, True, False]
    # Seven letters of Latin, one of kana (2) and two of Han (7): 9 of 16, 0.5625.
    assert FILTERS["script"](found, min=0.56).tolist() == [False, True, False]
    assert FILTERS["script"](found, min=0.57).tolist() == [True, True, False]


def test_letters_of_some_scripts():
    assert is_of(side("aа汉"), ("Latn", "Cyrl")).tolist() == [True, True, False]
