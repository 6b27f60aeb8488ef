"""Settings of the steps that make tables."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.settings.evaluation import Checkpoint
from workflow_scripts.study.claims import Claim
from workflow_scripts.study.fields import MetricName
from workflow_scripts.study.tables import Group, Published, Test


class ExpectedScore(Strict):
    """A score that a table shows if its file exists."""

    run: str = Field(description="name of the model")
    system: str = Field(description="the row of `runs` that the model belongs to")
    test_set: str
    direction: str
    file: str


class ScoreTabulation(Strict):
    """Settings of `tabulate` for one table of scores."""

    labels: dict[str, str] = Field(description="system → its name in the table, in the order of the rows")
    baseline: str | None
    significance: Test | Literal["none"]
    correction: Literal["holm", "none"]
    test_sets: list[str]
    metrics: list[MetricName]
    groups: dict[str, Group]
    published: list[Published]
    scores: list[ExpectedScore]
    comparisons: list[str] = Field(description="files of significance tests")
    partners: dict[str, list[int]] = Field(
        description="system → for each of its seeds, the position of the baseline's seed that it is compared with"
    )
    samples: int | None = Field(description="number of samples that each test draws; null if the table has no tests")


class SampleTabulation(Strict):
    """Settings of `tabulate_samples` for one table of samples."""

    labels: dict[str, str] = Field(description="system → its name in the table")
    segments: int = Field(description="number of segments of each direction")
    lines: list[int] | None = Field(description="line numbers in the test set, from 1, in place of `segments`")
    translations: list[tuple[str, str, str]] = Field(description="(model, test set, direction)")


class CorporaTabulation(Strict):
    """Settings of `tabulate_corpora` for one table of corpora."""

    reports: list[str] = Field(description="cleaning report of each text")


class TunedModel(Strict):
    """A model of a table of search settings."""

    system: str = Field(description="the row of `runs` that the model belongs to")
    directions: list[str] = Field(description="its directions in the dev set")
    file: str = Field(description="its translations of the dev set")


class SearchTabulation(Strict):
    """Settings of `tabulate_search` for one table."""

    labels: dict[str, str] = Field(description="system → its name in the table, in the order of the rows")
    metric: MetricName
    comet: Checkpoint | None = Field(description="the checkpoint, where COMET is the metric")
    beams: list[int] | None = Field(description="beams that were tried; null: each run had its own")
    patiences: list[float] | None = Field(None, description="patiences that were tried; null: each run had its own")
    length_penalties: list[float] = Field(description="length penalties that were tried")
    seeds: bool = Field(description="whether a run has several seeds, of which the first is tuned")
    models: list[TunedModel]


class FigureData(Strict):
    """The kind of a figure, and its table."""

    kind: str
    file: str


class ClaimTabulation(Strict):
    """Settings of `tabulate_claims` for one table of claims."""

    claims: list[Claim]
    seeds: list[int] = Field(description="for each claim, the seeds of the run that has fewest")
    regime: str | None
    tables: dict[str, str] = Field(description="table of scores → its TSV")
    figures: dict[str, FigureData]
