import json
import zipfile
from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.dictionaries import dictionary
from workflow_scripts.dictionaries.dictionary import (
    Source,
    Table,
    count_words,
    coverage,
    merge,
    read_table,
    report,
    tables_of,
)
from workflow_scripts.study.read import parse_study, to_json


def test_earlier_sources_win_and_later_ones_add_words():
    first = Source("muse:x", [("the", "der"), ("house", "haus"), ("the", "die")], by_frequency=True)
    second = Source("freedict:y", [("house", "Gebäude"), ("zoo", "Zoo"), ("ape", "Affe"), ("ape", "Menschenaffe")])
    assert merge([first, second], None, 3) == {
        "muse:x": {"the": ["der", "die"], "house": ["haus"]},
        "freedict:y": {"ape": ["Affe", "Menschenaffe"], "zoo": ["Zoo"]},
    }


@pytest.mark.parametrize(("values", "kept"), [(3, ["0", "1", "2"]), (None, ["0", "1", "2", "3", "4"])])
def test_a_word_keeps_all_its_translations_or_as_many_as_the_study_wants(values, kept):
    source = Source("s", [("a", str(n)) for n in range(5)], by_frequency=True)
    assert merge([source], None, values) == {"s": {"a": kept}}


@pytest.mark.parametrize(("by_frequency", "order"), [(True, ["a", "c", "b", "d"]), (False, ["b", "c", "d", "a"])])
def test_words_go_by_the_text_where_their_source_does_not_go_by_frequency(by_frequency, order):
    source = Source("s", [("a", "1"), ("c", "3"), ("b", "2"), ("d", "4")], by_frequency)
    merged = merge([source], Counter({"b": 9, "c": 4, "d": 4}), 3)
    assert list(merged["s"]) == order


def test_a_table_of_the_other_direction_is_turned_round(tmp_path):
    (tmp_path / "dan-eng.tsv").write_text(
        "hus\tHouse\nhjem\thouse\nse\tto see\nse på\tto look at\ngod bog\tgood book\n"
    )
    source = read_table(Table("freedict:t/1", "tsv", str(tmp_path / "dan-eng.tsv"), reversed=True), "en-da")
    assert source.entries == [("house", "hus"), ("house", "hjem"), ("see", "se")]
    assert source.drops.counts == {"several_words": 2}


@pytest.mark.parametrize("members", [("d.index", "d.dict"), ("d.dict", "d.index")])
def test_the_index_of_dictd_comes_first_wherever_it_is_named(tmp_path, members):
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("d.index", "zoo\tA\tI\n")
        archive.writestr("d.dict", "zoo\nZoo\n")
    source = read_table(Table("freedict:d/1", "dictd", str(tmp_path / "d.zip"), members), "en-de")
    assert source.entries == [("zoo", "Zoo")]


def test_a_turned_table_no_longer_goes_by_frequency(tmp_path):
    (tmp_path / "de-en.txt").write_text("der the\nund and\n")
    table = Table("muse:d/1", "muse", str(tmp_path / "de-en.txt"))
    assert read_table(table, "de-en").by_frequency
    assert not read_table(Table("muse:d/1", "muse", table.path, reversed=True), "en-de").by_frequency


def test_counts_still_give_the_order_of_a_turned_table(tmp_path):
    (tmp_path / "be-en.dic").write_text("9 0.5 хата house 0 0\n2 0.5 дом hut 0 0\n9 0.5 дом hut 0 0\n")
    source = read_table(Table("opus:QED/1", "dic", str(tmp_path / "be-en.dic"), reversed=True), "en-be")
    assert (source.entries, source.by_frequency) == ([("hut", "дом"), ("house", "хата")], True)


def test_a_format_of_text_is_no_format_of_dictionaries(tmp_path):
    with pytest.raises(UserError, match="^file:x/1: unknown format 'tmx'; known are muse, tsv, dic, dictd, induced"):
        read_table(Table("file:x/1", "tmx", str(tmp_path)), "en-de")


def test_a_verb_of_english_loses_its_particle_on_either_side(tmp_path):
    (tmp_path / "t.tsv").write_text("videti\tto see\n")
    table = Table("freedict:t/1", "tsv", str(tmp_path / "t.tsv"))
    assert read_table(table, "sl-en").entries == [("videti", "see")]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match="^muse:d/1: .*en-de.txt is not there; let the workflow fetch it, or mend"):
        read_table(Table("muse:d/1", "muse", str(tmp_path / "en-de.txt")), "en-de")


def test_the_report_counts_by_source_what_was_read_added_dropped_and_changed(tmp_path):
    (tmp_path / "a.txt").write_text("the der\nbad\n")
    (tmp_path / "b.tsv").write_text("the\tdas\nzoo\tZoo (Ort)\nzoo\t(Ort)\n")
    first = read_table(Table("muse:d/1", "muse", str(tmp_path / "a.txt")), "en-de")
    second = read_table(Table("freedict:t/1", "tsv", str(tmp_path / "b.tsv")), "en-de")
    summary = report([first, second], merge([first, second], None, 3))
    assert (summary["entries"], summary["words"]) == (2, 2)
    assert summary["sources"]["muse:d/1"] == {
        "entries_read": 1,
        "entries": 1,
        "words": 1,
        "dropped": {"not_two_columns": 1},
        "changed": {},
        "examples": {"not_two_columns": [["bad"]]},
    }
    of_second = summary["sources"]["freedict:t/1"]
    assert [of_second[key] for key in ("entries_read", "entries", "words")] == [2, 1, 1]
    assert (of_second["dropped"], of_second["changed"]) == ({"empty_translation": 1}, {"note_removed": 1})


