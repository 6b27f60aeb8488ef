"""The layers of published models: fairseq's names of tensors, which Hugging Face's classes have too."""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from model.command import UserError
from model.config.model import ModelConfig
from model.network.transformer import Transformer

ATTENTIONS = {
    "encoder": {"self_attn": "attention"},
    "decoder": {"self_attn": "attention", "encoder_attn": "cross"},
}
READS = {"encoder": "source", "decoder": "target"}  # stack → the text that it reads
AFFINE = {"fc1": "feedforward.0", "fc2": "feedforward.2", "final_layer_norm": "around_feedforward.norm"}


@dataclass
class Checkpoint:
    """The tensors of a model, by fairseq's names, and its settings, which may be empty. Each tensor is taken once."""

    path: Path
    tensors: dict[str, Tensor]
    settings: dict[str, Any]
    advice: str = "download it again"  # where a tensor is missing

    def error(self, what: str) -> UserError:
        """An error about this file."""
        return UserError(f"{self.path}: {what}")

    def take(self, name: str) -> Tensor:
        """Remove and return a tensor, as float32. Raises UserError if there is none of this name."""
        if name not in self.tensors:
            raise self.error(f"has no tensor {name}; {self.advice}")
        return self.tensors.pop(name).float()


def load(path: Path) -> Any:
    """The content of a pickle with nothing but tensors, plain values and an argparse.Namespace.

    Raises UserError if it has anything else, which could run code, or if it cannot be read.
    """
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        found = re.search(r"GLOBAL (\S+)", str(error))
        what = f"it holds {found[1]}, and reading that could run code" if found else "it is no checkpoint of torch"
        raise UserError(f"{path}: refused, since {what}; see docs/how-to/published-weights.md") from None
    except OSError:
        raise
    except Exception:  # a file that is not a pickle can raise any exception
        raise UserError(f"{path}: no checkpoint of torch, or not all of it; download it again") from None


def names(config: ModelConfig) -> Iterator[tuple[tuple[str, ...], str]]:
    """The tensors of all layers and norms: fairseq's names, and the name in model/network/transformer.py.

    Where fairseq has three, those of queries, keys and values, ours is the three joined.
    """
    for (side, text), count in zip(READS.items(), (config.encoder_layers, config.decoder_layers), strict=True):
        if config.embedding_norm:
            yield from _affine((f"{side}.layernorm_embedding",), f"embedding.{text}_norm")
        for number in range(count):
            yield from _layer(f"{side}.layers.{number}", f"{side}.{number}", ATTENTIONS[side])
        if config.norm == "pre":
            yield from _affine((f"{side}.layer_norm",), f"{side}_norm")


def _layer(theirs: str, ours: str, attentions: dict[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    for attention, name in attentions.items():
        joint = tuple(f"{theirs}.{attention}.{x}_proj" for x in "qkv")
        yield from _affine(joint, f"{ours}.{name}.query_key_value")
        yield from _affine((f"{theirs}.{attention}.out_proj",), f"{ours}.{name}.output")
        yield from _affine((f"{theirs}.{attention}_layer_norm",), f"{ours}.around_{name}.norm")
    for part, name in AFFINE.items():
        yield from _affine((f"{theirs}.{part}",), f"{ours}.{name}")


def _affine(theirs: tuple[str, ...], ours: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for part in ("weight", "bias"):
        yield tuple(f"{name}.{part}" for name in theirs), f"{ours}.{part}"


def layers(checkpoint: Checkpoint, config: ModelConfig) -> dict[str, Tensor]:
    """The weights of all layers and norms by our names, taken from a checkpoint.

    Raises UserError if a tensor is missing, or if one is left over.
    """
    found = {ours: torch.cat([checkpoint.take(name) for name in theirs]) for theirs, ours in names(config)}
    if checkpoint.tensors:
        raise checkpoint.error(f"{min(checkpoint.tensors)} has no place in the models here; it cannot be imported")
    return found


def split(weights: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """The weights of all layers and norms by fairseq's names, from ours: the reverse of `layers`."""
    return {
        name: tensor
        for theirs, ours in names(config)
        for name, tensor in zip(theirs, weights[ours].chunk(len(theirs)), strict=True)
    }


def check_shapes(checkpoint: Checkpoint, found: dict[str, Tensor], config: ModelConfig, rows: int) -> None:
    """Raise UserError if a weight has not the shape that a model with this config and so many rows needs."""
    with torch.device("meta"):
        expected = Transformer(config, rows).state_dict()
    for name, weight in expected.items():
        if found[name].shape != weight.shape:
            shapes = f"{tuple(found[name].shape)}, expected {tuple(weight.shape)}"
            raise checkpoint.error(f"the tensor for {name} has the shape {shapes}; it cannot be imported")
