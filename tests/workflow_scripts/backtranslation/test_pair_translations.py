import json
import sys
from pathlib import Path

import pytest

from model.command import UserError
from model.text.lines import write_lines
from workflow_scripts.backtranslation import pair_translations
from workflow_scripts.text.files import Pairs

ROWS = [
    ("Abrir o ficheiro", "Open the file"),
    ("Gardar", ""),
    ("Pechar", " \u200b "),
    ("LibreOffice Writer", "LibreOffice Writer"),
    ("LibreOffice Calc", "LibreOffice  Calc"),  # equal when its spacing is normal
    ("Engadir todo", "SAVE all  the files!"),  # held out in English, in another case and punctuation
    ("Engadir", "Gardar todo"),  # held out in Galician
    ("Imprimir", "Print"),
]


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """A function that pairs rows, so many a file, and returns the text and its report."""
    monkeypatch.chdir(tmp_path)
    testsets = [str(tmp_path / name) for name in ("test", "dev")]  # what they hold is remembered by path
    write_lines("test/en.txt", ["Save all the files", "", "..."])
    write_lines("dev/gl.txt", ["Gardar todo", "", "..."])

    def pair(rows, size=3, translations=None):
        files = [rows[start : start + size] for start in range(0, len(rows), size)]
        for number, some in enumerate(files):
            write_lines(f"segments.{number}.txt", [row[0] for row in some])
            write_lines(f"translations.{number}.txt", translations or [row[1] for row in some])
        arguments = ["en-gl", "--testsets", *testsets, "--folder", ".", "--files", str(len(files))]
        arguments += ["--text", "en-gl.parquet", "--report", "report.json"]
        monkeypatch.setattr(sys, "argv", ["pair_translations", *arguments])
        pair_translations.main()
        return list(Pairs("en-gl.parquet", "en-gl")), json.loads(Path("report.json").read_text())

    return pair


@pytest.mark.parametrize("size", [1, 3, 100])
def test_translations_are_the_source_and_useless_ones_are_dropped_and_counted(pair, size):
    text, report = pair(ROWS, size)
    assert text == [("Open the file", "Abrir o ficheiro"), ("Print", "Imprimir")]
    assert (report["lines_in"], report["lines_out"]) == (8, 2)
    assert report["dropped"] == {"empty": 2, "identical": 2, "in_a_test_or_dev_set": 2}
    assert report["examples"]["in_a_test_or_dev_set"][1] == ["Gardar todo", "Engadir"]


def test_an_empty_file_adds_nothing(pair):
    write_lines("segments.8.txt", [])
    assert len(pair([*ROWS, ("Un", "One"), ("Dous", "Two")], 9)[0]) == 4


def test_what_has_no_letter_is_not_held_out(pair):
    assert pair([("…", "...")])[0] == [("...", "…")]


def test_files_of_different_length_are_refused_and_nothing_is_written(pair):
    with pytest.raises(UserError, match="^translations.0.txt: 2 lines, segments.0.txt has 3; delete both"):
        pair(ROWS[:3], translations=["one", "two"])
    assert not Path("en-gl.parquet").exists()


def test_a_model_that_says_nothing_of_use_is_an_error(pair):
    with pytest.raises(
        UserError, match=r"^backtranslation.run: no translation is of use \(2 empty, 1 identical\); train"
    ):
        pair(ROWS[1:4])
    assert not Path("en-gl.parquet").exists()
