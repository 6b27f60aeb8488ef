"""Fetching the files of a study: modes, checksums, manifests, folders, and pip with a folder instead of an index."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import zipfile

import pytest

from model.command import UserError
from tests import ROOT
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.corpora import fetch as module
from workflow_scripts.fetching import connection
from workflow_scripts.fetching.connection import Unavailable
from workflow_scripts.fetching.packages import package
from workflow_scripts.plan.text_settings import RULES
from workflow_scripts.sources.needs import needs_of

WHEEL = "resources/gettext/toycat/1.0/toycat-1.0.whl"
TABLE = "resources/nllb_primary/toy/1/33aa06dc/toy.tsv.gz"  # sha256 of the address, which the study gives
SENTENCES = gzip.compress(b"The cat sleeps.\tO gato dorme.\n")


@pytest.fixture
def index(tmp_path):
    """A folder with the wheel toycat 1.0, for pip to look there alone."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "toycat-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("toycat/locale/gl/LC_MESSAGES/toycat.po", 'msgid "Open"\nmsgstr "Abrir"\n')
        wheel.writestr("toycat-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toycat\nVersion: 1.0\n")
        wheel.writestr("toycat-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("toycat-1.0.dist-info/RECORD", "")
    return folder


def study_of(item):
    """A study with one dataset."""
    return {"study": "s", "corpora": [item], "pairs": {"all": ["en-gl"]}, "runs": {"r": {"train_on": "all"}}}


def fetch(folder, item, path, **study):
    """Run the command for one file of a study with one dataset."""
    folder.mkdir(exist_ok=True)
    settings = settings_file({**study_of(item), **study}, "fetch", path.removeprefix("resources/"), folder=folder)
    command = [sys.executable, "-m", "workflow_scripts.corpora.fetch", "--settings", settings.name, path]
    pip = {
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder.parent / "index"), "PIP_CONFIG_FILE": os.devnull,
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.run(command, cwd=folder, env={**os.environ, **pip}, capture_output=True, text=True)


def one_line(done):
    assert done.returncode == 1 and done.stderr.count("error: ") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_wheel_and_its_manifest_are_written(index, tmp_path):
    item = {"id": "gettext:toycat/1.0", "licence": "MIT"}
    done = fetch(tmp_path / "work", item, WHEEL, mode="tofu")
    assert done.returncode == 0, done.stderr
    served = (index / "toycat-1.0-py3-none-any.whl").read_bytes()
    assert (tmp_path / "work" / WHEEL).read_bytes() == served
    manifest = json.loads((tmp_path / "work" / f"{WHEEL}.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(served).hexdigest() and manifest["bytes"] == len(served)
    assert manifest["url"] == "pkg:pypi/toycat@1.0" and manifest["licence"] == "MIT" and manifest["retrieved_at"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"id": "gettext:nosuch/1.0"},
            "pkg:pypi/nosuch@1.0: ERROR: No matching distribution found for nosuch==1.0",
        ),
        (
            {"id": "gettext:toycat/2.0"},
            "pkg:pypi/toycat@2.0: ERROR: No matching distribution found for toycat==2.0",
        ),
        ({"id": "gettext:toycat/1.0", "sha256": "0" * 64}, "0000000"),
    ],
)
def test_what_cannot_be_had_or_trusted_is_one_line_and_leaves_no_file(index, tmp_path, item, message):
    name, version = item["id"].removeprefix("gettext:").split("/")
    path = f"resources/gettext/{name}/{version}/{name}-{version}.whl"
    assert message in one_line(fetch(tmp_path / "work", item, path, mode="tofu"))
    assert not (tmp_path / "work" / path).exists() and not (tmp_path / "work" / f"{path}.json").exists()


def test_a_debian_package_is_asked_of_apt_by_name_and_version(tmp_path, monkeypatch):
    tool = tmp_path / "bin" / "apt-get"
    tool.parent.mkdir()
    tool.write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "download -- dict-toy=1.0-1" ] && printf "!<arch>\\n" > dict-toy_1.0-1_all.deb\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    package("pkg:deb/dict-toy_1.0-1_all.deb", tmp_path / "x.deb.part")
    assert (tmp_path / "x.deb.part").read_bytes() == b"!<arch>\n"
    with pytest.raises(Unavailable, match="no file came; check name"):
        package("pkg:deb/dict-toy_2.0-1_all.deb", tmp_path / "y.deb.part")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "x.deb.part"]


TOY = {
    "id": "nllb_primary:toy/1/en-gl", "address": "https://toy.invalid/toy.tsv.gz", "format": "tsv",
    "columns": {"first": 0, "second": 1},
}  # fmt: skip


@pytest.fixture
def mirror(tmp_path):
    """A folder with the one file, and the study's keys that send its address there."""
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "toy.tsv.gz").write_bytes(SENTENCES)
    return {"mirrors": {"https://toy.invalid/": "{mirror}/"}, "mirror": str(tmp_path / "mirror")}


