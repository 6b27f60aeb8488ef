import zipfile

import polib
import pytest

from model.command import UserError
from workflow_scripts.directions import codes
from workflow_scripts.drops import Drops
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.gettext import SOURCE, without_accelerators

DEMO = Item(id="gettext:demo/1.0")
PATH = SOURCE.resources(DEMO, codes("en-gl"))[0].path


def catalogue(*entries, plural="nplurals=2; plural=n != 1;"):
    po = polib.POFile()
    po.metadata = {"Content-Type": "text/plain; charset=utf-8", "Plural-Forms": plural}
    po.extend(polib.POEntry(**entry) for entry in entries)
    return po


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A function that puts catalogues, by their path in the wheel, where the corpus is looked for."""
    monkeypatch.chdir(tmp_path)

    def write(files):
        path = tmp_path / PATH
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                if isinstance(content, polib.POFile):
                    content = content.to_binary() if name.endswith(".mo") else str(content).encode()
                archive.writestr(name, content)

    return write


def read(pair="en-gl"):
    drops = Drops()
    rows = [row for batch in SOURCE.read(DEMO, codes(pair), drops) for row in batch.to_pylist()]
    return [(row["first"], row["second"]) for row in rows], drops


@pytest.mark.parametrize("ending", ["po", "mo"])
def test_messages_and_both_forms_of_plurals_are_read(wheel, ending):
    entries = [
        {"msgid": "Open", "msgstr": "Abrir"},
        {"msgid": "Open", "msgctxt": "adjective", "msgstr": "Aberto"},
        {"msgid": "%d file", "msgid_plural": "%d files", "msgstr_plural": {0: "%d ficheiro", 1: "%d ficheiros"}},
    ]
    wheel({f"demo/locale/gl/LC_MESSAGES/demo.{ending}": catalogue(*entries)})
    pairs, _ = read()
    assert sorted(pairs) == [
        ("%d file", "%d ficheiro"),
        ("%d files", "%d ficheiros"),
        ("Open", "Aberto"),
        ("Open", "Abrir"),
    ]


def test_a_language_with_one_form_gives_the_plural_alone(wheel):
    entry = {"msgid": "%d file", "msgid_plural": "%d files", "msgstr_plural": {0: "%d ファイル"}}
    wheel({"demo/locale/ja/LC_MESSAGES/demo.po": catalogue(entry, plural="nplurals=1; plural=0;")})
    assert read("en-ja")[0] == [("%d files", "%d ファイル")]


def test_forms_are_chosen_by_the_catalogues_own_rule(wheel):
    latvian = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);"
    forms = {0: "%d fails", 1: "%d faili", 2: "%d failu"}
    entry = {"msgid": "%d file", "msgid_plural": "%d files", "msgstr_plural": forms}
    wheel({"demo/locale/lv/LC_MESSAGES/demo.po": catalogue(entry, plural=latvian)})
    assert read("en-lv")[0] == [("%d file", "%d fails"), ("%d files", "%d faili")]


def test_fuzzy_and_untranslated_messages_are_counted_and_left_out(wheel):
    entries = [
        {"msgid": "a", "msgstr": "x", "flags": ["fuzzy"]},
        {"msgid": "b", "msgstr": ""},
        {"msgid": "c", "msgstr": "z", "obsolete": True},
        {"msgid": "d", "msgstr": "w"},
    ]
    wheel({"demo/locale/gl/LC_MESSAGES/demo.po": catalogue(*entries)})
    pairs, drops = read()
    assert pairs == [("d", "w")] and drops.counts == {"fuzzy_or_obsolete": 2, "untranslated": 1}


def test_the_english_text_of_an_identifier_stands_in_its_comment(wheel):
    entry = {"msgid": "label_title", "msgstr": "Título", "comment": 'Default: "Title"'}
    wheel({"demo/locales/gl/LC_MESSAGES/demo.po": catalogue(entry)})
    assert read()[0] == [("Title", "Título")]


def test_po_is_preferred_to_mo_and_the_pair_is_sorted_by_code(wheel):
    wheel(
        {
            "demo/locale/de/LC_MESSAGES/demo.mo": catalogue({"msgid": "old", "msgstr": "alt"}),
            "demo/locale/de/LC_MESSAGES/demo.po": catalogue({"msgid": "new", "msgstr": "neu"}),
        }
    )
    assert read("de-en")[0] == [("neu", "new")]


def test_the_first_locale_of_a_language_wins_and_others_fill_gaps(wheel):
    wheel(
        {
            "demo/locale/pt_BR/LC_MESSAGES/demo.po": catalogue({"msgid": "file", "msgstr": "arquivo"}),
            "demo/locale/pt/LC_MESSAGES/demo.po": catalogue({"msgid": "file", "msgstr": "ficheiro"}),
            "demo/locale/pt/LC_MESSAGES/other.po": catalogue({"msgid": "save", "msgstr": "guardar"}),
        }
    )
    assert sorted(read("en-pt")[0]) == [("file", "arquivo"), ("save", "guardar")]


def test_a_pair_without_english_is_joined_by_message(wheel):
    wheel(
        {
            "demo/locale/es/LC_MESSAGES/demo.po": catalogue(
                {"msgid": "file", "msgstr": "_archivo"}, {"msgid": "save", "msgstr": "guardar"}
            ),
            "demo/locale/gl/LC_MESSAGES/demo.po": catalogue({"msgid": "file", "msgstr": "ficheiro"}),
        }
    )
    assert read("es-gl")[0] == [("archivo", "ficheiro")]


@pytest.mark.parametrize("name", ["demo.mo", "demo.po"])
def test_a_damaged_catalogue_is_named_in_one_line(wheel, name):
    wheel({f"demo/locale/gl/LC_MESSAGES/{name}": b"\xde\x12\x04\x95 this is no catalogue"})
    with pytest.raises(UserError, match=rf"gl/LC_MESSAGES/{name}: damaged catalogue") as error:
        read()
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_wheel_is_named(wheel, tmp_path):
    wheel({})
    (tmp_path / PATH).write_bytes(b"<html>not found</html>")
    with pytest.raises(UserError, match="demo-1.0.whl: damaged"):
        read()


@pytest.mark.parametrize(
    ("first", "second", "cleaned"),
    [
        ("_File", "_Ficheiro", ("File", "Ficheiro")),
        ("E_xit", "_Saír", ("Exit", "Saír")),
        ("&Open", "Abrir", ("Open", "Abrir")),
        ("_Save", "保存(_S)", ("Save", "保存")),
        ("Fish & chips", "Peixe & patacas", ("Fish & chips", "Peixe & patacas")),
        ("the user_name field", "o campo user_name", ("the user_name field", "o campo user_name")),
        ("Hi %(user_name)s", "Ola %(user_name)s", ("Hi %(user_name)s", "Ola %(user_name)s")),
        ("a &rarr; b", "a &rarr; b", ("a &rarr; b", "a &rarr; b")),
    ],
)
def test_accelerators_go_and_everything_else_stays(first, second, cleaned):
    assert without_accelerators(first, second) == cleaned
