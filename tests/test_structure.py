"""Where code may stand: the rooms of both packages, which room may import which, and how large files and functions are.

A room is a folder of a package. The hall of a package is the files in its top folder; every room may import it. The
commands `model/train.py` and `model/translate.py` are rooms of their own.
"""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests import ROOT

# Room → the rooms that it may import. docs/architecture.md says why.
MODEL = {
    "train": "batches config machine network text training",
    "translate": "batches config decoding interop machine network text",
    "analysis": "batches config machine network objectives text training translate",
    "training": "batches config decoding machine network objectives shards text",
    "interop": "batches config decoding network text",
    "decoding": "batches config network text",
    "batches": "config objectives shards text",
    "network": "config objectives text",
    "config": "objectives",
    "objectives": "text",
    "shards": "text",
    "text": "",
    "machine": "",
}
WORKFLOW = {
    "report": "jobs metrics settings sources tables text",
    "tables": "evaluation metrics settings study",
    "figures": "evaluation metrics settings",
    "substitution": "settings shards study",
    "corpora": "fetching filters plan settings sources study text",
    "dictionaries": "fetching formats settings sources text",
    "subwords": "settings text",
    "shards": "settings text",
    "backtranslation": "settings text",
    "evaluation": "metrics settings text",
    "plan": "metrics settings sources study",
    "settings": "filters sources study",
    "study": "filters sources",
    "sources": "fetching formats",
    "filters": "text",
    "text": "",
    "formats": "",
    "fetching": "",
    "metrics": "",
    "jobs": "",
}
# Room of workflow_scripts → what it may import of `model`, beside its hall.
OF_MODEL = {
    "hall": "text",
    "text": "shards text",
    "formats": "text",
    "fetching": "text",
    "metrics": "text",
    "jobs": "text",
    "filters": "text",
    "sources": "text",
    "study": "config objectives text",
    "plan": "config objectives shards text",
    "settings": "config text",
    "corpora": "text",
    "dictionaries": "text",
    "subwords": "text",
    "shards": "shards text",
    "backtranslation": "shards text",
    "evaluation": "text",
    "substitution": "shards text",
    "tables": "text",
    "figures": "analysis.parameter_vector",
    "report": "config text",
}
TORCH_FREE = {"hall", "text", "objectives", "config", "shards"}  # rooms of `model`
TORCH_FREE_FILES = {"model.analysis.parameter_vector", "model.machine.lease"}
LIMITS = {"modules at the top of workflow_scripts": 8, "of model": 6, "in a folder": 20, "longest chain": 18}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_of(path): path for name in ("model", "workflow_scripts") for path in sorted((ROOT / name).rglob("*.py"))
}
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in FILES.items()}


def room_of(module: str) -> tuple[str, str]:
    """(package, room) of a module: `model.text.bpe` → (model, text), `model.train` → (model, train)."""
    package, *rest = module.split(".")
    if rest and (len(rest) > 1 or rest[0] in ("train", "translate") or FILES[module].name == "__init__.py"):
        return package, rest[0]
    return package, "hall"


def imported(module: str) -> set[str]:
    """All that a module imports, wherever in it: modules of this project in full, of others the top-level package."""
    names = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in FILES else node.module for name in full}
    return {name if name in FILES else name.split(".")[0] for name in names}


IMPORTS = {module: imported(module) for module in FILES}


def allowed(module: str, other: str) -> bool:
    (package, room), (into, door) = room_of(module), room_of(other)
    if (package, room) == (into, door) or door == "hall":
        return package == into or into == "model"
    if package == into:
        return door in (MODEL if package == "model" else WORKFLOW).get(room, "").split()
    return package == "workflow_scripts" and (
        door in (doors := OF_MODEL[room].split()) or other.removeprefix("model.") in doors
    )


@pytest.mark.parametrize("module", FILES)
def test_a_room_imports_only_the_rooms_of_its_row(module):
    assert not sorted(name for name in IMPORTS[module] & set(FILES) if not allowed(module, name))


