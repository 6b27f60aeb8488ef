import unicodedata

import pytest

from workflow_scripts.text.matching import WORD_OF_LETTERS, matching_key
from workflow_scripts.text.spellings import SEQUENCES, SPELLINGS


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hello, World!", "hello world"), ("well-known", "well @-@ known"), ("ﬁle", "FILE"), ("Straße", "STRASSE")],
)
def test_the_same_text_has_the_same_key(one, other):
    assert matching_key(one) == matching_key(other) != ""


# Words as people type them. On the left as Unicode would have it.
HABITS = {
    "Romanian": ("Ştiinţă şi ţară", "Știință și țară", "Știinţǎ s\u0327i t\u0326arǎ"),
    "Persian and Arabic": ("کتاب‌های علی", "كتاب های علي", "كتاب هاى علي", "کتـــاب‌های عَلِی"),
    "Sorani": ("هەولێر", "ههولێر", "ھەولێر", "هه\u200cولێر"),
    "Urdu": ("ہمارے بچے", "همارے بچے", "ھمارے بچے"),
    "digits": ("۱۲۳ ک", "١٢٣ ك", "123 ک", "१२३ ک", "１２３ ک"),
    "hamza": ("مسئله", "مسي\u0654له", "مسى\u0654له"),
    "Hebrew": ("שלום", "שָׁלוֹם", "\ufb2aָלו\u05b9ם"),
    "Yiddish": ("וויסן", "װיסן"),
    "Ukrainian": ("п'ять", "п’ять", "пʼять", "п´ять", "п`ять"),
    "Uzbek": ("oʻzbek", "o‘zbek", "o'zbek", "o’zbek", "oʼzbek"),
    "Hawaiian": ("Hawaiʻi", "Hawai'i", "Hawai‘i"),
    "Azerbaijani": ("Azərbaycan", "Azәrbaycan", "Azǝrbaycan", "AZƏRBAYCAN"),
    "Turkish": ("DİYARBAKIR", "Diyarbakır", "diyarbakir", "di\u0307yarbakır"),
    "Yoruba": ("ẹ̀kọ́", "e\u0329\u0300ko\u0329\u0301", "e\u0300\u0323kọ\u0301"),
    "Kabyle": ("taɛrabt aɣrum", "taεrabt aγrum"),
    "Georgian": ("თბილისი", "ᲗᲑᲘᲚᲘᲡᲘ"),
    "Greek": ("Ὅμηρος ό", "ὅμηρος \u1f79", "ὍΜΗΡΟΣ Ό"),
    "Vietnamese": ("hòa thủy khỏe", "hoà thuỷ khoẻ", "HÒA THỦY KHỎE"),
    "Chechen": ("кӏант", "КӀАНТ", "кIант"),
    "Hindi": ("क़लम आम", "क\u093cलम आम", "\u0958लम अाम"),
    "Bengali": ("হঠাৎ ড়", "হঠাত\u09cd\u200d ড\u09bc"),
    "Malayalam": ("അവൻ എന്റെ", "അവന\u0d4d\u200d എൻ\u0d4dറെ"),
    "Sinhala": ("ශ්\u200dරී ආ", "ශ්රී අා"),
    "Thai": ("น้ำ แม่", "น\u0e4d\u0e49า เเม่", "น\u0e49\u0e4dา แม่"),
    "Lao": ("ນ້ຳ ແມ່", "ນ\u0ecd\u0ec9າ ເເມ່"),
    "Khmer": ("កើត ខ្ញុំ", "ក\u17c1\u17b8ត\u200b ខ្ញុំ"),
    "Japanese": ("ガイド ー", "ｶﾞｲﾄﾞ ｰ", "カ\u3099イト\u3099 ー"),
    "Korean": ("한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),
    "emoji": ("ok ❤\ufe0f", "ok ❤"),
}


@pytest.mark.parametrize("spellings", HABITS.values(), ids=HABITS)
def test_spellings_of_one_text_have_one_key(spellings):
    assert len({matching_key(spelling) for spelling in spellings}) == 1
    assert matching_key(spellings[0])


VARIANTS = [(variant, to) for variants, to in SPELLINGS for variant in variants]


@pytest.mark.parametrize(("variant", "to"), [*VARIANTS, *SEQUENCES.items()], ids=ascii)
def test_a_variant_counts_as_what_the_table_says(variant, to):
    for line in ("{}", "x{}y", "ক{}", "{} 1", "e{}\u0301")[: 5 if len(variant) == 1 else 4]:
        assert matching_key(line.format(variant)) == matching_key(line.format(to))
    assert unicodedata.normalize("NFC", to) == to and not {v for v, _ in VARIANTS} & set(to)


def test_a_composed_letter_counts_as_its_parts_do():
    for number in range(0x30000):
        letter = chr(number)
        if letter.isalnum() and (parts := unicodedata.normalize("NFD", letter)) != letter:
            assert matching_key(letter) == matching_key(parts), ascii(letter)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("все", "всё"),
        ("ا", "أ"),
        ("zona", "żona"),
        ("caca", "čača"),
        ("ሰላም", "ሠላም"),
        ("国", "國"),
        ("は", "ば"),
        ("q", "ɋ"),
    ],
)
def test_other_letters_stay_others(one, other):
    assert matching_key(one) != matching_key(other)


def test_marks_are_part_of_the_text():
    assert matching_key("कि") != matching_key("की")
    assert WORD_OF_LETTERS.fullmatch("हिन्दी") and not WORD_OF_LETTERS.fullmatch("a1")


def test_other_text_has_another_key():
    assert matching_key("file 1") != matching_key("file 2")


@pytest.mark.parametrize(
    "word", ["می\u200cخواهم", "क्\u200dष", "don't", "м’ята", "col·legi", "हिन्दी", "ọ̀rọ̀", "שָׁלוֹם", "ᱥᱟᱱᱛᱟᱲᱤ"]
)
def test_joiners_marks_and_apostrophes_are_in_words_of_letters(word):
    assert WORD_OF_LETTERS.fullmatch(word)


@pytest.mark.parametrize(
    "word", ["￭,", "￭’￭", "▁", "(￭", "3.5", "x1", "@-@", "'s", "l'", "\u0301", "\u200c", "%s", "<b>"]
)
def test_signs_and_numbers_are_none(word):
    assert not WORD_OF_LETTERS.fullmatch(word)
