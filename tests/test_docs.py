"""The documentation says what is there: every key of a study, every folder, every link."""

import re

import pytest
import yaml
from pydantic import BaseModel

from model.config.model import ModelConfig
from model.config.run import IntraDistillation
from model.config.search import SearchConfig
from model.config.training import TrainingConfig
from model.text.segmenters import SEGMENTERS
from tests import ROOT
from tests.test_structure import MODEL, WORKFLOW
from workflow_scripts.filters import FILTERS, LAST
from workflow_scripts.metrics import METRICS
from workflow_scripts.sources import NAMES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.figures import KINDS, Measuring
from workflow_scripts.study.preparation import Backtranslation, Dictionaries, HeldOut, Substitution, Subwords
from workflow_scripts.study.runs import Learned, Run
from workflow_scripts.study.study import Study
from workflow_scripts.study.tables import KINDS as TABLES
from workflow_scripts.study.tables import Group, Published, Samples

REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
SCHEMAS = [
    Study, Item, Subwords, Dictionaries, Substitution, Backtranslation, Run, Learned, IntraDistillation, Group,
    Published, Samples, Measuring, *TABLES.values(), *KINDS.values(), ModelConfig,
    TrainingConfig, SearchConfig,
]  # fmt: skip


ROWS = [*re.findall(r"^\| ((?:`[^`]+`,? ?)+)", REFERENCE, re.M), *re.findall(r"^## (.*)", REFERENCE, re.M)]
KEYS = {key.split(".")[-1] for row in ROWS for key in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_key_of_a_study_has_a_row_in_the_reference(schema: type[BaseModel]):
    assert {field.alias or name for name, field in schema.model_fields.items()} <= KEYS


def test_the_keys_of_a_test_set_stand_in_its_row():
    (row,) = re.findall(r"^\| `testsets` .*", REFERENCE, re.M)
    assert set(HeldOut.model_fields) <= set(re.findall(r"\w+", row))


@pytest.mark.parametrize("source", NAMES)
def test_every_source_has_a_row_in_the_reference(source):
    assert source in KEYS


def test_every_row_of_a_table_is_in_the_reference():
    for name in [*SEGMENTERS, *METRICS, *KINDS, *TABLES]:
        assert f"`{name}`" in REFERENCE
    assert {*FILTERS, LAST} <= KEYS and all(f.__doc__ for f in FILTERS.values())


FOLDERS = ("model", "workflow_scripts", "bench", "tests")
PAGES = sorted((ROOT / "docs").rglob("*.md"))
OTHERS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
MAPS = {name: ROOT / name / "README.md" for name in ("model", "workflow_scripts")}


@pytest.mark.parametrize("page", [*OTHERS, *MAPS.values(), *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_links_and_named_files_exist(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / link).exists(), link
    if page.parent.name == "how-to":  # whose readers are to make some of the files
        return
    for name in re.findall(r"`((?:docs|model|rules|workflow_scripts|tests|profiles)/[\w./]*)`", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent.name != "how-to"], ids=lambda p: p.name)
def test_a_file_that_a_page_names_is_one_file(page):
    """`losses.py`, or `training/losses.py` where several files have that name."""
    files = [str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    named = set(re.findall(r"`([\w./]+\.py)`", page.read_text(encoding="utf-8")))
    found = {name: [file for file in files if f"/{file}".endswith(f"/{name}")] for name in named}
    assert {name: paths for name, paths in found.items() if len(paths) != 1 and not (ROOT / name).exists()} == {}


def test_the_readme_lists_every_page():
    listed = re.findall(r"\]\((docs/[^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {str(page.relative_to(ROOT)) for page in PAGES} <= set(listed)


@pytest.mark.parametrize(("package", "rooms"), [("model", MODEL), ("workflow_scripts", WORKFLOW)])
def test_the_map_of_a_package_says_what_each_room_may_import(package, rooms):
    page = MAPS[package].read_text(encoding="utf-8")
    found = {}
    for names, imported in re.findall(r"^\| [0-9] \| ([^|]+) \|[^|]+\| ([^|]+) \|$", page, re.M):
        row = "" if imported == "–" else imported.replace(",", "")
        found.update(dict.fromkeys(re.findall(r"`(\w+)(?:/|\.py)`", names), row))
    assert found == rooms


def test_the_map_of_the_snakefile_names_each_file_of_rules():
    head = (ROOT / "Snakefile").read_text(encoding="utf-8").split("\nfrom ")[0]
    listed = [name for row in re.findall(r"^#   ([a-z, ]+?)   ", head, re.M) for name in row.split(", ")]
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "rules").glob("*.smk"))


def test_what_is_read_first_is_short():
    for page, lines in ((ROOT / "README.md", 120), *((page, 60) for page in MAPS.values())):
        assert len(page.read_text(encoding="utf-8").splitlines()) <= lines, page


def test_hooks_of_a_commit_are_commands_of_make_check():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(RUN)", ".venv/bin/")
    assert {hook["entry"] for hook in hooks} <= {line.strip() for line in makefile.splitlines()}


def test_defaults_in_the_reference_are_those_of_the_schema():
    for section, schema in (("training", TrainingConfig), ("model", ModelConfig), ("search", SearchConfig)):
        for keys, values in re.findall(
            rf"^\| ((?:`(?:{section}\.)[^`]+`)(?:, `[^`]+`)*) \| ([^|]+?) \|", REFERENCE, re.M
        ):
            names = [key.split(".")[-1] for key in re.findall(r"`([^`]+)`", keys)]
            if values == "by the text":
                continue
            found = [v.strip("`") for v in re.split(r", (?![0-9.]+\))", values)]
            for name, value in zip(names, found, strict=True):
                default = schema.model_fields[name].default
                said = "none" if default in (None, []) else str(default)
                assert said.lower() == value.lower() or float(value) == default, name