def test_the_tables_name_rooms_that_exist_and_each_room_once():
    rooms = {room_of(module) for module in FILES} - {("model", "hall"), ("workflow_scripts", "hall")}
    assert {room for package, room in rooms if package == "model"} == set(MODEL)
    assert (
        {room for package, room in rooms if package == "workflow_scripts"} == set(WORKFLOW) == set(OF_MODEL) - {"hall"}
    )


@pytest.mark.parametrize("doors", [MODEL, WORKFLOW])
def test_a_room_stands_above_all_that_it_imports(doors):
    assert list(TopologicalSorter({room: row.split() for room, row in doors.items()}).static_order())


def chain_of(module: str, known: dict[str, int]) -> int:
    """How many modules the longest chain of imports from a module has."""
    if module not in known:
        known[module] = 1 + max((chain_of(name, known) for name in IMPORTS[module] & set(FILES)), default=0)
    return known[module]


def test_modules_import_each_other_in_no_circle_and_in_short_chains():
    graph = {module: names & set(FILES) - {module} for module, names in IMPORTS.items()}
    assert list(TopologicalSorter(graph).static_order())
    known: dict[str, int] = {}
    assert max(chain_of(module, known) for module in FILES) <= LIMITS["longest chain"]


def test_no_folder_is_a_long_list():
    folders: dict[Path, list[str]] = {}
    for path in FILES.values():
        if path.name != "__init__.py":
            folders.setdefault(path.parent, []).append(path.name)
    assert len(folders.pop(ROOT / "model")) <= LIMITS["of model"]
    assert len(folders.pop(ROOT / "workflow_scripts")) <= LIMITS["modules at the top of workflow_scripts"]
    assert {folder.name: len(names) for folder, names in folders.items() if len(names) > LIMITS["in a folder"]} == {}


@pytest.mark.parametrize("module", FILES)
def test_what_a_module_must_not_load(module):
    package, room = room_of(module)
    forbidden = {"snakemake"} if package == "model" else {"snakemake", "torch", "safetensors"}
    if package == "model" and (room in TORCH_FREE or module in TORCH_FREE_FILES):
        forbidden |= {"torch"}
    assert not IMPORTS[module] & forbidden


def loads(modules: list[str], package: str) -> bool:
    """Whether a package is loaded once these modules are."""
    code = f"import sys, {', '.join(modules)}; sys.exit('{package}' in sys.modules)"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode != 0


def test_the_workflow_and_what_it_takes_of_the_model_load_without_torch():
    free = [module for module in FILES if room_of(module)[0] == "workflow_scripts" or room_of(module)[1] in TORCH_FREE]
    assert not loads([*free, *sorted(TORCH_FREE_FILES)], "torch")


def test_training_loads_without_snakemake():
    """So a machine of a cluster needs none to train."""
    assert not loads(["model.train"], "snakemake")


def is_command(module: str) -> bool:
    return 'if __name__ == "__main__":' in FILES[module].read_text(encoding="utf-8")


def test_no_package_imports_a_command_of_its_own():
    """Else `python -m` would run that module twice."""
    for module, path in FILES.items():
        if path.name == "__init__.py":
            assert not [name for name in IMPORTS[module] & set(FILES) if is_command(name)], module


TEXTS = [
    *FILES.values(),
    *(path for ending in ("*.py", "*.md", "*.smk") for path in ROOT.rglob(ending) if ".venv" not in path.parts),
]


@pytest.mark.parametrize("path", sorted(set(TEXTS)), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_that_is_named_exists(path):
    for module in re.findall(r"python -m ((?:model|workflow_scripts)[\w.]*\w)", path.read_text(encoding="utf-8")):
        assert is_command(module), module


CODE = sorted(path for path in ROOT.rglob("*.py") if ".venv" not in path.parts)


@pytest.mark.parametrize("path", [*CODE, *sorted(ROOT.glob("rules/*.smk"))], ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_readable_in_one_sitting(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    if path.suffix == ".py":
        functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
        assert not [f.name for f in functions if f.end_lineno - f.lineno > 45]
