import json
from pathlib import Path

import pytest

from tests.workflow_scripts.planned import plan_of
from workflow_scripts.plan.settings import RULES, SettingsFiles

STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl", "en-pt"]},
    "runs": {"mrasp": {"train_on": "all"}},
}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_file_has_another_name_when_the_settings_of_its_job_change_and_only_then():
    def path(**changes):
        return SettingsFiles(plan_of({**STUDY, **changes})).path("clean", "en-gl")

    assert path().startswith("results/s/settings/clean/en-gl.") and path().endswith(".json")
    assert path(filters={"words": {"max": 9}}) != path()
    assert path(seed=2) == path(training={"dropout": 0.3}) == path()


def test_nothing_is_written_before_work_begins_and_all_from_then_on():
    files = SettingsFiles(plan_of(STUDY))
    first = files.path("clean", "en-gl")
    assert not Path("results").exists()
    files.begin()
    second = files.path("clean", "en-pt")
    assert [json.loads(Path(path).read_text())["corpora"] for path in (first, second)] == [[{"id": "gettext:p/1"}]] * 2


def test_a_file_that_is_there_stays():
    files = SettingsFiles(plan_of(STUDY))
    path = Path(files.path("clean", "en-gl"))
    path.parent.mkdir(parents=True)
    path.write_text("kept")
    files.begin()
    assert path.read_text() == "kept"


def test_every_rule_with_settings_says_what_they_are():
    assert all(builder.__doc__ for builder in RULES.values())
