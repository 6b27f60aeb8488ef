"""Read checkpoints of fairseq: sizes and weights of a Transformer.

Names of tensors are those since fairseq 0.9. fairseq pads sentences on the left, but counts positions from the first
token, so states are the same here.
"""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from model.command import UserError
from model.config.model import ModelConfig
from model.network.transformer import sinusoids
from model.records import first_mistake
from model.text.vocabulary import SPECIALS

# Rows of a dictionary before the lines of its file: <s>, <pad>, </s>, <unk>.
PAD, END, UNKNOWN, FIRST_LINE = 1, 2, 3, 4
MULTIPLE = 8  # a dictionary may be filled up to a multiple of this
FIRST_POSITION = PAD + 1  # where the positions of a sentence begin
EMBEDDING = "encoder.embed_tokens.weight"
TIED = ("decoder.embed_tokens.weight", "decoder.output_projection.weight", "decoder.embed_out")
BUFFERS = re.compile(r"(encoder|decoder)\.(version|embed_positions\._float_tensor)")  # without weights
UNSUPPORTED = ("no_token_positional_embeddings", "cross_self_attention")
ATTENTIONS = {
    "encoder": {"self_attn": "attention"},
    "decoder": {"self_attn": "attention", "encoder_attn": "cross"},
}
AFFINE = {"fc1": "feedforward.0", "fc2": "feedforward.2", "final_layer_norm": "around_feedforward.norm"}


@dataclass
class Checkpoint:
    """The tensors of a checkpoint, and its settings of the model, which may be empty. Each tensor is taken once."""

    path: Path
    tensors: dict[str, Tensor]
    settings: dict[str, Any]

    def error(self, what: str) -> UserError:
        """An error about this file."""
        return UserError(f"{self.path}: {what}")

    def take(self, name: str) -> Tensor:
        """Remove and return a tensor, as float32. Raises UserError if there is none of this name."""
        if name not in self.tensors:
            raise self.error(f"has no tensor {name}; give a Transformer of fairseq 0.9 or later")
        return self.tensors.pop(name).float()


def read_checkpoint(path: Path) -> Checkpoint:
    """Read tensors, plain values and an argparse.Namespace, and nothing that could run code.

    Raises UserError if the file has anything else, or is not a checkpoint of fairseq.
    """
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        found = re.search(r"GLOBAL (\S+)", str(error))
        what = f"it holds {found[1]}, and reading that could run code" if found else "it is no checkpoint of torch"
        raise UserError(f"{path}: refused, since {what}; see docs/how-to/published-weights.md") from None
    except OSError:
        raise
    except Exception:  # a file that is not a pickle can raise any exception
        raise UserError(f"{path}: no checkpoint of torch, or not all of it; download it again") from None
    tensors = content.get("model") if isinstance(content, dict) else None
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise UserError(f"{path}: has no tensors under 'model'; give a checkpoint as fairseq writes it")
    settings = content.get("args") or (content.get("cfg") or {}).get("model") or {}
    if isinstance(settings, argparse.Namespace):
        settings = vars(settings)
    return Checkpoint(path, {name: t for name, t in tensors.items() if not BUFFERS.fullmatch(name)}, settings)


def sizes(checkpoint: Checkpoint, heads: int | None, activation: str | None) -> ModelConfig:
    """The sizes of a checkpoint's model. heads, activation: used if the checkpoint does not have them.

    Sinusoids become a fixed table, because fairseq begins with another position. Raises UserError for a model that
    cannot be imported, and if heads or activation are neither in the checkpoint nor given.
    """
    tensors, settings = checkpoint.tensors, checkpoint.settings
    other = [name for name in UNSUPPORTED if settings.get(name)]
    if other:
        raise checkpoint.error(f"was trained with {other[0]}, which models here are not; it cannot be imported")
    heads = settings.get("encoder_attention_heads", heads)
    if settings.get("decoder_attention_heads", heads) != heads:
        raise checkpoint.error("has other heads in the decoder than in the encoder; it cannot be imported")
    said: dict[str, Any] = {"heads": heads, "activation": settings.get("activation_fn", activation)}
    for key, value in said.items():
        if value is None:
            raise checkpoint.error(f"does not say its {key}; add --{key} (mRASP: --heads 16 --activation gelu)")
    norm = "pre" if "encoder.layer_norm.weight" in tensors else "post"
    if settings.get("encoder_normalize_before", norm == "pre") != (norm == "pre"):
        raise checkpoint.error("encoder_normalize_before is not what its tensors say; it cannot be imported")
    if EMBEDDING not in tensors or "encoder.layers.0.fc1.weight" not in tensors:
        raise checkpoint.error("holds no Transformer with encoder and decoder; it cannot be imported")
    try:
        return ModelConfig(
            width=tensors[EMBEDDING].size(1),
            feedforward=tensors["encoder.layers.0.fc1.weight"].size(0),
            encoder_layers=_layers(tensors, "encoder"),
            decoder_layers=_layers(tensors, "decoder"),
            max_positions=min(_positions(checkpoint, "encoder", "source"), _positions(checkpoint, "decoder", "target")),
            norm=norm,
            positions="learned" if "encoder.embed_positions.weight" in tensors else "fixed",
            embedding_norm="encoder.layernorm_embedding.weight" in tensors,
            embedding_scale="none" if settings.get("no_scale_embedding") else "sqrt",
            **said,
        )
    except ValidationError as error:
        raise checkpoint.error(f"{first_mistake(error)}; it cannot be imported") from None


