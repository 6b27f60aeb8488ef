import pytest

from model.text.lexicon import Lexicon
from model.text.marked_words import MarkedWords
from model.text.segmenters import SEGMENTERS

WORDS, MESSAGES = (SEGMENTERS[name] for name in ("words", "messages"))
FAMILY = "👨\u200d👩\u200d👧"  # one character to the eye, three joined by U+200D


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Hello, don’t (yes)!", "Hello ￭, don ￭’￭ t (￭ yes ￭) ￭!"),
        ("12:30 and/or 1,234.5.", "12 ￭:￭ 30 and ￭/￭ or 1,234.5 ￭."),
        ("۱۲٫۵ ३.५।", "۱۲٫۵ ३.५ ￭।"),
        ("- a -- b...c", "- a -- b ￭...￭ c"),
        ("LibreOffice는 1,234.5원이 되었다.", "LibreOffice는 1,234.5원이 되었다 ￭."),
        ("می\u200cخواهم بله،", "می\u200cخواهم بله ￭،"),  # a joiner shapes the letters of one word
        ("क\u094d\u200dष हिन्दी। क़लम", "क\u094d\u200dष हिन्दी ￭। क़लम"),  # virama, vowel signs and nukta
        ("שָׁלוֹם צה״ל", "שָׁלוֹם צה ￭״￭ ל"),
        ("col·legi l'arxiu", "col ￭·￭ legi l ￭'￭ arxiu"),
        (f"x{FAMILY}👍🏽👍🏽 🇩🇪🇫🇷 ❤️", f"x ￭{FAMILY} ￭👍🏽👍🏽 🇩🇪 ￭🇫🇷 ❤️"),
        ("\u0301a", "\u0301￭ a"),  # a mark without a letter
        ("￭ a￭b", "\ufdd0 a ￭\ufdd0￭ b"),
        ("", ""),
    ],
)
def test_marks_say_where_no_space_is(line, words):
    assert WORDS.split(line, "xx") == words.split()
    assert WORDS.join(words.split(), "xx") == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Deleted %(count)d of {total} files.", "Deleted %(count)d of {total} files ￭."),
        ("Click <b>here</b>, (%s).", "Click <b>￭ here ￭</b> ￭, (￭ %s ￭) ￭."),
        ("%s%d-100%", "%s ￭%d ￭-￭ 100 ￭%"),
        ("See https://x.org/a-b?c=d&e, or ${name}", "See https://x.org/a-b?c=d&e, or ${name}"),
        ('a <a href="x y">b</a>&amp;c', 'a <a href="x y">￭ b ￭</a> ￭&amp;￭ c'),
        ("A1<C2 (a, b)", "A1 ￭<￭ C2 (￭ a ￭, b ￭)"),
    ],
)
def test_messages_keep_placeholders_and_markup_whole(line, words):
    assert MESSAGES.split(line, "xx") == words.split()
    assert MESSAGES.join(words.split(), "xx") == line


def test_what_a_model_writes_is_joined_at_every_mark():
    assert WORDS.join(["￭,", "a￭", "￭b", "￭", "c", "(￭", "￭)", "d", "￭"], "xx") == ", abc () d"


def test_text_between_spaces_has_the_same_words_in_every_line():
    rules = MarkedWords("<[^<>]*>", "<[^<>]* [^<>]*>")
    assert rules.words_of_chunks(["a", "a.", "<b>."], 0) == [["a"], ["a", "￭."], ["<b>", "￭."]]
    assert rules.split("a a. <b>.") == ["a", "a", "￭.", "<b>", "￭."]


def test_a_pattern_does_not_begin_in_one_chunk_and_end_in_another():
    lexicon = Lexicon("en", MESSAGES, lambda words: [[0] for _ in words])
    lines = ["A1<C2 (a, b)", "10>5, {c", "d} <e> f, g </e> %s"]
    numbers = lexicon.split(lines)
    assert [[lexicon.words[n] for n in row] for row in numbers] == [MESSAGES.split(line, "en") for line in lines]
