"""What the steps of `evaluation` are told."""

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.fields import MetricName


class Scoring(Strict):
    """What `score` is told of a model."""

    system: str = Field(description="the row of `runs` that the model belongs to")
    metrics: list[MetricName]
    comet: str | None = Field(description="file of the checkpoint, where COMET is among the metrics")


class Comparison(Strict):
    """What `compare` is told of a baseline and a test of significance."""

    metrics: list[MetricName]
    samples: int = Field(description="that the test draws")
    seed: int = Field(description="of the study")
    comet: str | None = Field(description="file of the checkpoint, where COMET is among the metrics")


class ScoreFiles(Strict):
    """What `collect_scores` is told."""

    files: list[str] = Field(description="in the order of scores.tsv")
