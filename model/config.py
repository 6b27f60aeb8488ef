"""What a run needs, and nothing else: the contents of run.json and of a model folder's config.json."""

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from model.command import UserError
from model.objectives import OBJECTIVES, Stack


def unknown(word: object, known: Iterable[str]) -> str:
    """`unknown 'drpout'; did you mean 'dropout'?`, or the list of what is known where nothing is near."""
    known = list(known)
    near = difflib.get_close_matches(str(word), known, 1)
    return f"unknown {word!r}; " + (f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none'}")


def wrong(message: str) -> PydanticCustomError:
    """A mistake in a record, in our own words, for pydantic to put the key before it."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


def first_mistake(error: ValidationError) -> str:
    """`key.path: what is wrong` of the first mistake of a validation, with the value where that is a short one."""
    first = error.errors()[0]
    own = "message" in first.get("ctx", {})  # which names what it needs to
    value = f", not {first['input']!r}" if not own and isinstance(first["input"], int | float | str) else ""
    said = "missing; add it" if first["type"] == "missing" else first["msg"] + value
    return ": ".join(filter(None, [".".join(map(str, first["loc"])), said]))


class Strict(BaseModel):
    """A record that refuses keys it does not know and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _offer_the_nearest_key(cls, data: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                raise wrong(unknown(key, known))
        return data


# Section 4.2 of Xu et al. 2023, and what their code has where that is silent.
XU_2023: dict[str, object] = {
    "norm": "pre",
    "activation": "relu",
    "positions": "sinusoidal",
    "language_tokens": "target",
}

# Sizes by name: what differs from the defaults of ModelConfig, which are mRASP's.
PRESETS: dict[str, dict[str, object]] = {
    "mrasp": {},  # section 3.1: transformer_wmt_en_de_big of fairseq with GELU
    "m8": XU_2023,
    "m15": {**XU_2023, "encoder_layers": 12, "decoder_layers": 12},
    "base": {"width": 512, "feedforward": 2048, "heads": 8},  # the base model of Vaswani et al. 2017, table 3
    "tiny": {"width": 128, "feedforward": 512, "heads": 4, "encoder_layers": 2, "decoder_layers": 2},
}


class ModelConfig(Strict):
    """Sizes of the encoder-decoder Transformer. The defaults are mRASP's (6+6 layers, width 1024)."""

    width: int = Field(1024, gt=0, description="dimension of embeddings and layers")
    feedforward: int = Field(4096, gt=0, description="inner dimension of the feed-forward layers")
    heads: int = Field(16, gt=0)
    encoder_layers: int = Field(6, gt=0)
    decoder_layers: int = Field(6, gt=0)
    max_positions: int = Field(256, gt=8, description="longest source or target in subwords, controls included")
    norm: Literal["post", "pre"] = Field("post", description="layer norm after each residual sum, or before each layer")
    activation: Literal["gelu", "relu"] = "gelu"
    positions: Literal["learned", "sinusoidal"] = "learned"
    language_tokens: Literal["sides", "target"] = Field(
        "sides",
        description="each side begins with its own; or the source ends and the decoder begins with the target's",
    )
    encoder_projection: Literal["shared", "separate"] = Field(
        "shared",
        description="what an encoder that predicts scores the vocabulary by: the embedding, or its own rows",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in_the_preset(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "preset" not in data:
            return data
        name, own = data["preset"], {key: value for key, value in data.items() if key != "preset"}
        if name not in PRESETS:
            raise wrong(f"preset: {unknown(name, PRESETS)}")
        return {**PRESETS[name], **own}

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "ModelConfig":
        if self.width % self.heads:
            fewer = next(n for n in range(self.heads, 0, -1) if not self.width % n)
            change = f"set heads to {fewer}, or width to {self.width + -self.width % self.heads}"
            raise wrong(f"heads: {self.heads} does not divide width {self.width}; {change}")
        return self


def sizes(shared: ModelConfig, own: dict[str, Any]) -> ModelConfig:
    """What a run says of its model, on top of what all runs share; a preset takes the place of all that they share.

    Raises ValidationError.
    """
    return ModelConfig.model_validate(own if "preset" in own else {**shared.model_dump(), **own})


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


class SearchConfig(Strict):
    """Beam search or sampling. Beam and penalty are those of mRASP's code by default."""

    beam: int = Field(5, gt=0)
    nbest: int = Field(1, gt=0, description="hypotheses to return for each sentence, best first")
    length_penalty: float = Field(0.5, description="hypotheses are ranked by log-probability / length^penalty")
    max_length_factor: float = Field(2.0, gt=0, description="longest output: factor * source length + 10 subwords")
    batch_tokens: int = Field(4096, gt=0, description="padded source subwords times beam of a batch, at most")
    sampling: bool = Field(False, description="draw tokens by their probability instead of searching with a beam")
    temperature: float = Field(1.0, gt=0, description="of sampling: log-probabilities are divided by it")
    top_k: int = Field(0, ge=0, description="of sampling: draw among so many best tokens; 0: among all")
    seed: int = Field(0, ge=0, description="of sampling")

    @model_validator(mode="after")
    def _a_beam_holds_what_is_returned(self) -> "SearchConfig":
        if not self.sampling and self.nbest > self.beam:
            raise wrong(f"nbest {self.nbest} is more than beam {self.beam}; widen the beam")
        return self

    def rows(self) -> int:
        """Hypotheses of a sentence that are decoded side by side."""
        return self.nbest if self.sampling else self.beam


class TaskSettings(Strict):
    """How a run learns by an objective."""

    share: float = Field(
        1.0, ge=0.001, le=1000, description="of the batches of an update, beside the shares of the other tasks"
    )
    temperature: float | None = Field(None, ge=1, description="in place of training.temperature or the row's own")
    mask_ratio: float = Field(0.3, gt=0, lt=1, description="of the words of a segment, for noise")
    unit: Literal["sentence", "block"] = Field("sentence", description="what gets noise: or as many as fit in a row")
    stacks: list[Stack] | None = Field(None, min_length=1, description="those that predict; the row's by default")
    segments: int | None = Field(None, gt=0, description="of each folder of shards, at most; drawn by the run's seed")


class Task(TaskSettings):
    """An objective of a run, and what it learns from."""

    objective: str = Field(description="row of model/objectives.py")
    shards: list[str] = Field(min_length=1, description="folders of training shards")

    @field_validator("objective")
    @classmethod
    def _is_a_row(cls, name: str) -> str:
        if name not in OBJECTIVES:
            raise wrong(unknown(name, OBJECTIVES))
        return name

    @model_validator(mode="after")
    def _fits_its_row(self) -> "Task":
        row, usual, message = OBJECTIVES[self.objective], type(self).model_fields, ""
        if self.mask_ratio != usual["mask_ratio"].default and not row.has_noise:
            message = f"mask_ratio {self.mask_ratio}: {self.objective} masks nothing; leave it out"
        if self.unit != usual["unit"].default and row.data != "monolingual":
            message = f"unit {self.unit}: {self.objective} takes segments as they are; leave it out"
        for stack in self.stacks or ():
            if stack not in row.stacks:
                message = f"stacks: {self.objective} has no loss of the {stack}; it has {', '.join(row.stacks)}"
        if message:
            raise wrong(message)
        return self


class IntraDistillation(Strict):
    """Passes with different dropout that are made to agree (Xu et al. 2023, section 3.2)."""

    alpha: float = Field(5.0, gt=0, allow_inf_nan=False, description="weight of the X-divergence")
    passes: int = Field(ge=2, description="of each batch: K")
    schedule: Literal["constant", "adaptive"] = Field("constant", description="of alpha over the updates")
    p: float = Field(5.0, gt=0, description="of adaptive: alpha is whole from updates / p on")
    q: float = Field(10.0, gt=0, description="of adaptive: it is 1 at updates / q")
    objectives: list[str] | None = Field(None, min_length=1, description="those it is for; all by default")
    encoder_repeated: bool = Field(True, description="false: all passes of the decoder read one encoding (their code)")
    weight_on_denoising: float = Field(1.0, gt=0, description="factor of alpha for the others than translation (.5)")
    together: bool = Field(True, description="false: one after the other, computed anew for gradients, for less memory")

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
    """How many passes a batch of an objective makes."""
    return settings.passes if settings and objective in (settings.objectives or [objective]) else 1


class RunConfig(Strict):
    """One run, complete: `python -m model.train run.json` needs no other word."""

    run: str
    seed: int = Field(ge=0)
    init: str | None = Field(None, description="model folder to start from; its sizes replace `model`")
    subwords: str = Field(description="folder with the codes and settings of the tokenizer")
    vocabulary: str = Field(description="vocabulary.tsv; with `init`, an extension of that model's vocabulary")
    tasks: list[Task] = Field(min_length=1, description="what is learned, each of another objective")
    mixing: Literal["shares", "natural"] = Field(
        "shares", description="batches by shares, or by how much text each has"
    )
    intra_distillation: IntraDistillation | None = None
    dev: list[str] = Field(min_length=1, description="folders of dev shards")
    model: ModelConfig
    training: TrainingConfig


def read_run(path: str | Path) -> RunConfig:
    """Read run.json. Raises UserError when it is not there or not what this version expects."""
    try:
        return RunConfig.model_validate_json(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not found; let the workflow write it, or check the path") from None
    except ValidationError as error:
        raise UserError(f"{path}: {first_mistake(error)}; let the workflow write it again") from None


def write_json(path: str | Path, value: object) -> None:
    """Write a value as JSON under a temporary name, then give it its own."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
