"""Read checkpoints of fairseq: sizes and weights of a Transformer.

Names of tensors are those since fairseq 0.9. fairseq pads sentences on the left, but counts positions from the first
token, so states are the same here.
"""

import argparse
import re
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from model.command import UserError
from model.config.model import ModelConfig
from model.interop.published import READS, Checkpoint, layers, load
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


def read_checkpoint(path: Path) -> Checkpoint:
    """Read tensors, plain values and an argparse.Namespace, and nothing that could run code.

    Raises UserError if the file has anything else, or is not a checkpoint of fairseq.
    """
    content = load(path)
    tensors = content.get("model") if isinstance(content, dict) else None
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise UserError(f"{path}: has no tensors under 'model'; give a checkpoint as fairseq writes it")
    settings = content.get("args") or (content.get("cfg") or {}).get("model") or {}
    if isinstance(settings, argparse.Namespace):
        settings = vars(settings)
    weights = {name: tensor for name, tensor in tensors.items() if not BUFFERS.fullmatch(name)}
    return Checkpoint(path, weights, settings, "give a Transformer of fairseq 0.9 or later")


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
            max_positions=min(_positions(checkpoint, *read) for read in READS.items()),
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
    for side, text in READS.items():
        name, end = f"{side}.embed_positions.weight", FIRST_POSITION + config.max_positions
        table = checkpoint.take(name) if name in checkpoint.tensors else sinusoids(end, config.width)
        found[f"embedding.{text}_positions.weight"] = table[FIRST_POSITION:end]
    return found | layers(checkpoint, config)


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