def _layers(tensors: dict[str, Tensor], side: str) -> int:
    return len({found[1] for name in tensors if (found := re.match(rf"{side}\.layers\.(\d+)\.", name))})


def _positions(checkpoint: Checkpoint, side: str, text: str) -> int:
    """The number of positions of a stack; 1024 is fairseq's default."""
    table = checkpoint.tensors.get(f"{side}.embed_positions.weight")
    return int(checkpoint.settings.get(f"max_{text}_positions", 1024)) if table is None else len(table) - FIRST_POSITION


def weights(checkpoint: Checkpoint, config: ModelConfig, rows: int, seed: int) -> dict[str, Tensor]:
    """All weights by their names in model/network/transformer.py. rows: see `embedding`.

    Takes all tensors of the checkpoint. Raises UserError if one is missing or left over.
    """
    found = {"embedding.tokens.weight": embedding(checkpoint, rows, seed)}
    for side, text, count in (
        ("encoder", "source", config.encoder_layers),
        ("decoder", "target", config.decoder_layers),
    ):
        name = f"{side}.embed_positions.weight"
        end = FIRST_POSITION + config.max_positions
        table = checkpoint.take(name) if name in checkpoint.tensors else sinusoids(end, config.width)
        found[f"embedding.{text}_positions.weight"] = table[FIRST_POSITION:end]
        if config.embedding_norm:
            found |= _affine(checkpoint, f"{side}.layernorm_embedding", f"embedding.{text}_norm")
        for number in range(count):
            found |= _layer(checkpoint, f"{side}.layers.{number}", f"{side}.{number}", ATTENTIONS[side])
        if config.norm == "pre":
            found |= _affine(checkpoint, f"{side}.layer_norm", f"{side}_norm")
    if checkpoint.tensors:
        raise checkpoint.error(f"{min(checkpoint.tensors)} has no place in the models here; it cannot be imported")
    return found


def embedding(checkpoint: Checkpoint, rows: int, seed: int) -> Tensor:
    """The embedding: rows of our special tokens, then of the N lines of the dictionary, in their order.

    rows: 4 + N, with the four special tokens of fairseq. Special tokens without a row there, <mask> and <bt>, are drawn
    from N(0, 1/D), as the rows of new models are. Raises UserError if the checkpoint has another number of rows, or
    several different embeddings.
    """
    shared = checkpoint.tensors[EMBEDDING]
    table = checkpoint.take(EMBEDDING)
    for name in TIED:
        other = checkpoint.tensors.pop(name, shared)
        if other is not shared and not torch.equal(other, shared):
            raise checkpoint.error(f"{name} is not {EMBEDDING}; models here share one, so it cannot be imported")
    if not rows <= len(table) <= -(-rows // MULTIPLE) * MULTIPLE:
        raise checkpoint.error(f"has {len(table)} rows, the dictionary {rows} with its four own; give its dictionary")
    known, generator = [PAD, END, UNKNOWN], torch.Generator().manual_seed(seed)
    others = torch.randn(len(SPECIALS) - len(known), table.size(1), generator=generator) * table.size(1) ** -0.5
    return torch.cat([table[known], others.to(table.device), table[FIRST_LINE:rows]])


def _layer(checkpoint: Checkpoint, theirs: str, ours: str, attentions: dict[str, str]) -> dict[str, Tensor]:
    found = {}
    for attention, name in attentions.items():
        for part in ("weight", "bias"):
            joint = [checkpoint.take(f"{theirs}.{attention}.{x}_proj.{part}") for x in "qkv"]
            found[f"{ours}.{name}.query_key_value.{part}"] = torch.cat(joint)
        found |= _affine(checkpoint, f"{theirs}.{attention}.out_proj", f"{ours}.{name}.output")
        found |= _affine(checkpoint, f"{theirs}.{attention}_layer_norm", f"{ours}.around_{name}.norm")
    for part, name in AFFINE.items():
        found |= _affine(checkpoint, f"{theirs}.{part}", f"{ours}.{name}")
    return found


def _affine(checkpoint: Checkpoint, theirs: str, ours: str) -> dict[str, Tensor]:
    return {f"{ours}.{part}": checkpoint.take(f"{theirs}.{part}") for part in ("weight", "bias")}
