"""The rows of `figures` in a study: what the keys of each kind may hold."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from model.records import Strict, wrong
from workflow_scripts.study.fields import Label, MetricName, each_once, parse_kind, short_pairs

PARTS = ["all", "high", "low"]  # of the parameters: all, the most sensitive tenth, the rest
USUAL_KIND = "learning_curves"  # of a figure that names none


class FigureSettings(Strict):
    """A figure of some runs."""

    kind: str = Field(description="what the figure shows")
    runs: list[str] = Field(min_length=1, description="runs that the figure shows")
    default: bool = Field(True, description="whether the default target draws it, for the report")

    @field_validator("runs", "objectives", check_fields=False)
    @classmethod
    def _each_once(cls, names: Sequence[str]) -> Sequence[str]:
        each_once(list(names))
        return names


class ModelSettings(FigureSettings):
    """A figure of what single models are like."""

    seeds: Literal["first", "all"] = Field(
        "first", description="of a run with several seeds: the model of its first, or those of all, which claims need"
    )

    @property
    def quantities(self) -> list[str]:
        """The numbers that the figure comes down to for each model; a claim that names none is about the first."""
        return []


class SensitivitySettings(ModelSettings):
    """A figure of how sensitive a loss is to the parameters of models that know several languages."""

    objective: str = Field("translation", description="objective whose loss the sensitivities are of")


class Correlation(SensitivitySettings):
    """How similar languages are in the sensitivity of parameters, as heat maps (Xu et al. 2023, figures 2, 6 and 8)."""

    kind: Literal["correlation"] = Field("correlation", description="`correlation`")

    @property
    def quantities(self) -> list[str]:
        """See ModelSettings."""
        return PARTS


class Gains(FigureSettings):
    """The means of a table's groups as bars, with their difference to the table's baseline."""

    kind: Literal["gains"] = Field("gains", description="`gains`")
    table: str = Field(description="table of scores that has the groups")
    test_set: str = Field("test", description="test set of the table")
    metric: MetricName = Field("sacrebleu", description="metric of the table")


class LearningCurves(FigureSettings):
    """Dev loss and dev BLEU over updates, with the best of each model marked, and where it overtakes a baseline."""

    kind: Literal["learning_curves"] = Field("learning_curves", description="`learning_curves`")
    baseline: str | None = Field(None, description="run of the figure that the others are compared with")


class WordSettings(ModelSettings):
    """A figure of the embeddings of words and their translations."""

    pairs: list[str] | None = Field(
        None, min_length=1, description="pairs whose dictionaries are used; by default all that have one"
    )
    entries: int = Field(1000, gt=0, description="entries of each dictionary, from its first on")

    @field_validator("pairs")
    @classmethod
    def _pairs(cls, pairs: list[str] | None) -> list[str] | None:
        return pairs and short_pairs(pairs)


class Projection(WordSettings):
    """Words and their translations on the first two principal components (Lin et al. 2020, figures 2 and 5 to 8)."""

    kind: Literal["projection"] = Field("projection", description="`projection`")


Ratio = Annotated[float, Field(gt=0, le=0.9)]  # a tenth is spared


class Pruning(SensitivitySettings):
    """The drop of scores when the parameters that a language needs least are zero (Xu et al. 2023, figures 3 and 9)."""

    kind: Literal["pruning"] = Field("pruning", description="`pruning`")
    ratios: list[Ratio] = Field(
        [0.1, 0.2, 0.3, 0.4, 0.5], min_length=1, description="shares of the weights and biases that are set to zero"
    )
    test_set: str = Field("test", description="test set that is translated")
    metric: MetricName = Field("sacrebleu", description="metric of the drop")

    @property
    def quantities(self) -> list[str]:
        """See ModelSettings."""
        return [f"{ratio:g}" for ratio in self.ratios]


class Retrieval(ModelSettings):
    """The share of lines whose nearest line of another language is their translation."""

    kind: Literal["retrieval"] = Field("retrieval", description="`retrieval`")
    test_set: str = Field("test", description="test set whose lines are looked for")

    @property
    def quantities(self) -> list[str]:
        """See ModelSettings."""
        return ["accuracy"]


class Scores(FigureSettings):
    """Scores over a number that runs differ in (Lin et al. 2020, figure 4; Xu et al. 2023, figure 11)."""

    kind: Literal["scores"] = Field("scores", description="`scores`")
    lines: dict[Label, dict[float, str]] = Field(min_length=1, description="line of the figure → number → run")
    number: Label = Field(description="name of the number, for the x axis")
    scale: Literal["linear", "log"] = Field("linear", description="scale of the x axis")
    directions: list[str] | None = Field(
        None, min_length=1, description="directions of the mean; by default all that every run has"
    )
    test_set: str = Field("test", description="test set of the scores")
    metric: MetricName = Field("sacrebleu", description="metric of the scores")

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

    batches: int = Field(500, gt=0, description="batches of the mean")
    dropout: bool = Field(True, description="whether dropout is on, as in training")


class Similarity(WordSettings):
    """The mean cosine of words and their translations, by dictionary (Lin et al. 2020, figure 3)."""

    kind: Literal["similarity"] = Field("similarity", description="`similarity`")

    @property
    def quantities(self) -> list[str]:
        """See ModelSettings."""
        return ["above", "translations", "random"]


class Sizes(FigureSettings):
    """How many segments each text of the runs has (Xu et al. 2023, figure 5)."""

    kind: Literal["sizes"] = Field("sizes", description="`sizes`")


class TaskCorrelation(ModelSettings):
    """How similar two objectives are in the sensitivity of parameters, by language (Xu et al. 2023, figure 7)."""

    kind: Literal["task_correlation"] = Field("task_correlation", description="`task_correlation`")
    objectives: tuple[str, str] = Field(description="two objectives of the runs, for instance translation and cd")

    @property
    def quantities(self) -> list[str]:
        """See ModelSettings."""
        return PARTS


class Violin(SensitivitySettings):
    """The distribution of sensitivity over all parameters (Xu et al. 2023, figure 10)."""

    kind: Literal["violin"] = Field("violin", description="`violin`")

    @property
    def quantities(self) -> list[str]:
        """See ModelSettings."""
        return ["standard deviation", "0.25", "0.5", "0.75"]


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
