import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from tests.workflow_scripts.formats.reading import any_bytes
from workflow_scripts.dictionaries.formats import DICTIONARY_FORMATS
from workflow_scripts.dictionaries.noise import without_noise
from workflow_scripts.drops import Drops

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def read(name, *files):
    drops = Drops()
    streams = [io.BytesIO(file.encode() if isinstance(file, str) else file) for file in files]
    return DICTIONARY_FORMATS[name].read(streams, "dictionary", drops), dict(drops.counts)


def base64(number):
    return (base64(number // 64) if number >= 64 else "") + DIGITS[number % 64]


def dictd_files(*entries):
    """Index and text of a dictionary; the index is sorted by headword, the text is not."""
    text, rows = "", ["00databaseinfo\tA\tB"]
    for entry in entries:
        start = len(text.encode())
        text += entry
        rows.append(f"{entry.split()[0].lower()}\t{base64(start)}\t{base64(len(entry.encode()))}")
    return "\n".join(sorted(rows)) + "\n", text


# MUSE


@pytest.mark.parametrize(
    "sign", [" ", "\t", "  ", "     ", "\t\t", " \t ", "\u00a0", "\u3000", " \u00a0 ", "\u2003"], ids=ascii
)
@pytest.mark.parametrize(
    "edges", [("", ""), ("", " "), (" ", ""), ("\t", "\t"), ("", "\r"), ("\u00a0", "\u3000")], ids=ascii
)
def test_muse_has_two_words_a_line_whatever_stands_between_and_around_them(sign, edges):
    words = [("boat", "barco"), ("Boat", "BARCO"), ("moon", "lúa")]
    for score in ((), ("0.9",), ("1",), ("-3e-2",), (".5",), ("0,75",)):
        text = "".join(edges[0] + sign.join(pair + score) + edges[1] + "\n" for pair in words)
        assert read("muse", text) == ([("boat", "barco"), ("boat", "barco"), ("moon", "lúa")], {}), score


@pytest.mark.parametrize("line", ["", "alone", "a b c", "a\tb\tc", "boat,barco", "boat;barco", "  \t "])
def test_other_lines_of_muse_are_counted(line):
    assert read("muse", f"the die\n{line}\n") == ([("the", "die")], {"not_two_columns": 1})


def test_muse_words_may_hold_other_spaces():
    assert read("muse", "grand\u00a0père großvater\nthe sea\to mar\n")[0] == [
        ("grand\u00a0père", "großvater"),
        ("the sea", "o mar"),
    ]


# Plain tables


def cleaned(headword, translation):
    drops = Drops()
    return without_noise([(headword, translation)], drops), dict(drops.counts)


@pytest.mark.parametrize(
    ("translation", "expected"),
    [
        ("Haus <neut> [arch.]", "Haus"),
        ("oddávat (oneself to emotion (or so))", "oddávat"),
        ("su(si)tarimas", "sutarimas"),
        ("/dˈɪkʃənəɹi/ slovník", "slovník"),
        ("I. 2. pocieszać", "pocieszać"),
        ("абера́ция 2.", "аберация"),
        ("आकाश~गंगा", "आकाश गंगा"),
        ("omtr\u0133dsel", "omtrijdsel"),
        ("\ufefc\ufe97", "لات"),
        ("[[език|ези́к]]", "език"),
        ("bokser.", "bokser"),
        ("njoo!", "njoo"),
        ("half\u2010dead", "half-dead"),
        ("'n bietjie", "'n bietjie"),
        ("c\u030c", "č"),
        ("jablko nepadlo daleko od", "jablko nepadlo daleko od"),
    ],
)
def test_noise_is_taken_out_of_translations(translation, expected):
    assert cleaned("word", translation)[0] == [("word", expected)]


@pytest.mark.parametrize(
    ("headword", "translation", "reason"),
    [
        ("", "gelede", "empty_headword"),
        ("(anat.)", "anatomi", "empty_headword"),
        ("word", "", "empty_translation"),
        ("word", "(sutr. iš gasoline)", "empty_translation"),
        ("word", "1957", "empty_translation"),
        ("word", "smílec )", "broken_note"),
        ("as", "so ... soos", "broken_note"),
        ("un-", "niet", "affix"),
        ("half", "half\u2010", "affix"),
        ("word", "slovo za slovem bez konce", "definition"),
    ],
)
def test_what_is_no_translation_is_dropped_and_counted(headword, translation, reason):
    assert cleaned(headword, translation) == ([], {reason: 1})


def test_a_table_keeps_translations_of_several_words_and_their_case():
    text = "Book\tBuch\nbook\tbuch\nbook\tdickes Buch\nbook\tBuch (Band)\nshelf\n"
    entries, counts = read("tsv", text)
    assert entries == [("book", "Buch"), ("book", "dickes Buch")]
    assert counts == {"duplicate": 2, "missing_column": 1}


def test_abbreviations_stay_apart_from_words():
    assert cleaned("i.", "wyspa")[0] == [("i.", "wyspa")]


def test_explanations_in_another_script_are_dropped():
    text = "dog\tкуче\ncat\tкотка\nland\tземя\ncat\tsmall animal\nipa\tIPA\n"
    assert read("tsv", text) == ([("dog", "куче"), ("cat", "котка"), ("land", "земя")], {"other_script": 2})


def test_explanations_in_the_words_of_the_headwords_are_dropped():
    text = "small\tpieni\nanimal\teläin\nhouse\ttalo\ncat\tkissa\ncat\tsmall animal of house\ncat\tpieni talo\n"
    entries, counts = read("tsv", text)
    assert ("cat", "kissa") in entries and ("cat", "pieni talo") in entries
    assert counts == {"in_source_language": 1}


# OPUS


def test_counted_pairs_of_opus_go_by_count_and_rare_ones_are_dropped():
    text = (
        "30\t0.5\tof\tde\t0.1\t0.1\n"
        "9 0.5 House casa 0.1 0.1\n"
        "2 0.5 house casas 0.1 0.1\n"
        "1 0.5 house fogar 0.1 0.1\n"
        "2 0.5 house casa 0.1 0.1\n"
        "5 0.5 of , 0.1 0.1\n"
        "x 0.5 of do 0.1 0.1\n"
        "3 0.5 of\n"
        "7 0.5 of do 0.1 0.1\n"
    )
    # casa has 11 of house's pairs, so casas would need 2.2; do has 7, of which a fifth of 30 is 6.
    assert read("dic", text) == (
        [("of", "de"), ("of", "do"), ("house", "casa")],
        {"not_six_columns": 2, "no_word": 1, "rare": 2},
    )


def test_counted_pairs_are_chosen_anew_for_the_other_direction():
    text = "40 0.5 дом house 0.1 0.1\n9 0.5 хата house 0.1 0.1\n8 0.5 хаты house 0.1 0.1\n30 0.5 хата hut 0.1 0.1\n"
    assert read("dic", text)[0] == [("дом", "house"), ("хата", "hut"), ("хата", "house"), ("хаты", "house")]
    turned = DICTIONARY_FORMATS["dic"].read_turned([io.BytesIO(text.encode())], "dictionary", Drops())
    assert turned == [("house", "дом"), ("house", "хата"), ("house", "хаты"), ("hut", "хата")]


# dictd

ENTRIES = (
    "Zebra /zˈɛbɹə/ <n>\nzebra\n",
    "edit /ˈɛdɪt/ //ˈɛ.dɪt// <v>\naufbereiten <v, trans>, bearbeiten\n   Synonym: {work up}\n see: {editing}\n",
    "able //ˈeɪ.bl̩// <adj>\n1. kyvykäs, kykenevä (pystyvä, osaava)\nhaving the power\n2. pätevä\n 3.\nto be fit\n",
    'come\n\n  tule! ; saavu\n         Note: kutsu\n      "Come here!"  - Tule tänne!\n',
    "went /wˈɛnt/\n see: {go}\n\n",
    "grey , gray /ɡɹˈeɪ/\nharmaa\n",
    "physician, heal thyself <proverb>\n parannus itsensä\n",
)


def test_entries_of_dictd_give_their_translations():
    entries, counts = read("dictd", *dictd_files(*ENTRIES))
    assert entries == [
        ("zebra", "zebra"),
        ("edit", "aufbereiten"),
        ("edit", "bearbeiten"),
        ("able", "kyvykäs"),
        ("able", "kykenevä"),
        ("able", "pätevä"),
        ("come", "tule"),
        ("come", "saavu"),
        ("grey", "harmaa"),
        ("gray", "harmaa"),
        ("physician, heal thyself", "parannus itsensä"),
    ]
    assert counts == {"note_removed": 2}


def test_the_semicolon_of_an_entity_separates_no_translations():
    files = dictd_files(
        "née &lt;adj&gt;\nn&eacute;e; coraz&#243;n, R&amp;D\n", "o&apos;clock\nhoras &#x3b;&nbsp;hora\n"
    )
    assert read("dictd", *files)[0] == [
        ("née", "née"),
        ("née", "corazón"),
        ("née", "R&D"),
        ("o'clock", "horas"),
        ("o'clock", "hora"),
    ]


def test_an_index_beyond_its_text_is_an_error_and_bad_lines_are_counted():
    index, text = dictd_files(*ENTRIES)
    with pytest.raises(UserError, match="^dictionary: its index names places behind the end of its text; fetch both"):
        read("dictd", index, text[:-1])
    entries, counts = read(
        "dictd", "zebra\tA\tb\nno columns\nedit\tA\n\tA\t!\nbad\tA\tB\n", "zebra\nzebra\n".ljust(40) + "\n"
    )
    assert counts["not_three_columns"] == 3
    assert entries == [("zebra", "zebra")]


def test_an_entry_that_is_not_utf8_is_counted():
    assert read("dictd", "a\tA\tE\n", b"a\n\xff\n") == ([], {"not_utf8": 1})


# The table of formats


def test_a_dictionary_of_the_project_is_read_as_it_is():
    assert read("induced", "the\tder\t0.9\nthe\tdie\t0.5\nof\tvon\t0.4\n")[0] == [
        ("the", "der"),
        ("the", "die"),
        ("of", "von"),
    ]


def test_formats_know_whether_frequent_words_come_first():
    assert {name for name, row in DICTIONARY_FORMATS.items() if row.by_frequency} == {"muse", "dic", "induced"}


@given(st.sampled_from(sorted(DICTIONARY_FORMATS)), any_bytes | st.text(max_size=60).map(str.encode), any_bytes)
def test_any_bytes_give_entries_or_a_message(name, first, second):
    try:
        entries, _ = read(name, first, second)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert all(word and translation for word, translation in entries) or name == "induced"
