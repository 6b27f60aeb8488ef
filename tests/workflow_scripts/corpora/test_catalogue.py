import pytest

from model.command import UserError
from workflow_scripts.corpora.catalogue import check, list_records, show


def test_the_catalogue_can_be_listed_and_shown():
    assert "opus:OpenSubtitles/v2018" in list_records(["opus"]) and "muse:" not in list_records(["opus"])
    assert "opus:LibreOfficeHelp/v7.4 " in list_records(["en-eu"]) and "opus:SETIMES" not in list_records(["en-eu"])
    assert "nllb_mined:nllb/1" in list_records(["swh"])
    shown = show("opus:OpenSubtitles/v2018/en-af")
    assert "https://object.pouta.csc.fi/OPUS-OpenSubtitles/v2018/moses/af-en.txt.zip" in shown and "44703" in shown
    with pytest.raises(UserError, match="unknown source 'opsu'"):
        show("opsu:a/1/en-gl")


@pytest.mark.parametrize("name", ["pc32", "nllb_m8", "nllb_m15", "help29"])
def test_every_dataset_of_the_studies_has_an_address_a_licence_and_a_place(name):
    table = check(f"studies/{name}.yaml").split("\n")
    assert len(table) > 20 and table[-1].split()[0] == str(len(table) - 2)
    assert all("resources/" in row and ("://" in row or " pkg:" in row) for row in table[1:-1])