def test_coverage_is_the_share_of_running_words():
    frequency = Counter({"the": 6, "house": 3, "zoo": 1})
    assert coverage(["the", "zoo", "ape"], frequency, 1) == {"all": 0.7, "top_words": 0.6}
    assert coverage([], Counter(), 1) == {"all": 0.0, "top_words": 0.0}


def test_words_are_counted_in_lower_case_without_signs(tmp_path):
    table = pa.table({"en": ["The house, the zoo-house.", "House 12"], "de": ["Das Haus", "Haus 12"]})
    pq.write_table(table, tmp_path / "text.parquet")
    assert count_words(tmp_path / "text.parquet", "en", {}) == {"the": 2, "house": 3, "zoo": 1}


def merged_by_command(folder, monkeypatch, text, **dictionaries):
    """(rows, report) of the command, of the user's own tables `a.txt` and `b.tsv`."""
    monkeypatch.chdir(folder)
    pq.write_table(pa.table(text), "text.parquet")
    study = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["de-en"]},
        "runs": {"r": {"train_on": "all"}},
        "dictionaries": {
            "sources": [
                {"id": "file:a/1/en-de", "address": "a.txt", "format": "muse"},
                {"id": "file:b/1/en-de", "address": "b.tsv", "format": "tsv"},
                "induced",
            ],
            **dictionaries,
        },
        "substitution": {"top_words": 2},
    }
    settings = settings_file(study, "dictionary", "en-de", folder=folder)
    arguments = ["--settings", str(settings), "en-de", "en-de.tsv", "report.json", "--text", "text.parquet"]
    monkeypatch.setattr("sys.argv", ["dictionary", *arguments])
    dictionary.main()
    rows = [tuple(line.split("\t")) for line in (folder / "en-de.tsv").read_text().splitlines()]
    return rows, json.loads((folder / "report.json").read_text())


def test_the_command_writes_what_substitution_reads(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("the der\nthe die\n")
    (tmp_path / "b.tsv").write_text("ape\tAffe\nzoo\tZoo\nnew\tneu\n")
    text = {"en": ["The zoo", "the new zoo"], "de": ["Der Zoo", "der neue Zoo"]}
    rows, summary = merged_by_command(tmp_path, monkeypatch, text)
    assert rows == [
        ("the", "der", "1"),
        ("the", "die", "1"),
        ("zoo", "Zoo", "2"),
        ("new", "neu", "3"),
        ("ape", "Affe", "4"),
    ]
    assert summary["coverage"] == {"all": 1.0, "top_words": 0.8}
    rows, _ = merged_by_command(tmp_path, monkeypatch, text, values=1)
    assert [row[:2] for row in rows if row[0] == "the"] == [("the", "der")]


def test_words_of_all_sources_go_by_the_text_on_request(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("the der\nmoon Mond\nsun Sonne\n")
    (tmp_path / "b.tsv").write_text("zoo\tZoo\nape\tAffe\n")
    text = {"en": ["Zoo the zoo", "the zoo sun"], "de": ["", ""]}
    rows, _ = merged_by_command(tmp_path, monkeypatch, text, order="corpus")
    assert [row[::2] for row in rows] == [("zoo", "1"), ("the", "2"), ("sun", "3"), ("moon", "4"), ("ape", "5")]


# The user's own


def study_with(*sources):
    settings = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"pretrain": ["en-gl"]},
        "runs": {"r": {"train_on": "pretrain"}},
        "dictionaries": {"sources": list(sources)},
    }
    return parse_study(settings, "s.yaml")


def test_a_table_of_ones_own_is_named_with_its_file_in_either_direction():
    item = {"id": "file:mine/1/en-gl", "address": "mine.tsv", "format": "tsv"}
    study = study_with(item, "freedict:debian/2022.04.21-1", "induced")
    table = Table("file:mine/1/en-gl", "tsv", "mine.tsv")
    items = study.dictionaries.items[:1]
    assert tables_of(items, "en-gl") == [table]
    assert tables_of(items, "gl-en") == [replace(table, reversed=True)]
    assert parse_study(to_json(study), "study.json") == study
    assert to_json(study)["dictionaries"]["sources"][0] == item


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"files": {"en": "a", "gl": "b"}}, "file:mine/1/en-gl: files is not for dictionaries; take it out"),
        ({"address": "a", "header": True}, "header is not for dictionaries"),
        ({"adress": "a"}, "entry 1: unknown 'adress'; did you mean 'address'"),
    ],
)
def test_what_only_text_has_is_refused(entry, message):
    with pytest.raises(UserError, match=message):
        study_with({"id": "file:mine/1/en-gl", **entry})
