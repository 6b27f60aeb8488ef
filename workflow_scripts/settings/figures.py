"""What the steps of `figures` are told."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.fields import MetricName


class Curves(Strict):
    """What `collect_metrics` is told of a figure of learning curves."""

    metrics: dict[str, str] = Field(description="model → the file that training writes of its updates")


class ScoreCurves(Strict):
    """What `score_curves` is told of a figure of scores over a number."""

    lines: dict[str, dict[float, str]] = Field(description="method → number → run")
    number: str = Field(description="what the number is, for the foot of the figure")
    scale: Literal["linear", "log"]
    metric: MetricName
    files: list[str] = Field(description="of scores")


class GroupGains(Strict):
    """What `group_gains` is told of a figure of gains."""

    groups: list[str] = Field(description="columns of the table")
    runs: list[str]
    metric: MetricName
    test_set: str


class TextSizes(Strict):
    """What `text_sizes` is told of a figure of sizes."""

    reports: list[str] = Field(description="files with what cleaning says of each text")


class Measured(Strict):
    """A file of sensitivities, and what it is of."""

    run: str = Field(description="the model")
    objective: str
    language: str = Field(description="of the batches: `gl`, `not_gl` for all others, `every` for all")
    file: str


class Sensitivities(Strict):
    """What `correlate_languages`, `correlate_tasks` and `sensitivity_distribution` are told of a figure."""

    files: list[Measured]


class PrunedScores(Strict):
    """What `collect_pruned_scores` is told of a figure of pruning."""

    metric: MetricName
    pruned: list[str] = Field(description="files of scores of pruned models")
    unpruned: list[str] = Field(description="files of scores of the same models as they were trained")


class Plot(Strict):
    """What `plot` is told of a figure."""

    kind: str
    labels: dict[str, str] = Field(description="run → what people are shown")
