"""Settings of the steps of evaluation."""

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.fields import MetricName


class Scoring(Strict):
    """Settings of `score` for one model."""

    system: str = Field(description="the row of `runs` that the model belongs to")
    metrics: list[MetricName]
    comet: str | None = Field(description="file of the checkpoint, where COMET is among the metrics")


class Comparison(Strict):
    """Settings of `compare` for one baseline and one significance test."""

    metrics: list[MetricName]
    samples: int = Field(description="number of samples that the test draws")
    seed: int = Field(description="seed of the study")
    comet: str | None = Field(description="file of the checkpoint, where COMET is among the metrics")


class ScoreFiles(Strict):
    """Settings of `collect_scores`."""

    files: list[str] = Field(description="score files, in the order of scores.tsv")
