"""What a study takes from outside: datasets of each text, files, where they come from, licences, the shopping list."""

import json
from pathlib import Path

import pytest

from model.command import UserError
from workflow_scripts.plan.checks import check_licences, check_mirror, check_use
from workflow_scripts.plan.plan import Plan
from workflow_scripts.sources.needs import addresses, check_fetched, total
from workflow_scripts.study.read import parse_study

HELP = "opus:LibreOfficeHelp/v7.4"
MOSES = "resources/opus/LibreOfficeHelp/v7.4"


def study(**changes):
    settings = {
        "study": "s", "corpora": [HELP], "pairs": {"all": ["en-gl", "en-pt_BR"]},
        "runs": {"r": {"train_on": "all"}}, "testsets": {"dev": "flores200:lohelp/7.4@dev"},
        "tables": {}, **changes,
    }  # fmt: skip
    return parse_study(settings, "here")


def test_an_id_without_languages_stands_for_all_that_the_study_needs_and_the_corpus_has():
    made = study(monolingual=[f"{HELP}@mono"])
    assert Plan(made).texts.names == ["en-gl", "en-pt_BR", "en", "gl", "pt_BR"]
    assert Plan(made).texts.files("en-gl") == [f"{MOSES}/en-gl.txt.zip"] and Plan(made).texts.files("gl") == [
        f"{MOSES}/gl.txt.gz"
    ]
    named = study(monolingual=[f"{HELP}/gl@mono"])
    assert Plan(named).texts.names == ["en-gl", "en-pt_BR", "gl"]


def test_datasets_of_a_pair_come_in_the_order_of_the_study_whatever_the_order_of_languages():
    made = study(corpora=["opus:OpenSubtitles/v2018/gl-en", HELP, "opus:GNOME/v1/en-pt_BR"])
    assert [item.id for item in Plan(made).texts.corpora("en-gl")] == ["opus:OpenSubtitles/v2018/gl-en", HELP]


def test_a_pair_that_no_corpus_has_is_refused():
    with pytest.raises(UserError, match="no corpus of the study has en-kmb; add one under corpora"):
        _ = Plan(study(pairs={"all": ["en-kmb"]})).supplies.needs


def test_every_file_is_needed_once_and_knows_what_lies_in_it():
    found = Plan(
        study(testsets={"dev": "flores200:flores200/1@dev", "test": "flores200:flores200/1@devtest"})
    ).supplies.needs
    tarball = found["resources/flores200/flores200/1/flores200_dataset.tar.gz"]
    assert len(found) == 3 and len(tarball.datasets) == 2 and tarball.resource.expected.sha256


def test_mirrors_go_before_addresses_and_what_is_here_or_was_placed_by_hand_before_both():
    made = study(mirror="/data", mirrors={"https://object.pouta.csc.fi/OPUS-": "{mirror}/opus/"})
    resource = Plan(made).supplies.needs[f"{MOSES}/en-gl.txt.zip"].resource
    assert addresses(made, resource) == [
        f"{MOSES}/en-gl.txt.zip",
        "resources/placed/opus/LibreOfficeHelp/v7.4/en-gl.txt.zip",
        "/data/opus/LibreOfficeHelp/v7.4/moses/en-gl.txt.zip",
        "https://object.pouta.csc.fi/OPUS-LibreOfficeHelp/v7.4/moses/en-gl.txt.zip",
    ]


