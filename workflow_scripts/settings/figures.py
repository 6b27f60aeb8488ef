"""Settings of the steps that make figures."""

from typing import Literal

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.fields import MetricName


class Curve(Strict):
    """The learning curve of a model and a seed."""

    model: str = Field(description="name of the model of the first seed")
    seed: int
    baseline: str | None = Field(description="model that it is compared with")
    file: str = Field(description="metrics.jsonl of its training")


class Curves(Strict):
    """Settings of `collect_metrics` for one figure of learning curves."""

    curves: list[Curve]


class ScoreCurves(Strict):
    """Settings of `score_curves` for one figure of scores over a number."""

    lines: dict[str, dict[float, str]] = Field(description="method → number → run")
    number: str = Field(description="name of the number, for the x axis")
    scale: Literal["linear", "log"]
    metric: MetricName
    files: list[str] = Field(description="score files")


class GroupGains(Strict):
    """Settings of `group_gains` for one figure of gains."""

    groups: list[str] = Field(description="columns of the table to draw")
    runs: list[str]
    metric: MetricName
    test_set: str


class TextSizes(Strict):
    """Settings of `text_sizes` for one figure of sizes."""

    reports: list[str] = Field(description="cleaning report of each text")


class Measured(Strict):
    """A file of sensitivities: its model, its objective and the language of its batches."""

    run: str = Field(description="name of the model")
    objective: str
    language: str = Field(description="language of the batches: `gl`, `not_gl` for all others, `every` for all")
    file: str


class Sensitivities(Strict):
    """Settings of `correlate_languages`, `correlate_tasks` and `sensitivity_distribution` for one figure."""

    files: list[Measured]


class PrunedScores(Strict):
    """Settings of `collect_pruned_scores` for one figure of pruning."""

    metric: MetricName
    pruned: list[str] = Field(description="score files of pruned models")
    unpruned: list[str] = Field(description="score files of the same models before pruning")


class Plot(Strict):
    """Settings of `plot` for one figure."""

    kind: str
    labels: dict[str, str] = Field(description="run → its name in the figure")
