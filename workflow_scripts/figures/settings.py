"""What all kinds of figures are told by a study. A kind's own settings stand beside how it is drawn."""

from collections.abc import Sequence

from pydantic import Field, field_validator

from model.config import Strict
from workflow_scripts.schema import each_once, short_pairs


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


class WordSettings(FigureSettings):
    """A figure of the embeddings of words and their translations."""

    pairs: list[str] | None = Field(None, min_length=1, description="by default all that have dictionaries")
    entries: int = Field(1000, gt=0, description="of each dictionary, from its first")

    @field_validator("pairs")
    @classmethod
    def _pairs(cls, pairs: list[str] | None) -> list[str] | None:
        return pairs and short_pairs(pairs)


class Measuring(Strict):
    """How sensitivities are measured, for all figures (Xu et al. 2023, section 5.1)."""

    batches: int = Field(500, gt=0, description="that are averaged over")
    dropout: bool = Field(True, description="whether it is on, as in training (their code)")
