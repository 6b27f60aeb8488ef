"""What all kinds of figures are told by a study. A kind's own settings stand beside how it is drawn."""

from pydantic import Field

from model.config import Strict


class FigureSettings(Strict):
    """A figure of some runs."""

    kind: str
    runs: list[str] = Field(min_length=1)
    default: bool = Field(True, description="whether the default target draws it, and the report shows it")


class SensitivitySettings(FigureSettings):
    """A figure of what the parameters of models that know several languages are sensitive to."""

    objective: str = Field("translation", description="whose loss the parameters are sensitive to")


class Measuring(Strict):
    """How sensitivities are measured, for all figures (Xu et al. 2023, section 5.1)."""

    batches: int = Field(500, gt=0, description="that are averaged over")
    dropout: bool = Field(True, description="whether it is on, as in training (their code)")
