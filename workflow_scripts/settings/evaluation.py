"""Settings of the steps of evaluation."""

from typing import Any

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.fields import MetricName


class Checkpoint(Strict):
    """A COMET checkpoint, with what changes if its file is exchanged."""

    path: str
    bytes: int
    modified: int = Field(description="time of the last change of the file, in nanoseconds")


class Scoring(Strict):
    """Settings of `score` for one model."""

    system: str = Field(description="the row of `runs` that the model belongs to")
    metrics: list[MetricName]
    comet: Checkpoint | None = Field(description="the checkpoint, where COMET is among the metrics")
    search: dict[str, Any] = Field(description="the settings of the search that translations depend on")
    pairs: dict[str, int | None] = Field(
        description="direction → most pairs of text that the model learned to translate from; null: all of the text"
    )


class Comparison(Strict):
    """Settings of `compare` for one baseline and one significance test."""

    metrics: list[MetricName]
    samples: int = Field(description="number of samples that the test draws")
    seed: int = Field(description="seed of the study")
    comet: Checkpoint | None = Field(description="the checkpoint, where COMET is among the metrics")


class ScoreFiles(Strict):
    """Settings of `collect_scores`."""

    files: list[str] = Field(description="score files, in the order of scores.tsv")
    digests: dict[str, str] = Field(description="of these, files of other tables → SHA-256 of the content")
