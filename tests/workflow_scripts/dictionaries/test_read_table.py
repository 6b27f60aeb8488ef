"""Dictionaries that are not as they should be."""

import zipfile

import pytest

from model.command import UserError
from workflow_scripts.dictionaries.dictionary import Source, Table, merge, read_table


def entries_and_drops(tmp_path, name, data, direction="en-de", **settings):
    path = tmp_path / f"table.{name}"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    source = read_table(Table("file:t/1", name, str(path)), direction, **settings)
    return source.entries, dict(source.drops.counts)


def test_a_pair_that_a_source_repeats_is_kept_and_counted(tmp_path):
    found = entries_and_drops(tmp_path, "muse", "w x\nw x\nw y\n")
    assert found == ([("w", "x"), ("w", "x"), ("w", "y")], {"repeated": 1})
    assert merge([Source("s", found[0], by_frequency=True)], None, None) == {"s": {"w": ["x", "x", "y"]}}


def test_what_is_equal_only_without_the_particle_of_a_verb_is_a_duplicate(tmp_path):
    found = entries_and_drops(tmp_path, "tsv", "videti\tsee\nvideti\tto see\n", "sl-en")
    assert found == ([("videti", "see")], {"duplicate": 1})


def test_translations_of_several_words_are_kept_or_dropped(tmp_path):
    table = "file\tficheiro de texto\nopen\tabrir\n"
    assert entries_and_drops(tmp_path, "tsv", table, "en-gl")[0] == [("file", "ficheiro de texto"), ("open", "abrir")]
    found = entries_and_drops(tmp_path, "tsv", table, "en-gl", multiword="drop")
    assert found == ([("open", "abrir")], {"several_words_in_translation": 1})


LONG = "a" * 1001


@pytest.mark.parametrize(
    ("name", "data", "entries", "dropped"),
    [
        ("muse", b"\xef\xbb\xbfthe der\n", [("the", "der")], {}),
        ("tsv", b"\xef\xbb\xbfthe\tder\n", [("the", "der")], {}),
        ("induced", b"\xef\xbb\xbfthe\tder\t1\n", [("the", "der")], {}),
        ("muse", "the der x\nof von\n", [("of", "von")], {"not_two_columns": 1}),
        ("tsv", "the\tder\tx\n", [("the", "der")], {}),
        ("muse", "the \nthe\nof von\n", [("of", "von")], {"not_two_columns": 2}),
        ("tsv", "the\t\nthe\nof\tvon\n", [("of", "von")], {"empty_translation": 1, "missing_column": 1}),
        ("tsv", "the\t   \nof\tvon\n", [("of", "von")], {"empty_translation": 1}),
        (
            "induced",
            "the\t \u00a0\n \tder\nof\tvon\n",
            [("of", "von")],
            {"empty_translation": 1, "empty_headword": 1},
        ),
        ("muse", "the \u00a0\nof von\n", [("of", "von")], {"not_two_columns": 1}),
        ("muse", "the der\r\nof\tvon\r\n", [("the", "der"), ("of", "von")], {}),
        ("tsv", "the\tder\r\n", [("the", "der")], {}),
        ("induced", "the\tder\r\n", [("the", "der")], {}),
        ("muse", b"the der\n\xff der\n", [("the", "der")], {"not_utf8": 1}),
        ("tsv", b"the\tder\n\xff\tder\n", [("the", "der")], {"not_utf8": 1}),
        ("muse", f"{LONG} der\nthe {LONG}\nof von\n", [("of", "von")], {"too_long": 2}),
        ("tsv", f"{LONG}\tder\nthe\t{LONG}\nof\tvon\n", [("of", "von")], {"too_long": 2}),
        ("muse", "cafe\u0301 kaffee\nthe d\0er\n", [("café", "kaffee")], {"nul_character": 1}),
        ("muse", "grand\u00a0père opa\nof von\n", [("of", "von")], {"several_words": 1}),
        ("induced", "", [], {}),
    ],
)
def test_bad_rows_are_left_out_and_counted(tmp_path, name, data, entries, dropped):
    assert entries_and_drops(tmp_path, name, data) == (entries, dropped)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("muse", "boat,barco\nmoon,lúa\n"),
        ("muse", "a b c\nd e f\n"),
        ("muse", ""),
        ("muse", "the sea\to mar\n"),
        ("tsv", "boat barco\nmoon lúa\n"),
        ("tsv", ""),
        ("dic", "boat\tbarco\n"),
        ("dictd", "boat barco\n"),
        ("induced", "boat barco\n"),
    ],
)
def test_a_dictionary_of_which_nothing_can_be_used_is_an_error_with_what_was_expected(tmp_path, name, data):
    file = tmp_path / f"table.{name}"
    with pytest.raises(
        UserError, match=f"^file:t/1: {file} in format {name}: no entry can be used .*; a line must be "
    ):
        if name == "dictd":
            (tmp_path / "a.index").write_text(data)
            (tmp_path / "a.dict").write_text("")
            with zipfile.ZipFile(file, "w") as archive:
                archive.write(tmp_path / "a.index", "a.index")
                archive.write(tmp_path / "a.dict", "a.dict")
            read_table(Table("file:t/1", name, str(file), ("a.index", "a.dict")), "en-gl")
        else:
            entries_and_drops(tmp_path, name, data, "en-gl")


@pytest.mark.parametrize(("bad", "warned"), [(1, False), (2, True)])
def test_a_share_of_lines_that_cannot_be_read_is_a_warning(tmp_path, capsys, bad, warned):
    words = "".join(f"{letter} {letter}\n" for letter in "abcdefghijk")
    entries_and_drops(tmp_path, "muse", words + "no translation here\n" * bad)
    assert capsys.readouterr().err.endswith("2 lines are not word SPACE or TAB translation\n" if warned else "")
    assert bool(warned) == (bad > 0.1 * (bad + 11))
