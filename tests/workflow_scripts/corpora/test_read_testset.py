from pathlib import Path

import pytest

from model.command import UserError
from model.text.lines import read_lines, write_lines
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.corpora import read_testset as module
from workflow_scripts.corpora.read_testset import read_testset
from workflow_scripts.plan.text_settings import RULES

STUDY = {
    "study": "s",
    "corpora": ["opus:LibreOfficeHelp/v7.4"],
    "pairs": {"all": ["en-gl", "en-hi"]},
    "runs": {"r": {"train_on": "all"}},
    "testsets": {"dev": "flores200:lohelp/7.4@dev"},
}
SETTINGS = RULES["read_testset"](plan_of(STUDY), "dev")
FOLDER = Path("resources/flores200/lohelp/7.4")


@pytest.fixture(autouse=True)
def fetched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)
    (FOLDER / "en.dev").write_text("One.\nTwo.\n")
    (FOLDER / "gl.dev").write_text("Un.\r\nDous.\n")


def test_lines_stand_side_by_side_and_are_empty_where_a_language_has_none():
    assert read_testset(SETTINGS) == {"en": ["One.", "Two."], "gl": ["Un.", "Dous."], "hi": ["", ""]}


def test_datasets_of_one_name_follow_each_other():
    write_lines("more.en", ["Three."])
    write_lines("more.gl", ["Tres."])
    more = {"id": "file:more/1/en-gl", "files": {"en": "more.en", "gl": "more.gl"}}
    both = {**STUDY, "testsets": {"dev": ["flores200:lohelp/7.4@dev", more]}}
    found = read_testset(RULES["read_testset"](plan_of(both), "dev"))
    assert found == {"en": ["One.", "Two.", "Three."], "gl": ["Un.", "Dous.", "Tres."], "hi": ["", "", ""]}


def test_languages_of_different_length_are_refused():
    (FOLDER / "gl.dev").write_text("Un.\n")
    with pytest.raises(UserError, match="flores200:lohelp/7.4@dev: the languages differ in length"):
        read_testset(SETTINGS)


@pytest.mark.parametrize("text", ["\n\n", " \n\u3000\n"])
def test_a_language_without_text_is_refused(text):
    (FOLDER / "gl.dev").write_text(text)
    with pytest.raises(UserError, match="^flores200:lohelp/7.4@dev: no line of it has text in gl; mend the file"):
        read_testset(SETTINGS)


def test_lines_are_brought_to_normal_form_each_in_its_place():
    (FOLDER / "en.dev").write_text("Tom &amp; Jerry\tmet.\nA\u2028b\u00a0c\x0bd.\n", newline="")
    (FOLDER / "gl.dev").write_text("Un.\nCafe\u0301 co\u00adop.\n")
    found = read_testset(SETTINGS)
    assert (found["en"], found["gl"]) == (["Tom & Jerry met.", "A b c d."], ["Un.", "Café coop."])


@pytest.mark.parametrize(("lines", "why"), [(["Un.", "Dous."], "differ in length"), ([b"\xff"], "cannot be read")])
def test_the_users_own_files_are_not_to_be_fetched_again(lines, why):
    write_lines("more.en", ["Three."])
    Path("more.gl").write_bytes(lines[0] if isinstance(lines[0], bytes) else "\n".join(lines).encode())
    own = {"id": "file:more/1/en-gl", "files": {"en": "more.en", "gl": "more.gl"}}
    one_by_one = {"id": "file:more/1", "files": {"en": "more.en", "gl": "more.gl"}}
    for item in (own, one_by_one):
        with pytest.raises(UserError) as error:
            read_testset(RULES["read_testset"](plan_of({**STUDY, "testsets": {"dev": item}}), "dev"))
        assert "fetch" not in str(error.value)


def test_the_command_writes_a_file_a_language_in_place_of_what_was_there(tmp_path, monkeypatch, capsys):
    write_lines("testsets/dev/eu.txt", ["of a language that the study no longer has"])
    settings = settings_file(STUDY, "read_testset", "dev", folder=tmp_path)
    monkeypatch.setattr("sys.argv", ["read_testset", "--settings", str(settings), "testsets/dev"])
    module.main()
    assert {path.name: read_lines(path) for path in Path("testsets/dev").iterdir()} == {
        "en.txt": ["One.", "Two."],
        "gl.txt": ["Un.", "Dous."],
        "hi.txt": ["", ""],
    }
    assert [path.name for path in Path("testsets").iterdir()] == ["dev"]
    assert "dev: gl: 2 segments\ndev: hi: 0 segments" in capsys.readouterr().out