def test_no_nc_refuses_what_is_not_free_wherever_the_study_names_it():
    check_licences(Plan(study(licences="no-nc")))
    for changes in (
        {"corpora": ["opus:OpenSubtitles/v2018/en-gl", HELP]},
        {"dictionaries": {"sources": ["muse:dictionaries/1", "induced"]}},
        {"testsets": {"dev": {"id": "flores200:lohelp/7.4@dev", "limits": ["research-only"]}}},
    ):
        check_licences(Plan(study(**changes)))
        with pytest.raises(UserError, match="licences: no-nc refuses .*, which is (non-commercial|research-only)"):
            check_licences(Plan(study(licences="no-nc", **changes)))


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("opus:GNOME/v1/en-gl", "of unstated licence"),
        ({"id": "opus:GNOME/v1/en-gl", "licence": "CC-BY-NC-4.0"}, "under CC-BY-NC-4.0"),
        ({"id": "opus:GNOME/v1/en-gl", "licence": "GPL-2.0-or-later"}, None),
    ],
)
def test_no_nc_wants_a_licence_that_says_so(item, why):
    made = study(corpora=[item], pairs={"all": ["en-gl"]}, licences="no-nc")
    if why is None:
        check_licences(Plan(made))
        return
    with pytest.raises(UserError, match=f"licences: no-nc refuses .*, which is {why};"):
        check_licences(Plan(made))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"corpora": [HELP, "opus:LibreOficeHelp/v7.4"]},
            "opus:LibreOficeHelp/v7.4 .* catalogue has opus:Libre",
        ),
        ({"corpora": [HELP, f"{HELP}/en-eu"]}, "has no text for this study; mend its name or languages"),
        ({"corpora": [HELP, {"id": "file:mine/1", "address": "a.tsv"}]}, "give the id its languages"),
    ],
)
def test_a_dataset_that_gives_the_study_nothing_is_refused(changes, message):
    with pytest.raises(UserError, match=message):
        check_use(Plan(study(**changes)))


def test_a_mirror_that_is_not_there_is_named_unless_a_list_of_files_is_asked_for():
    mirrors = {"https://object.pouta.csc.fi/OPUS-": "{mirror}/opus/"}
    with pytest.raises(UserError, match="mirror: no folder /no/such in .*; give it with --config mirror=FOLDER"):
        check_mirror(Plan(study(mirror="/no/such", mirrors=mirrors)))
    check_mirror(Plan(study(mirror="/no/such", mirrors=mirrors, mode="offline")))


def test_languages_of_monolingual_text_are_in_the_test_sets_too():
    made = study(pairs={"all": ["en-gl"]}, monolingual=[f"{HELP}/pt@mono"])
    assert Plan(made).texts.languages == ["en", "gl", "pt"]
    ((_, languages),) = Plan(made).testsets.parts("dev")
    assert set(languages) == {"eng_Latn", "glg_Latn", "por_Latn"}


def test_a_file_is_refused_once_another_checksum_is_wanted_and_forgotten_once_it_is_gone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = Plan(
        study(pairs={"all": ["en-gl"]}, testsets={"dev": {"source": "held_out", "segments": 5}})
    ).supplies.needs
    ((path, need),) = found.items()
    Path(path).parent.mkdir(parents=True)
    Path(path).touch()
    Path(f"{path}.json").write_text(json.dumps({"sha256": need.resource.expected.sha256}))
    check_fetched(found)
    Path(f"{path}.json").write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(UserError, match=f"{path} has sha256 000.*; delete the file"):
        check_fetched(found)
    Path(path).unlink()
    check_fetched(found)
    assert not Path(f"{path}.json").exists()


def test_the_shopping_list_names_what_is_missing_with_totals(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = study(corpora=[{"id": "opus:GNOME/v1/en-gl"}, HELP], pairs={"all": ["en-gl"]}, mode="offline")
    listed = Plan(made).supplies.shopping_list()
    assert "https://object.pouta.csc.fi/OPUS-GNOME/v1/moses/en-gl.txt.zip" in listed
    assert "resources/placed/opus/GNOME/v1/en-gl.txt.zip" in listed and "MPL-2.0" in listed
    sizes = [need.resource.size for need in Plan(made).supplies.needs.values()]
    assert len(sizes) == 4 and listed.endswith(f"missing: {total(Plan(made).supplies.needs.values())}")
    for path in Plan(made).supplies.needs:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert Plan(made).supplies.shopping_list() == "nothing is missing"
