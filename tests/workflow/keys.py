"""The keys that a study may have, by their paths in it."""

from collections.abc import Iterator

from pydantic import BaseModel

from model.config.model import ModelConfig
from model.config.run import IntraDistillation
from model.config.search import SearchConfig
from model.config.training import TrainingConfig
from workflow_scripts.filters import FILTERS, LAST, ONLY
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.claims import Claim, Within
from workflow_scripts.study.figures import KINDS as FIGURES
from workflow_scripts.study.figures import Measuring
from workflow_scripts.study.preparation import (
    Backtranslation,
    Decontamination,
    Dictionaries,
    Graph,
    HeldOut,
    Substitution,
    Subwords,
)
from workflow_scripts.study.runs import External, Learned, Run
from workflow_scripts.study.study import Study
from workflow_scripts.study.tables import KINDS as TABLES
from workflow_scripts.study.tables import Group, Published, Samples

PARTS: dict[str, type[BaseModel]] = {
    "": Study,
    "corpora.": Item,
    "testsets.": HeldOut,
    "decontamination.": Decontamination,
    "subwords.": Subwords,
    "dictionaries.": Dictionaries,
    "substitution.": Substitution,
    "substitution.graph.": Graph,
    "backtranslation.": Backtranslation,
    "model.": ModelConfig,
    "training.": TrainingConfig,
    "search.": SearchConfig,
    "runs.": Run,
    "runs.external.": External,
    "runs.objectives.": Learned,
    "runs.intra_distillation.": IntraDistillation,
    "significance.": Samples,
    "sensitivity.": Measuring,
    "tables.groups.": Group,
    "tables.published.": Published,
    "tables.claims.claims.": Claim,
    "tables.claims.claims.expected.": Within,
    **{f"tables.{kind}.": schema for kind, schema in TABLES.items()},
    **{f"figures.{kind}.": schema for kind, schema in FIGURES.items()},
}


def keys() -> Iterator[str]:
    """Every key: of a study, of its parts, and each filter. A key that holds a part counts by the part's keys alone."""
    parts = {prefix.removesuffix(".") for prefix in PARTS}
    holders = parts | {
        "filters",
        "tables",
        "figures",
        "runs.objectives",
        "tables.scores.groups",
        "tables.scores.published",
    }
    for prefix, schema in PARTS.items():
        for name, field in schema.model_fields.items():
            key = f"{prefix}{field.alias or name}"
            if key not in holders:
                yield key
    yield from (f"filters.{name}" for name in (ONLY, *FILTERS, LAST))
