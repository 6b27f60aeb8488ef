"""The digest of a command, in a project of a few small modules."""

import json
from pathlib import Path

import pytest

from workflow_scripts.jobs import code

PROJECT = {
    "model/__init__.py": "",
    "model/command.py": "WIDTH = 80",
    "model/step.py": "from model.command import WIDTH\nfrom model.rooms.second import f\n\nPAGE = 'page.jinja'\n",
    "model/page.jinja": "<style>{% include 'page.css' %}</style>",
    "model/page.css": "a {}",
    "model/other.css": "b {}",
    "model/rooms/__init__.py": "",
    "model/rooms/second.py": "from model.rooms import third\n\n\ndef f():\n    return third.NUMBER\n",
    "model/rooms/third.py": "NUMBER = 3\n",
    "model/rooms/fourth.py": "NUMBER = 4\n",
    "model/tables/__init__.py": "from importlib import import_module\n\nROWS = [import_module(n) for n in ('one',)]\n",
    "model/tables/one.py": "ROW = 1\n",
}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(code, "ROOT", tmp_path)
    return tmp_path


def digest(module: str) -> str:
    code.digest.cache_clear()
    code._module.cache_clear()
    return code.digest(module)


@pytest.fixture(autouse=True)
def _forget():
    yield
    code.digest.cache_clear()
    code._module.cache_clear()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("model/step.py", PROJECT["model/step.py"] + "x = 1\n"),
        ("model/rooms/__init__.py", "x = 1\n"),
        ("model/rooms/second.py", PROJECT["model/rooms/second.py"].replace("third.NUMBER", "-third.NUMBER")),
        ("model/rooms/third.py", "NUMBER = 3.0\n"),
        ("model/page.jinja", PROJECT["model/page.jinja"] + "\n"),
        ("model/page.css", "a { color: red }"),
    ],
)
def test_a_change_of_anything_that_a_command_uses_changes_its_digest(project, file, text):
    before = digest("model.step")
    (project / file).write_text(text)
    assert digest("model.step") != before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("model/rooms/third.py", '"""A docstring."""\n\n# A comment.\n\nNUMBER    =   (3)\n'),
        ("model/rooms/second.py", "from model.rooms import third\ndef f():\n    'Another.'\n    return third.NUMBER"),
        ("model/rooms/fourth.py", "NUMBER = 5\n"),
        ("model/other.css", "b { color: red }"),
        ("model/command.py", "WIDTH = 100"),
    ],
)
def test_comments_and_what_a_command_does_not_use_change_nothing(project, file, text):
    before = digest("model.step")
    (project / file).write_text(text)
    assert digest("model.step") == before


def test_modules_of_a_table_that_are_imported_by_name_count(project):
    before = digest("model.tables")
    (project / "model/tables/one.py").write_text("ROW = 2\n")
    assert digest("model.tables") != before


def test_the_parameter_names_the_command_that_does_the_work(project):
    (project / "model" / "train.py").write_text("")
    found = digest("model.step")
    shell = "python -m model.machine.lease 0 -- python -m {} x".format
    assert code.code_of(shell("model.step")) == {"code": f"code of model.step: {found}"}
    assert code.code_of(shell("model.train")) == code.code_of(shell("pip")) == code.code_of(None) == {}


def test_runs_that_began_with_other_code_are_found_and_their_checkpoints_set_aside(project, tmp_path):
    (project / "model" / "train.py").write_text("RATE = 1\n")
    runs = [tmp_path / name for name in ("same", "other", "unknown")]
    for run, note in zip(runs, (digest("model.train"), "12345678", None), strict=True):
        (run / "checkpoints" / "update-00000005").mkdir(parents=True)
        if note:
            (run / "code.json").write_text(json.dumps({"code": note}))
    assert code.trained_by_other_code(runs) == [tmp_path / "other"]
    code.set_checkpoints_aside(tmp_path / "other")
    aside = f"before-{digest('model.train')}"
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.glob("other/checkpoints/**/*")] == [
        f"other/checkpoints/{aside}",
        f"other/checkpoints/{aside}/update-00000005",
    ]
