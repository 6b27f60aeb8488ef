"""How a run is trained: schedule, regularisation, evaluation and when to stop."""

import operator
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from model.records import Strict, wrong

# Settings that change no weight of a finished run: what is kept, when a run stops with an error, how code is compiled
# and which kernels a GPU uses (only the rounding changes, as with another number of processes).
WITHOUT_EFFECT = {"checkpoint_every", "keep_checkpoints", "keep_updates", "max_skipped", "compile", "deterministic"}

NewRows: TypeAlias = Literal["mean", "multivariate", "random"]


class TrainingConfig(Strict):
    """Schedule and regularisation. Defaults are those of mRASP's paper, or of its code where the paper says nothing."""

    updates: int = Field(150_000, gt=0, description="most updates")
    batch_tokens: int = Field(
        4096, gt=0, description="most tokens of a batch: rows times the longer side, padding included"
    )
    batches_per_update: int = Field(1, gt=0, description="batches of an update, over all processes")
    temperature: float = Field(
        1.0, ge=1, description="T: a direction gets a share of rows^(1/T); 1: the share of its rows"
    )
    learning_rate: float = Field(5e-4, gt=0, description="the peak, reached after `warmup` updates")
    warmup: int = Field(4000, ge=0, description="updates until the learning rate is at its peak")
    warmup_from: float = Field(1e-7, ge=0, description="learning rate before the first update")
    schedule: Literal["linear", "inverse_sqrt"] = Field("linear", description="decay of the learning rate")
    dropout: float = Field(0.2, ge=0, lt=1, description="dropout of layers and embeddings")
    attention_dropout: float = Field(0.1, ge=0, lt=1, description="dropout of attention weights")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="probability that is spread over all other tokens")
    adam_betas: tuple[float, float] = Field((0.9, 0.98), description="betas of Adam")
    adam_eps: float = Field(1e-8, description="epsilon of Adam")
    clip_norm: float = Field(0.0, ge=0, description="largest gradient norm; 0 for none")
    spike: float = Field(
        100.0, ge=0, description="skip updates with a gradient norm above so many times the median; 0: none"
    )
    max_skipped: int = Field(10, ge=0, description="updates skipped in a row before the run stops")
    evaluate_every: int = Field(1000, gt=0, description="updates between evaluations, each with a checkpoint")
    evaluation_share: float = Field(
        1.0, gt=0, le=1, description="most of the time that evaluations take; those due before are left out"
    )
    checkpoint_every: int = Field(0, ge=0, description="updates between checkpoints; 0: at evaluations only")
    keep_checkpoints: int = Field(2, gt=0, description="the last so many stay, and the best")
    keep_updates: list[Annotated[int, Field(gt=0)]] = Field([], description="updates whose checkpoints stay too")
    bleu_segments: int = Field(0, ge=0, description="dev segments of each direction to translate for dev BLEU; 0: none")
    best_by: Literal["dev_loss", "dev_bleu"] = Field("dev_loss", description="which weights count as best")
    average: int = Field(0, ge=0, description="publish the mean of so many weights where it is better on dev; 0: no")
    average_of: Literal["last", "best"] = Field("last", description="which evaluations' weights are averaged")
    patience: int = Field(0, ge=0, description="stop after so many evaluations without a better one; 0: never")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="number format; auto: bf16 where it was measured to be faster"
    )
    residual: Literal["float32", "bfloat16"] = Field(
        "float32", description="number format of the sums between layers, where matrix products are in bf16"
    )
    compile: Literal["auto", "yes", "no"] = Field("auto", description="torch.compile; auto: on a GPU")
    deterministic: bool = Field(
        False, description="on a GPU, only kernels that give the same bits each time, which are slower"
    )
    new_rows: NewRows = Field(
        "mean",
        description="with `init`: how new rows of the vocabulary begin: at the mean of their parts, close to the mean"
        " of all rows, or at random",
    )
    like: dict[str, str] = Field(
        {},
        exclude_if=operator.not_,
        description="with `init`: new language → known language, whose token its own begins as",
    )

    @field_validator("compile", mode="before")
    @classmethod
    def _yes_and_no_of_yaml(cls, value: object) -> object:
        return ("yes" if value else "no") if isinstance(value, bool) else value  # YAML reads them as true and false

    def has_checkpoint(self, update: int) -> bool:
        """Whether a training that goes on for so long always writes a checkpoint after this update."""
        every = self.checkpoint_every or self.evaluate_every
        evaluated = self.evaluation_share == 1 and update % self.evaluate_every == 0
        return 0 < update <= self.updates and (update == self.updates or update % every == 0 or evaluated)

    @model_validator(mode="after")
    def _bleu_is_there_to_be_best_in(self) -> "TrainingConfig":
        if self.best_by == "dev_bleu" and not self.bleu_segments:
            raise wrong("best_by dev_bleu needs bleu_segments; set it, for instance to 100")
        return self
