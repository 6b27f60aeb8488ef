"""YAML as plain data: keys once, no code, aliases within bounds."""

from pathlib import Path

import pytest
import yaml

from model.command import UserError
from tests import ROOT
from workflow_scripts.plain_yaml import read_yaml

FILES = [
    path
    for pattern in (
        "*.yaml",
        "studies/*.yaml",
        "workflow_scripts/sources/*.yaml",
        "profiles/*/*.yaml",
        "tests/*/*.yaml",
    )
    for path in ROOT.glob(pattern)
]
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
REFUSED = {
    "runs:\n  a: {x: 1}\n  b: {x: 2}\n  a: {x: 3}\n": "runs.a stands twice, in lines 2 and 4; keep one",
    "a: 1\nb: 2\n\na: 3\n": "a stands twice, in lines 1 and 4; keep one",
    "a: 1\n'a': 3\n": "a stands twice, in lines 1 and 2; keep one",
    "l:\n- {a: 1}\n- {a: 1, b: 2, a: 1}\n": "l.2.a stands twice, in lines 3 and 3; keep one",
    "a: {<<: {x: 1}, x: 2, x: 3}": "a.x stands twice, in lines 1 and 1; keep one",
    "a: &a {x: 1}\nb: {<<: *a, <<: *a}\n": "b.<< stands twice, in lines 2 and 2; keep one",
    "a: {1: x, 1: y}": "a.1 stands twice",
    LAUGHS: "its aliases stand for more than 1,000,000 values; write fewer",
    "a: &a {b: *a}": "line 1: a.b holds itself; take the alias out",
    "a: &a [*a]": "line 1: a.1 holds itself; take the alias out",
    "[" * 100_000: "more than 50 levels of lists and mappings in each other; make it flatter",
    "a: " + "[" * 60 + "]" * 60: "line 1: more than 50 levels",
    "".join(f"a{n}: &a{n} [{f'*a{n - 1}' if n else ''}]\n" for n in range(60)): "line 51: more than 50 levels",
    "a: !!python/object/apply:os.system ['touch PWNED']": "not YAML: could not determine a constructor for the tag",
    "a: !!python/name:os.system": "not YAML: could not determine a constructor for the tag",
    "a: !x y": "not YAML: could not determine a constructor for the tag",
    "a: [": "not YAML: while parsing a flow",
    "a: 1\n--- \nb: 2\n": "not YAML: expected a single document",
    "a: 2026-13-45": "not YAML: month must be in 1..12",
    "{[a]: 1, [a]: 2}": "not YAML: while constructing a mapping",
}


@pytest.mark.parametrize("text", REFUSED, ids=list(REFUSED.values()))
def test_what_is_no_plain_data_is_one_line(text, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_yaml(path)
    said = str(error.value)
    assert said.startswith(f"{path}: ") and REFUSED[text] in said and "\n" not in said


def test_a_file_that_is_not_there_or_not_utf8_is_one_line(tmp_path):
    with pytest.raises(UserError, match="none.yaml: not found"):
        read_yaml(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4")
    with pytest.raises(UserError, match=r"latin.yaml: not UTF-8 at byte 3; save it as UTF-8"):
        read_yaml(tmp_path / "latin.yaml")


def test_anchors_and_merges_are_plain_data(tmp_path):
    text = (
        "base: &base {x: 1, y: 2}\nmore: &more {<<: *base, y: 3, z: 4}\n"
        "both: {<<: [*more, *base], z: 5}\nagain: *more\nlist: [*base, *base]\n"
    )
    (tmp_path / "s.yaml").write_text(text)
    assert read_yaml(tmp_path / "s.yaml") == yaml.safe_load(text)
    assert read_yaml(tmp_path / "s.yaml")["both"] == {"x": 1, "y": 3, "z": 5}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
def test_every_file_of_the_project_is_read_as_yaml_reads_it(path: Path, loader):
    assert read_yaml(path, loader) == yaml.safe_load(path.read_text())


def test_a_folder_is_no_study(tmp_path):
    with pytest.raises(UserError, match="a folder; if it is a target, write it before --configfile"):
        read_yaml(tmp_path)
