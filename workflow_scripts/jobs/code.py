"""Digests of the code that commands run, so that a change of this project's own code makes results again.

The digest of a command covers its module and all modules of the project that this imports, directly or not. Comments,
docstrings and formatting do not count. A template or another file beside a module counts if the module or such a file
names it.
"""

import ast
import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Modules on which no result depends: messages, progress, waiting for GPUs. What study, plan and settings find out for a
# job is in the settings file of the job, whose name is a parameter too.
WITHOUT_RESULTS = re.compile(
    r"model\.(command|progress|training\.monitor|machine\.lease)|workflow_scripts\.(study|plan|settings)(\..*)?"
)
# A training takes long, so there is only a warning (rules/start.smk). A fetched file is known by its checksum.
NOT_MADE_AGAIN = {"model.train", "workflow_scripts.corpora.fetch"}


def code_of(shell: str | None) -> dict[str, str]:
    """The parameter `code` of a rule with this shell command, for people to read: what it runs, and a digest."""
    for module in re.findall(r"python -m ((?:model|workflow_scripts)\.[\w.]+)", shell or ""):
        if module not in NOT_MADE_AGAIN and module != "model.machine.lease":
            return {"code": f"code of {module}: {digest(module)}"}
    return {}


@cache
def digest(module: str) -> str:
    """A short hash of the code of a command: of its module and of all that this imports of the project."""
    found, waiting = set[str](), [module]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += (other for other in _module(name)[1] if not WITHOUT_RESULTS.fullmatch(other))
    return hashlib.sha256(b"".join(_module(name)[0] for name in sorted(found))).hexdigest()[:8]


def trained_by_other_code(runs: Iterable[Path]) -> list[Path]:
    """The folders of runs whose training began with other code than that of now, as `model.train` noted there."""
    notes = ((run, run / "code.json") for run in runs)
    return [
        run for run, note in notes if note.exists() and json.loads(note.read_text())["code"] != digest("model.train")
    ]


def set_checkpoints_aside(run: Path) -> None:
    """Move the checkpoints of a run into a folder beside them, so that its training begins again."""
    aside = run / "checkpoints" / f"before-{digest('model.train')}"
    for checkpoint in sorted(run.glob("checkpoints/update-*")):
        aside.mkdir(exist_ok=True)
        shutil.rmtree(aside / checkpoint.name, ignore_errors=True)
        checkpoint.rename(aside / checkpoint.name)


@cache
def _module(name: str) -> tuple[bytes, list[str]]:
    """The hash of one module, and the modules of the project that it imports."""
    path = _path(name)
    if path is None:
        raise ValueError(f"{name}: no module of the project")
    tree = ast.parse(path.read_bytes())
    nodes = list(ast.walk(tree))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    hashed = hashlib.sha256("\n".join(_words(tree, [])).encode())
    for file in _files_beside(path, texts):
        hashed.update(file.read_bytes())
    names = {other for node in nodes for other in _imported(node)}
    if "importlib.import_module" in names:  # of modules in its own folder, whose names stand in it
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        names |= {f"{package}.{text}" for text in texts if text.isidentifier()}
    names |= {other.rpartition(".")[0] for other in names}
    return hashed.digest(), sorted(other for other in names if other and _path(other))


def _path(name: str) -> Path | None:
    """The file of a module of the project, or None for another name."""
    path = ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _files_beside(path: Path, texts: set[str]) -> list[Path]:
    """The files in the folder of a module that it names, and those that they name: a template, and its style sheet."""
    others = {file for file in path.parent.iterdir() if file.is_file() and file.suffix != ".py"}
    found, waiting = set[Path](), {file for file in others if file.name in texts}
    while waiting:
        found |= waiting
        named = "".join(file.read_text(encoding="utf-8") for file in waiting)
        waiting = {file for file in others - found if file.name in named}
    return sorted(found)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def _words(node: Any, words: list[str]) -> list[str]:
    """A syntax tree as words, without empty fields, so that it is the same in all versions of Python."""
    if isinstance(node, ast.AST):
        words.append(type(node).__name__)
        for field in node._fields:
            value = getattr(node, field, None)
            if field == "body" and isinstance(value, list) and value and _is_text(value[0]):
                value = value[1:]  # a docstring
            if value is not None and value != []:
                words.append(field)
                _words(value, words)
        words.append("end")
    elif isinstance(node, list):
        for part in node:
            _words(part, words)
    else:
        words.append(repr(node))
    return words


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
