"""Batches give what single lines give, on generated text."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.text.lines import normalised
from tests.workflow_scripts.text import scalar
from workflow_scripts.filters import FILTERS
from workflow_scripts.filters.segments import Segments, in_normal_form
from workflow_scripts.text.characters import SPACE, Characters, scripts
from workflow_scripts.text.matching import matching_key, matching_keys

MARKED = [
    "e\u0301",
    "\u0301",
    "\u0323\u0302",
    "\u0302\u0323",
    "\u1e66\u032d",
    "ú\u032d",
    "a\u0334\u0301",
    "ड\u093c",
    "क\u094d\u0937",
]
MARKED += [
    "\u064e\u0651",
    "\u0651\u064e",
    "\u09c7\u09be",
    "क\u093c",
    "\u1100\u1161\u11a8",
    "가\u11a8",
    "\u11a8",
    "Å",
    "ﬁ",
]
SPACED = [
    " ",
    "  ",
    "\t",
    "\0",
    "\r\n",
    "\n",
    "\u2028",
    "\x85",
    "\ufeff",
    "\u200b",
    "\u3000",
    "\u00a0",
    "\u1680",
    "\x1f",
]
SIGNED = [
    "&amp;",
    "&lt",
    "&#x301;",
    "&nbsp;",
    "&",
    "%s",
    "%(a)s",
    "%1$d",
    "50 %",
    "{0}",
    "${x}",
    "$h",
    "<b>",
    "< 3",
    "{}",
]
SIGNED += ["http://a.b/c", "www.x.org", "ftp://x", "a_b", "_", ".", "a.b", "...", "x.", "\U000e0100", "\U00011d44"]
JOINED = [
    "می\u200cخواهم",
    "ക്\u200d",
    "\u200c",
    "\u200d",
    "می",
    "👩\u200d👧",
    "❤\ufe0f",
    "\u00ad",
    "\u034f",
    "\U0004fffe",
]
WORDS = ["one", "two", "öl", "日本語", "हिन्दी", "ไทย", "a" * 61, "١٢", "x1"]

anything = st.characters(exclude_categories=["Cs"])
line = st.lists(st.sampled_from(WORDS + SIGNED + MARKED + SPACED + JOINED) | anything, max_size=12).map("".join)


def column(lines):
    return pa.array(lines, pa.string())


@given(st.lists(line, max_size=6))
def test_a_column_in_normal_form_is_each_line_in_normal_form(lines):
    assert in_normal_form(column(lines)).texts.to_pylist() == [normalised(text) for text in lines]


@given(st.lists(line, max_size=6))
def test_what_is_counted_of_a_row_is_what_it_holds(lines):
    found = Characters(column(lines))
    assert found.lengths.tolist() == [len(text) for text in lines]
    assert found.word_counts.tolist() == [len(text.split()) for text in lines]
    assert found.letters.tolist() == [sum(map(scalar.is_letter, text)) for text in lines]
    assert found.blanks.tolist() == [text.count(" ") for text in lines]
    assert found.counts(found.has(SPACE)).tolist() == [sum(map(str.isspace, text)) for text in lines]
    assert found.with_signs("%{").tolist() == [bool({"%", "{"} & set(text)) for text in lines]


@given(st.lists(line, max_size=6))
def test_a_key_is_the_same_alone_and_among_others(lines):
    expected = [scalar.matching_key(text) for text in lines]
    assert matching_keys(lines) == expected
    assert [matching_key(text) for text in lines] == expected


TIGHT = {
    "words": {"min": 2, "max": 4},
    "characters": {"min": 3, "max": 20},
    "word_length": {"max": 5},
    "ratio": {"max": 1.5, "slack": 2},
    "letters": {"min": 0.7},
    "urls": {"max": 0.2},
}


@pytest.mark.parametrize("reference", scalar.FILTERS, ids=lambda f: f.__name__)
@given(st.lists(st.tuples(line, line), max_size=6))
def test_a_filter_judges_a_batch_as_it_would_each_pair(reference, pairs):
    columns = [column([pair[side] for pair in pairs]) for side in (0, 1)]
    segments = Segments(pa.record_batch(columns, ["first", "second"]), ("en", "gl"))
    normal = [tuple(map(normalised, pair)) for pair in pairs]
    name = reference.__name__
    for settings_ in ({}, TIGHT.get(name, {})):
        expected = [bool(reference(*pair, **settings_)) for pair in normal]
        assert FILTERS[name](segments, **settings_).tolist() == expected


def test_a_slice_of_a_column_and_missing_text_are_read_right():
    found = Characters(column(["ab", "ü c", None, "", "xyz"])[1:])
    assert found.lengths.tolist() == [3, 0, 0, 3]
    assert found.word_counts.tolist() == [2, 0, 0, 1]
    assert found.letters.tolist() == [2, 0, 0, 3]
    assert Characters(pa.array(["ab", "ü"], pa.large_string())).lengths.tolist() == [2, 1]
    assert Characters(column([])).word_counts.tolist() == []
    assert Characters(column(["", ""])).word_counts.tolist() == [0, 0]


def test_only_lines_in_doubt_are_looked_at_one_by_one():
    plain = [
        "Just a line.",
        "Tiếng Việt",
        "हिन्दी में",
        "한국어",
        "العربية",
        "日本語、テスト",
        "naïve café",
        "می\u200cخواهم",
        "Ọjọ́ dára púpọ̀ ní Èkó",  # letters with two marks: Yoruba, Igbo, Marshallese, Ewe
        "ṅ́ n̄ m̧ ɛ̃ ɔ́",
    ]
    doubtful = [
        "a  b",
        " a",
        "a ",
        "e\u0301",
        "a\u00a0b",
        "R&D",
        "\u0651\u064e",
        "\ufeffx",
        "ú\u032d",
        "ọ\u0302",
        "ó\u0323",
        "가\u11a8",
        "\u1100\u1161",
        "می\u200c",
        "a\u200cb",
        "می\u200c\u200cخ",
    ]
    doubtful += ["a\u0334\u0301"]  # the acute joins the letter over the tilde, which does not
    assert Characters(column(plain + doubtful)).may_change().tolist() == [False] * len(plain) + [True] * len(doubtful)


def test_vowel_signs_that_join_other_characters_leave_words_without_those_out_of_doubt():
    # U+09BE joins U+09C7, and stands in almost every Bengali word after something else.
    assert Characters(column(["বাংলা", "\u09c7\u09be"])).may_change().tolist() == [False, True]


def test_scripts_count_letters_and_marks_that_belong_to_one():
    names, numbers = scripts()
    assert [names[numbers[ord(c)]] for c in "aжक\u094dあ漢1 ー\u0301"] == [
        *("Latn", "Cyrl", "Deva", "Deva", "Hira", "Hani"),
        *("", "", "", ""),
    ]
