"""The contents of run.json: everything that a run needs."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from model.command import UserError
from model.config.model import ModelConfig
from model.config.training import WITHOUT_EFFECT, TrainingConfig
from model.objectives import OBJECTIVES, Stack, unknown_objective
from model.records import Strict, first_mistake, wrong


class TaskSettings(Strict):
    """How a run learns an objective."""

    share: float = Field(1.0, ge=0.001, le=1000, description="share of the batches of an update")
    temperature: float | None = Field(None, ge=1, description="T: a folder of shards gets a share of rows^(1/T)")
    mask_ratio: float = Field(0.3, gt=0, lt=1, description="share of the words of a segment that are masked")
    unit: Literal["sentence", "block"] = Field(
        "sentence", description="what is masked: a sentence, or a block of as many as fit in a row"
    )
    stacks: list[Stack] | None = Field(
        None, min_length=1, description="stacks that predict; by default those of the objective"
    )
    segments: int | None = Field(
        None, gt=0, description="most segments of each folder of shards, drawn by the seed of the run"
    )
    # Left out of run.json where it is not set, so that the fingerprints of earlier runs stay.
    copy_share: float | None = Field(
        None,
        gt=0,
        lt=1,
        exclude_if=lambda share: share is None,
        description="share of substituted copies among the rows of a direction that has some, in place of originals;"
        " null: all copies are added",
    )


class Task(TaskSettings):
    """An objective of a run, and what it learns from."""

    objective: str = Field(description="row of model/objectives/__init__.py")
    shards: list[str] = Field(min_length=1, description="folders of training shards")
    copies: list[str] = Field(
        [], exclude_if=lambda folders: not folders, description="those of `shards` that `copy_share` is about"
    )

    @field_validator("objective")
    @classmethod
    def _is_a_row(cls, name: str) -> str:
        if name not in OBJECTIVES:
            raise wrong(unknown_objective(name))
        return name

    @model_validator(mode="after")
    def _fits_its_row(self) -> "Task":
        row, usual, message = OBJECTIVES[self.objective], type(self).model_fields, ""
        if self.mask_ratio != usual["mask_ratio"].default and not row.noise:
            message = f"mask_ratio {self.mask_ratio}: {self.objective} masks nothing; leave it out"
        if self.unit != usual["unit"].default and row.data != "monolingual":
            message = f"unit {self.unit}: {self.objective} takes segments as they are; leave it out"
        for stack in self.stacks or ():
            if stack not in row.stacks:
                message = f"stacks: {self.objective} has no loss of the {stack}; it has {', '.join(row.stacks)}"
        if self.copies and (self.copy_share is None or not set(self.copies) < set(self.shards)):
            message = "copies: they go with copy_share, and are some of shards but not all"
        if message:
            raise wrong(message)
        return self


class IntraDistillation(Strict):
    """Several passes with different dropout, and a loss of their difference (Xu et al. 2023, section 3.2)."""

    alpha: float = Field(5.0, gt=0, allow_inf_nan=False, description="weight of the X-divergence")
    passes: int = Field(ge=2, description="K: forward passes of each batch")
    schedule: Literal["constant", "adaptive"] = Field(
        "constant", description="alpha over the updates: constant, or rising"
    )
    p: float = Field(5.0, gt=0, description="adaptive: alpha is reached at updates / p")
    q: float = Field(10.0, gt=0, description="adaptive: alpha is 1 at updates / q")
    objectives: list[str] | None = Field(
        None, min_length=1, description="objectives with several passes; all by default"
    )
    encoder_repeated: bool = Field(
        True, description="false: all passes of the decoder read the first encoding (the authors' code)"
    )
    weight_on_denoising: float = Field(
        1.0, gt=0, description="factor of alpha for all objectives but translation (0.5 in the authors' code)"
    )
    together: bool = Field(
        True, description="all passes in one batch; false: one after the other, slower and with less memory"
    )

    @model_validator(mode="before")
    @classmethod
    def _says_how_many_passes(cls, data: Any) -> Any:
        if not isinstance(data, dict | IntraDistillation):
            message = f"{data!r} is no mapping; write {{passes: 2}}"
            raise wrong(message)
        if isinstance(data, dict) and data.get("passes") is None and set(data) <= set(cls.model_fields):
            message = f"alpha {data.get('alpha', 5)} without passes; say how many, for instance passes: 2"
            raise wrong(message)
        return data

    @model_validator(mode="after")
    def _rises(self) -> "IntraDistillation":
        if self.schedule == "adaptive" and not (self.p < self.q and self.alpha >= 1):
            message = f"schedule adaptive goes up from 1, at updates / q, to alpha, at updates / p; alpha {self.alpha}"
            message += f" must be at least 1, and p {self.p} less than q {self.q}"
            raise wrong(message)
        return self


def passes_of(settings: IntraDistillation | None, objective: str) -> int:
    """How many forward passes a batch of an objective gets."""
    return settings.passes if settings and objective in (settings.objectives or [objective]) else 1


class RunConfig(Strict):
    """All settings of one training: `python -m model.train run.json` needs nothing else."""

    run: str = Field(description="name of the run")
    seed: int = Field(ge=0, description="seed of everything random")
    init: str | None = Field(None, description="model folder to start from; its sizes replace `model`")
    subwords: str = Field(description="folder with the subwords and the settings of the tokeniser")
    vocabulary: str = Field(description="vocabulary.tsv; with `init`, an extension of that model's vocabulary")
    tasks: list[Task] = Field(min_length=1, description="objectives that are learned")
    mixing: Literal["shares", "natural"] = Field("shares", description="batches by shares, or by the size of the text")
    intra_distillation: IntraDistillation | None = Field(None, description="several passes with different dropout")
    dev: list[str] = Field(min_length=1, description="folders of dev shards")
    model: ModelConfig = Field(description="sizes of the model")
    training: TrainingConfig = Field(description="how the model is trained")

    def weights(self) -> dict[str, Any]:
        """The settings that the weights of the finished run depend on."""
        measured = {"bleu_segments"} if self.training.best_by == "dev_loss" else set()
        return self.model_dump(mode="json", exclude={"training": WITHOUT_EFFECT | measured})


def check_batch_tokens(config: RunConfig) -> None:
    """Raise UserError if the longest segment that the model has positions for does not fit into a batch."""
    longest, budget = config.model.max_positions, config.training.batch_tokens
    if budget < longest:
        raise UserError(
            f"runs.{config.run}.training.batch_tokens: {budget} is too little for segments of {longest} subwords; raise"
            f" it to {longest}, or lower model.max_positions"
        )


def check_kept_updates(config: RunConfig) -> None:
    """Raise UserError for an update of `keep_updates` after which no checkpoint is written."""
    settings = config.training
    for update in settings.keep_updates:
        if not settings.has_checkpoint(update):
            every = [settings.checkpoint_every or settings.evaluate_every]
            every += [settings.evaluate_every] * (settings.evaluation_share == 1 and settings.checkpoint_every > 0)
            raise UserError(
                f"runs.{config.run}: no checkpoint is written after update {update}, which a reference"
                f" {config.run.split('/')[0]}@{update} or training.keep_updates names, but every"
                f" {' and every '.join(map(str, every))} updates up to {settings.updates}; name one of these"
            )


def read_run(path: str | Path) -> RunConfig:
    """Read run.json. Raises UserError if it is missing or not valid for this version."""
    try:
        return RunConfig.model_validate_json(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not found; let the workflow write it, or check the path") from None
    except ValidationError as error:
        raise UserError(f"{path}: {first_mistake(error)}; let the workflow write it again") from None
