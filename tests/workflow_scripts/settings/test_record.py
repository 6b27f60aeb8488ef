import pytest

from model.command import UserError
from workflow_scripts.settings.corpora import Cleaning
from workflow_scripts.settings.record import read_settings


def test_settings_are_read_as_they_were_written(tmp_path):
    (tmp_path / "s.json").write_text('{"corpora": [{"id": "gettext:p/1"}], "filters": {"empty": {}}}')
    found = read_settings(Cleaning, tmp_path / "s.json")
    assert (found.corpora[0].id, found.filters) == ("gettext:p/1", {"empty": {}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "s.json: not found; run the command through snakemake, which writes it"),
        ('{"filters": {}}', "s.json: corpora: missing"),
        ('{"corporra": []}', "s.json: unknown 'corporra'; did you mean 'corpora'"),
    ],
)
def test_others_are_refused_in_one_line(tmp_path, text, message):
    if text is not None:
        (tmp_path / "s.json").write_text(text)
    with pytest.raises(UserError) as error:
        read_settings(Cleaning, tmp_path / "s.json")
    assert message in str(error.value) and "\n" not in str(error.value)
