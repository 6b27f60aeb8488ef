"""What the steps of `tables` are told."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.fields import MetricName
from workflow_scripts.study.tables import Group, Published, Test


class ExpectedScore(Strict):
    """A score that a table shows, where its file is there."""

    run: str = Field(description="the model")
    system: str = Field(description="the row of `runs` that the model belongs to")
    test_set: str
    direction: str
    file: str


class ScoreTabulation(Strict):
    """What `tabulate` is told of a table of scores."""

    labels: dict[str, str] = Field(description="system → what people are shown, in the order of the rows")
    baseline: str | None
    significance: Test | Literal["none"]
    test_sets: list[str]
    metrics: list[MetricName]
    groups: dict[str, Group]
    published: list[Published]
    scores: list[ExpectedScore]
    comparisons: list[str] = Field(description="files of tests of significance")
    samples: int | None = Field(description="that each test draws; none where the table has no tests")


class SampleTabulation(Strict):
    """What `tabulate_samples` is told of a table of samples."""

    labels: dict[str, str] = Field(description="system → what people are shown")
    segments: int = Field(description="of each direction")
    lines: list[int] | None = Field(description="of the test set, from 1, to take instead")
    translations: list[tuple[str, str, str]] = Field(description="(model, test set, direction)")


class CorporaTabulation(Strict):
    """What `tabulate_corpora` is told of a table of corpora."""

    reports: list[str] = Field(description="files with what cleaning says of each text")
