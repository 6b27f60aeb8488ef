"""The documentation says what is there: every key of a study, every folder, every link."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from model.config import ModelConfig, SearchConfig, TrainingConfig
from model.segmenters import SEGMENTERS
from workflow_scripts.filters import FILTERS
from workflow_scripts.score import METRICS
from workflow_scripts.sources import SOURCES
from workflow_scripts.study import Dictionaries, Figure, HeldOut, Run, Study, Substitution, Subwords, Table

ROOT = Path(__file__).parents[1]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
SCHEMAS = [
    Study, Subwords, Dictionaries, Substitution, HeldOut, Run, Table, Figure, ModelConfig, TrainingConfig, SearchConfig
]  # fmt: skip


@pytest.mark.parametrize("schema", [*SCHEMAS, *(module.Corpus for module in SOURCES.values())])
def test_every_key_of_a_study_is_in_the_reference(schema: type[BaseModel]):
    for name, field in schema.model_fields.items():
        assert re.search(rf"\b{field.alias or name}\b", REFERENCE), name


def test_every_row_of_a_table_is_in_the_reference():
    for name in [*SEGMENTERS, *METRICS]:
        assert f"`{name}`" in REFERENCE
    assert "`workflow_scripts/filters.py`" in REFERENCE and all(f.__doc__ for f in FILTERS.values())


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name)
def test_links_and_named_files_exist(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / link).exists(), link
    for name in re.findall(r"`((?:docs|model|rules|workflow_scripts|tests|profiles)/[\w./]*)`", text):
        assert (ROOT / name).exists(), name


def test_defaults_in_the_reference_are_those_of_the_schema():
    training, model = TrainingConfig(), ModelConfig()
    for value in (training.updates, training.batch_tokens, training.warmup, model.width, Subwords().max_size):
        assert str(value) in REFERENCE
