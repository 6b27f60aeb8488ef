"""Names of files as rules ask for them: what a job waits for, and how much of the machine it takes."""

from pathlib import Path

import pytest

from tests.workflow_scripts.planned import plan_of
from workflow_scripts.plan import files
from workflow_scripts.plan.files import MANY_THREADS, Files, leaks_of, megabytes
from workflow_scripts.plan.result_settings import RULES

OPUS = "opus:OpenSubtitles/v2018/en-gl"
STUDY = {
    "study": "s",
    "corpora": [{"id": "file:m/1", "files": {"en": "m.en", "pt": "m.pt"}}, OPUS],
    "pairs": {"all": ["en-gl", "en-pt"]},
    "testsets": {"test": {"source": "held_out", "segments": 5}, "dev": "flores200:lohelp/7.4@dev"},
    "runs": {"mrasp": {"train_on": "all"}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("m.en", "m.pt"):
        Path(name).write_text("a\n")


@pytest.fixture
def plan():
    return plan_of(STUDY)


def test_a_job_waits_for_manifests_of_what_is_fetched_and_for_own_files_themselves(plan):
    (fetched,) = plan.texts.files("en-gl")
    assert Files(plan).fetched([*plan.texts.files("en-pt"), fetched]) == ["m.en", "m.pt", f"{fetched}.json"]
    assert f"{fetched}.json" in Files(plan).manifests() and "m.en.json" not in Files(plan).manifests()


def test_a_text_gets_many_threads_where_its_files_are_large_or_of_unknown_size(plan, monkeypatch):
    (fetched,), needs = plan.texts.files("en-gl"), plan.supplies.needs
    assert Files(plan).threads("en-pt") == 1
    monkeypatch.setattr(files, "LARGE", 3)  # both own files have 4 bytes
    assert Files(plan).threads("en-pt") == MANY_THREADS
    monkeypatch.setattr(files, "LARGE", 1e12)
    for size, threads in ((10, 1), (None, MANY_THREADS)):
        object.__setattr__(needs[fetched].resource, "size", size)
        assert Files(plan).threads("en-gl") == threads


def test_test_sets_are_folders_and_all_of_them_where_none_is_named(plan):
    assert Files(plan).testsets("dev") == ["results/s/testsets/dev"]
    assert Files(plan).testsets() == ["results/s/testsets/test", "results/s/testsets/dev"]
    assert Files(plan).testset_sources("test") == [] != Files(plan).testset_sources("dev")


def test_a_test_set_that_says_so_is_not_taken_out_of_the_text():
    late = {"id": "file:m/2", "files": {"en": "m.en", "pt": "m.pt"}, "decontaminate": False}
    plan = plan_of({**STUDY, "testsets": {**STUDY["testsets"], "late": [late, late]}})
    assert Files(plan).held_back() == Files(plan).testsets("test", "dev")
    assert Files(plan).testsets() == Files(plan).testsets("test", "dev", "late")
    assert RULES["model_card"](plan, "mrasp").seen == ["late"]


def test_a_card_waits_for_what_its_model_learned_from(plan):
    (fetched,) = plan.texts.files("en-gl")
    reports = ["results/s/text/en-gl.report.json", "results/s/text/en-pt.report.json"]
    assert Files(plan).of_training_data("mrasp") == [f"{fetched}.json", *reports]


def test_names_of_files(plan):
    assert Files(plan).translation("ft/en-gl", "test", "en-gl") == "results/s/translations/ft/en-gl/test.en-gl.txt"
    assert Files(plan).table("main")[0] == "results/s/tables/main.tsv" and len(Files(plan).table("main")) == 4
    assert Files(plan).named_models(["mrasp"]) == ["mrasp=results/s/runs/mrasp/model"]
    assert leaks_of(["a/b"]) == ["a/b.leaks.json"]


def test_the_size_of_files_and_of_folders(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in ("file", "folder/one", "folder/two"):
        (tmp_path / path).write_bytes(bytes(1_000_000))
    assert megabytes([str(tmp_path / "file"), tmp_path / "folder"]) == 3
    with pytest.raises(FileNotFoundError):  # for which Snakemake says <TBD>
        megabytes([tmp_path / "nowhere"])


def test_memory_follows_from_the_sizes_that_are_known(plan):
    (fetched,), needs = plan.texts.files("en-gl"), plan.supplies.needs
    for size, megabytes_wanted in ((None, 1000), (750_000_000, 2500)):
        object.__setattr__(needs[fetched].resource, "size", size)
        assert Files(plan).cleaning_megabytes("en-gl") == megabytes_wanted
    Path(fetched).parent.mkdir(parents=True)
    with open(fetched, "wb") as file:
        file.truncate(2_000_000_000)  # what was fetched counts, and not what the catalogue says
    assert Files(plan).cleaning_megabytes("en-gl") == 5000
    assert Files(plan).scoring_megabytes == 1000
    with open("a.ckpt", "wb") as file:
        file.truncate(2_300_000_000)
    assert Files(plan_of({**STUDY, "metrics": ["sacrebleu", "comet"], "comet": "a.ckpt"})).scoring_megabytes == 5600