def test_locked_refuses_what_has_no_checksum_and_tofu_records_it_for_later(mirror, tmp_path, monkeypatch):
    work = tmp_path / "work"
    assert "no checksum is known" in one_line(fetch(work, TOY, TABLE, **mirror))
    assert fetch(work, TOY, TABLE, mode="tofu", **mirror).returncode == 0
    (work / TABLE).unlink()
    assert fetch(work, TOY, TABLE, **mirror).returncode == 0, "locked takes what was seen before"
    (tmp_path / "mirror" / "toy.tsv.gz").write_bytes(gzip.compress(b"Another.\tOutra.\n"))
    (work / TABLE).unlink()
    monkeypatch.setattr(connection, "PAUSE", 0.0)
    monkeypatch.chdir(work)
    for mode in ("locked", "tofu", "offline"):
        settings = RULES["fetch"](plan_of({**study_of(TOY), "mode": mode, **mirror}), TABLE.removeprefix("resources/"))
        with pytest.raises(UserError, match=hashlib.sha256(SENTENCES).hexdigest()):
            module.fetch(settings, needs_of(settings.datasets)[TABLE])
        assert not (work / TABLE).exists()


def test_the_record_of_checksums_can_be_checked_with_sha256sum(mirror, tmp_path):
    assert fetch(tmp_path / "work", TOY, TABLE, mode="tofu", **mirror).returncode == 0
    (line,) = (
        (tmp_path / "work" / "resources/checksums/nllb_primary/toy/1/33aa06dc/toy.tsv.gz.sha256")
        .read_text()
        .splitlines()
    )
    assert line == f"{hashlib.sha256(SENTENCES).hexdigest()}  {TABLE}"


def test_offline_takes_folders_and_names_what_is_missing(mirror, tmp_path):
    pinned = {**TOY, "sha256": hashlib.sha256(SENTENCES).hexdigest()}
    assert fetch(tmp_path / "work", pinned, TABLE, mode="offline", **mirror).returncode == 0
    error = one_line(fetch(tmp_path / "other", pinned, TABLE, mode="offline"))
    assert "fetch https://toy.invalid/toy.tsv.gz by hand" in error
    assert "put it at resources/placed/nllb_primary/toy/1/33aa06dc/toy.tsv.gz" in error


def test_a_file_placed_by_hand_is_taken_and_stays(tmp_path):
    pinned = {**TOY, "sha256": hashlib.sha256(SENTENCES).hexdigest()}
    placed = tmp_path / "work" / "resources/placed/nllb_primary/toy/1/33aa06dc/toy.tsv.gz"
    placed.parent.mkdir(parents=True)
    placed.write_bytes(SENTENCES)
    assert fetch(tmp_path / "work", pinned, TABLE, mode="offline").returncode == 0
    assert placed.exists() and (tmp_path / "work" / TABLE).read_bytes() == SENTENCES
    manifest = json.loads((tmp_path / "work" / f"{TABLE}.json").read_text())
    assert manifest["url"] == "https://toy.invalid/toy.tsv.gz"


def test_a_second_fetch_of_the_same_bytes_leaves_the_manifest_as_it_is(mirror, tmp_path):
    work, manifest = tmp_path / "work", tmp_path / "work" / f"{TABLE}.json"
    assert fetch(work, TOY, TABLE, mode="tofu", **mirror).returncode == 0
    os.utime(manifest, (1, 1))
    before = manifest.read_bytes(), manifest.stat()
    for study in ({"mode": "tofu", "study": "other"}, {"mode": "locked"}, {"mode": "offline"}):
        assert fetch(work, {**TOY, "licence": "MIT"}, TABLE, **study).returncode == 0
        assert (manifest.read_bytes(), manifest.stat().st_mtime, manifest.stat().st_ino) == (
            before[0],
            1,
            before[1].st_ino,
        )
    (work / TABLE).write_bytes(gzip.compress(b"Another.\tOutra.\n"))
    assert fetch(work, TOY, TABLE, mode="tofu", **mirror).returncode == 0
    assert (work / TABLE).read_bytes() == SENTENCES and manifest.stat().st_mtime != 1


def test_the_origin_of_a_file_is_never_its_own_path(mirror, tmp_path):
    work, manifest = tmp_path / "work", tmp_path / "work" / f"{TABLE}.json"
    assert fetch(work, TOY, TABLE, mode="tofu", **mirror).returncode == 0
    manifest.unlink()
    assert fetch(work, TOY, TABLE, mode="tofu", **mirror).returncode == 0
    assert json.loads(manifest.read_text())["url"] == "https://toy.invalid/toy.tsv.gz"


def test_sides_of_different_length_are_refused_before_the_file_has_its_name(tmp_path):
    (tmp_path / "mirror").mkdir()
    with zipfile.ZipFile(tmp_path / "mirror" / "toy.zip", "w") as archive:
        archive.writestr("a.en", "One.\nTwo.\n")
        archive.writestr("a.gl", "Un.\n")
    item = {
        "id": "nllb_primary:toy/1/en-gl", "address": "https://toy.invalid/toy.zip", "members": ["a.en", "a.gl"]
    }  # fmt: skip
    mirrors = {"https://toy.invalid": str(tmp_path / "mirror")}
    path = "resources/nllb_primary/toy/1/cb700613/toy.zip"
    error = one_line(fetch(tmp_path / "work", item, path, mode="tofu", mirrors=mirrors))
    assert "differ in length (a.en 2, a.gl 1 lines)" in error
    assert not (tmp_path / "work" / path).exists()


def test_a_file_of_none_of_the_datasets_is_refused(tmp_path):
    settings = settings_file(study_of(TOY), "fetch", TABLE.removeprefix("resources/"), folder=tmp_path)
    command = [sys.executable, "-m", "workflow_scripts.corpora.fetch", "--settings", settings.name, "resources/x.gz"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert f"fetch.settings.json: unknown file 'resources/x.gz'; known are {TABLE}" in one_line(done)
