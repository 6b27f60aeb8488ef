"""Fetching with pip from a folder instead of an index: no network."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def index(tmp_path):
    """A folder with the wheel toycat 1.0, and what it takes for pip to look there alone."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "toycat-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("toycat/locale/gl/LC_MESSAGES/toycat.po", 'msgid "Open"\nmsgstr "Abrir"\n')
        wheel.writestr("toycat-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toycat\nVersion: 1.0\n")
        wheel.writestr("toycat-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("toycat-1.0.dist-info/RECORD", "")
    return folder


def fetch(index, folder, **corpus):
    corpus = {"source": "gettext", "package": "toycat", "version": "1.0", **corpus}
    arguments = ["--corpus", json.dumps(corpus), str(folder / "toycat.whl")]
    command = [sys.executable, "-m", "workflow_scripts.fetch", *arguments]
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **pip}, capture_output=True, text=True)


def test_the_file_and_its_manifest_are_written(index, tmp_path):
    done = fetch(index, tmp_path / "resources", licence="MIT")
    assert done.returncode == 0, done.stderr
    served = (index / "toycat-1.0-py3-none-any.whl").read_bytes()
    assert (tmp_path / "resources" / "toycat.whl").read_bytes() == served
    manifest = json.loads((tmp_path / "resources" / "toycat.whl.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(served).hexdigest() and manifest["bytes"] == len(served)
    assert manifest["url"] == "pkg:pypi/toycat@1.0" and manifest["licence"] == "MIT" and manifest["retrieved_at"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"package": "nosuch"}, "pip could not download nosuch==1.0"),
        ({"version": "2.0"}, "pip could not download toycat==2.0"),
        ({"sha256": "0" * 64}, "the study says sha256 000"),
    ],
)
def test_what_cannot_be_had_or_trusted_is_one_line_and_leaves_nothing(index, tmp_path, change, message):
    done = fetch(index, tmp_path / "resources", **change)
    assert done.returncode == 1 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert message in done.stderr
    assert list((tmp_path / "resources").iterdir()) == []
