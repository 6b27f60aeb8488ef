"""What all kinds of figures are told by a study. A kind's own settings stand beside how it is drawn."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from model.records import Strict, wrong
from workflow_scripts.study.fields import MetricName, each_once, parse_kind, short_pairs

USUAL_KIND = "learning_curves"  # of a figure that names none


class FigureSettings(Strict):
    """A figure of some runs."""

    kind: str
    runs: list[str] = Field(min_length=1)
    default: bool = Field(True, description="whether the default target draws it, and the report shows it")

    @field_validator("runs", "objectives", check_fields=False)
    @classmethod
    def _each_once(cls, names: Sequence[str]) -> Sequence[str]:
        each_once(list(names))
        return names


class SensitivitySettings(FigureSettings):
    """A figure of what the parameters of models that know several languages are sensitive to."""

    objective: str = Field("translation", description="whose loss the parameters are sensitive to")


class Correlation(SensitivitySettings):
    """What a study says of it."""

    kind: Literal["correlation"] = "correlation"


class Gains(FigureSettings):
    """What a study says of it; its runs are systems of the table."""

    kind: Literal["gains"] = "gains"
    table: str = Field(description="whose groups are shown")
    test_set: str = "test"
    metric: MetricName = "sacrebleu"


class LearningCurves(FigureSettings):
    """What a study says of it."""

    kind: Literal["learning_curves"] = "learning_curves"


class WordSettings(FigureSettings):
    """A figure of the embeddings of words and their translations."""

    pairs: list[str] | None = Field(None, min_length=1, description="by default all that have dictionaries")
    entries: int = Field(1000, gt=0, description="of each dictionary, from its first")

    @field_validator("pairs")
    @classmethod
    def _pairs(cls, pairs: list[str] | None) -> list[str] | None:
        return pairs and short_pairs(pairs)


class Projection(WordSettings):
    """What a study says of it."""

    kind: Literal["projection"] = "projection"


Ratio = Annotated[float, Field(gt=0, le=0.9)]  # a tenth is spared


class Pruning(SensitivitySettings):
    """What a study says of it."""

    kind: Literal["pruning"] = "pruning"
    ratios: list[Ratio] = Field([0.1, 0.2, 0.3, 0.4, 0.5], min_length=1, description="shares of the weights that go")
    test_set: str = "test"
    metric: MetricName = "sacrebleu"


class Retrieval(FigureSettings):
    """What a study says of it."""

    kind: Literal["retrieval"] = "retrieval"
    test_set: str = "test"


class Scores(FigureSettings):
    """What a study says of it."""

    kind: Literal["scores"] = "scores"
    lines: dict[str, dict[float, str]] = Field(min_length=1, description="method → number → run")
    number: str = Field(description="what the number is, for the foot of the figure")
    scale: Literal["linear", "log"] = "linear"
    directions: list[str] | None = Field(None, min_length=1, description="by default all that all its runs have")
    test_set: str = "test"
    metric: MetricName = "sacrebleu"

    @model_validator(mode="before")
    @classmethod
    def _runs_of_lines(cls, settings: Any) -> Any:
        """The runs are those of the lines; a study need not list them."""
        lines = settings.get("lines")
        if not isinstance(lines, dict) or not all(isinstance(line, dict) and line for line in lines.values()):
            message = "lines: write method → number → run, as {mRASP: {1000: mrasp_1k}}"
            raise wrong(message)
        named = list(dict.fromkeys(run for line in lines.values() for run in line.values()))
        if settings.get("runs", named) != named:
            message = "runs: lines name the runs; leave this out"
            raise wrong(message)
        return {**settings, "runs": named}


class Measuring(Strict):
    """How sensitivities are measured, for all figures (Xu et al. 2023, section 5.1)."""

    batches: int = Field(500, gt=0, description="that are averaged over")
    dropout: bool = Field(True, description="whether it is on, as in training (their code)")


class Similarity(WordSettings):
    """What a study says of it."""

    kind: Literal["similarity"] = "similarity"


class Sizes(FigureSettings):
    """What a study says of it."""

    kind: Literal["sizes"] = "sizes"


class TaskCorrelation(FigureSettings):
    """What a study says of it."""

    kind: Literal["task_correlation"] = "task_correlation"
    objectives: tuple[str, str] = Field(description="that the runs learn by, for instance translation and cd")


class Violin(SensitivitySettings):
    """What a study says of it."""

    kind: Literal["violin"] = "violin"


KINDS: dict[str, type[FigureSettings]] = {
    "correlation": Correlation,
    "gains": Gains,
    "learning_curves": LearningCurves,
    "projection": Projection,
    "pruning": Pruning,
    "retrieval": Retrieval,
    "scores": Scores,
    "similarity": Similarity,
    "sizes": Sizes,
    "task_correlation": TaskCorrelation,
    "violin": Violin,
}


def parse_figure(entry: Any) -> Strict:
    """A figure as a study writes it."""
    return parse_kind(entry, KINDS, USUAL_KIND)
