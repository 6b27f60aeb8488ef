import pytest

from model.command import UserError
from model.records import write_json
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from model.writing import whole_folder
from workflow_scripts.substitution import coverage

NAMES = ("running", "known", "covered", "tried", "attempted", "substituted", "copies", "predicted", "variance")


def counts(*values, **more):
    return {**dict(zip(NAMES, values, strict=True)), **more}


def write_folder(folder, *tallies):
    vocabulary, lists = Vocabulary.build({}, ["en", "de"], 1, 100), Ragged.from_lists([[1]])
    with whole_folder(folder) as made:
        for number, tally in enumerate(tallies):
            path = made / part_name(number)
            write_part(
                path, [(lists, lists)], ("en", "de"), vocabulary, 1, {}, lambda tally=tally: {"languages": tally}
            )
    return str(folder)


def table(tmp_path, monkeypatch, *folders):
    write_json(tmp_path / "settings.json", {"shards": folders})
    arguments = ["--settings", str(tmp_path / "settings.json"), str(tmp_path / "coverage.tsv")]
    monkeypatch.setattr("sys.argv", ["coverage", *arguments])
    coverage.main()
    header, *rows = [line.split("\t") for line in (tmp_path / "coverage.tsv").read_text().splitlines()]
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


def test_tallies_of_all_parts_and_folders_are_summed(tmp_path, monkeypatch):
    de = counts(100, 60, 40, 50, 30, 24, 21, 20.5, 4.0, entries=9, words=7)
    whole = counts(100, 80, 60, 50, 30, 24, 21, 20.5, 4.0)
    one = write_folder(tmp_path / "en-de", {"de": de, "all": whole}, {"de": de, "all": whole})
    two = write_folder(
        tmp_path / "en-fr", {"de": {**de, "copies": 18, "predicted": 22.5, "variance": 8.0}, "all": whole}
    )
    found = table(tmp_path, monkeypatch, one, two)
    assert list(found) == ["de", "all"]
    # 60 copies of 150 tries; predicted 63.5, with a variance of 16.
    assert found["de"] == {
        "language": "de",
        "entries": "9",
        "words": "7",
        "running": "300",
        "known": "0.6000",
        "covered": "0.4000",
        "tried": "150",
        "copies": "60",
        "share": "0.40000",
        "predicted": "0.42333",
        "standard_error": "0.026667",
        "difference": "-0.88",
        "attempted": "90",
        "substituted": "72",
    }
    assert (found["all"]["covered"], found["all"]["entries"]) == ("0.6000", "")


def test_what_cannot_be_said_is_left_empty(tmp_path, monkeypatch):
    nothing = dict.fromkeys(NAMES, 0)
    certain = counts(5, 0, 0, 5, 0, 0, 0, 0.0, 0.0)
    found = table(
        tmp_path, monkeypatch, write_folder(tmp_path / "en-de", {"de": nothing, "fr": certain, "all": certain})
    )
    assert (found["de"]["known"], found["de"]["share"], found["de"]["tried"]) == ("", "", "0")
    assert (found["fr"]["share"], found["fr"]["standard_error"], found["fr"]["difference"]) == (
        "0.00000",
        "0.000000",
        "",
    )


@pytest.mark.parametrize("tallies", [[], [None]])
def test_a_folder_without_tallies_is_an_error(tmp_path, monkeypatch, tallies):
    with pytest.raises(UserError, match="en-de: holds no tally of substitution; delete it and run the workflow again"):
        table(tmp_path, monkeypatch, write_folder(tmp_path / "en-de", *tallies))
