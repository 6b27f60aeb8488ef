"""Sizes of a model, and config.json of a model folder. Reading it needs no torch."""

import json
import operator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from model.command import UserError
from model.records import Strict, unknown, wrong

# Section 4.2 of Xu et al. 2023; what it does not say is from the authors' code.
XU_2023: dict[str, object] = {
    "norm": "pre",
    "activation": "relu",
    "positions": "sinusoidal",
    "language_tokens": "target",
}
# What makes a model large or small, with the sizes of mRASP's.
BIG: dict[str, object] = {
    "width": 1024, "feedforward": 4096, "heads": 16, "encoder_layers": 6, "decoder_layers": 6
}  # fmt: skip
# Presets: what differs from the defaults of ModelConfig, which are mRASP's.
PRESETS: dict[str, dict[str, object]] = {
    "mrasp": BIG,  # section 3.1: transformer_wmt_en_de_big of fairseq with GELU
    "m8": {**BIG, **XU_2023},
    "m15": {**BIG, **XU_2023, "encoder_layers": 12, "decoder_layers": 12},
    "base": {**BIG, "width": 512, "feedforward": 2048, "heads": 8},  # the base model of Vaswani et al. 2017, table 3
    "small": {"width": 256, "feedforward": 1024, "heads": 4, "encoder_layers": 3, "decoder_layers": 3},
    "tiny": {"width": 128, "feedforward": 512, "heads": 4, "encoder_layers": 2, "decoder_layers": 2},
}


class ModelConfig(Strict):
    """Sizes of the encoder-decoder Transformer. The defaults are mRASP's (6+6 layers, width 1024)."""

    width: int = Field(1024, gt=0, description="dimension of embeddings and layers")
    feedforward: int = Field(4096, gt=0, description="inner dimension of the feed-forward layers")
    heads: int = Field(16, gt=0, description="attention heads")
    encoder_layers: int = Field(6, gt=0, description="layers of the encoder")
    decoder_layers: int = Field(6, gt=0, description="layers of the decoder")
    max_positions: int = Field(256, gt=8, description="longest source or target, in subwords with control tokens")
    norm: Literal["post", "pre"] = Field("post", description="layer norm after each residual sum, or before each layer")
    activation: Literal["gelu", "relu", "swish"] = Field("gelu", description="activation of the feed-forward layers")
    positions: Literal["learned", "sinusoidal", "fixed"] = Field(
        "learned",
        description="position embeddings; fixed: saved with the model but not trained, sinusoids in a new model",
    )
    # Later keys are not written where they have no effect, so that models trained before are not trained again.
    embedding_scale: Literal["sqrt", "none"] = Field(
        "sqrt",
        exclude_if=lambda scale: scale == "sqrt",
        description="factor of token embeddings: the square root of `width`, or 1",
    )
    embedding_norm: bool = Field(
        False, exclude_if=operator.not_, description="layer norm after the sum of token and position embeddings"
    )
    output_bias: bool = Field(
        False,
        exclude_if=operator.not_,
        description="a bias for each row of the vocabulary in the output projection",
    )
    language_tokens: Literal["sides", "target", "front", "none"] = Field(
        "sides",
        description="`sides`: each side begins with its own; `target`: the source ends with the target's; `front`: the"
        " source begins with it, and `none`: there is none, as in OPUS-MT, where the decoder starts with `<pad>`",
    )
    encoder_projection: Literal["shared", "separate"] = Field(
        "shared",
        description="output projection of the encoder, for objectives that it predicts: the embedding or its own",
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
    """The sizes of a run's model: its own keys, and for the others those that all runs share.

    If a run names a preset, the shared sizes do not count for it. Raises ValidationError.
    """
    return ModelConfig.model_validate(own if "preset" in own else {**shared.model_dump(exclude_unset=True), **own})


def is_open(config: ModelConfig) -> bool:
    """Whether nobody has said how large the model is."""
    return not config.model_fields_set & BIG.keys()


CONFIG = "config.json"


def read_config(folder: str | Path) -> ModelConfig:
    """The sizes of a model folder. Raises UserError if it is not a model folder."""
    path = Path(folder) / CONFIG
    try:
        return ModelConfig.model_validate(json.loads(path.read_text())["model"])
    except FileNotFoundError:
        raise UserError(f"{path}: not found; give the folder named model/ of a finished run") from None
    except (json.JSONDecodeError, KeyError, ValidationError):
        raise UserError(f"{path}: damaged, or of no model of this project; give the folder model/ of a run") from None
