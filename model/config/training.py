"""How a run is trained: schedule, regularisation, evaluation and when to stop."""

from typing import Literal

from pydantic import Field, model_validator

from model.records import Strict, wrong


class TrainingConfig(Strict):
    """Schedule and regularisation. Defaults are those of mRASP's paper, and of its code where the paper is silent."""

    updates: int = Field(150_000, gt=0)
    batch_tokens: int = Field(4096, gt=0, description="padded subwords of the longer side of a batch, at most")
    batches_per_update: int = Field(1, gt=0, description="over all processes, whose number must divide it")
    temperature: float = Field(1.0, ge=1, description="a direction's share is its rows^(1/temperature); 1: natural")
    learning_rate: float = Field(5e-4, gt=0, description="the peak, reached after `warmup` updates")
    warmup: int = Field(4000, ge=0)
    warmup_from: float = Field(1e-7, ge=0, description="learning rate before the first update")
    schedule: Literal["linear", "inverse_sqrt"] = "linear"
    dropout: float = Field(0.2, ge=0, lt=1)
    attention_dropout: float = Field(0.1, ge=0, lt=1)
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    adam_betas: tuple[float, float] = (0.9, 0.98)
    adam_eps: float = 1e-8
    clip_norm: float = Field(0.0, ge=0, description="largest gradient norm; 0 for none")
    spike: float = Field(
        100.0, ge=0, description="skip updates whose gradient norm is so many times the usual; 0: none"
    )
    max_skipped: int = Field(10, ge=0, description="updates skipped in a row before the run stops")
    evaluate_every: int = Field(1000, gt=0, description="updates between evaluations, each with a checkpoint")
    checkpoint_every: int = Field(0, ge=0, description="updates between checkpoints; 0: at evaluations only")
    keep_checkpoints: int = Field(2, gt=0, description="the last so many stay, and the best")
    bleu_segments: int = Field(
        0, ge=0, description="first dev segments of each direction that dev BLEU is taken of; 0: none"
    )
    best_by: Literal["dev_loss", "dev_bleu"] = Field("dev_loss", description="what the best weights are best in")
    average: int = Field(0, ge=0, description="publish the mean of so many weights where it is better on dev; 0: no")
    average_of: Literal["last", "best"] = Field("last", description="which evaluations' weights are averaged")
    patience: int = Field(0, ge=0, description="stop after so many evaluations without a better one; 0: never")
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    compile: Literal["auto", "yes", "no"] = Field("auto", description="torch.compile; auto: on a GPU")
    new_rows: Literal["mean", "random"] = Field(
        "mean",
        description="with `init`: pieces that its vocabulary lacks start at the mean of their parts, or by chance",
    )

    @model_validator(mode="after")
    def _bleu_is_there_to_be_best_in(self) -> "TrainingConfig":
        if self.best_by == "dev_bleu" and not self.bleu_segments:
            raise wrong("best_by dev_bleu needs bleu_segments; set it, for instance to 100")
        return self
