"""Read model folders of Hugging Face: sizes and weights of NLLB-200, M2M-100 and mBART-50.

The facts about each class are those of transformers 4 and 5. Its positions count from row 2 of a table, because it
keeps fairseq's: rows 0 and 1 are those of padding.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from model.command import UserError
from model.config.model import CONFIG, ModelConfig
from model.interop.published import Checkpoint, layers, load
from model.network.transformer import sinusoids
from model.records import first_mistake, unknown

FIRST_POSITION = 2
EMBEDDINGS = ("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")
BIAS = "final_logits_bias"
BUFFERS = ("encoder.embed_positions.weights", "decoder.embed_positions.weights")  # sinusoids, in old files
ACTIVATIONS = {"gelu": "gelu", "relu": "relu", "silu": "swish", "swish": "swish"}
# Key of config.json → key of ModelConfig. Where two are listed, they must be equal.
SIZES = {
    "width": ("d_model",),
    "feedforward": ("encoder_ffn_dim", "decoder_ffn_dim"),
    "heads": ("encoder_attention_heads", "decoder_attention_heads"),
    "encoder_layers": ("encoder_layers",),
    "decoder_layers": ("decoder_layers",),
    "max_positions": ("max_position_embeddings",),
}
FILES = {"safetensors": "model.safetensors", "torch": "pytorch_model.bin"}


@dataclass(frozen=True)
class ModelClass:
    """What the models of a class have, which their config.json does not say."""

    embedding_norm: bool
    learned: bool  # positions are, and stand in the file; otherwise they are sinusoids
    scaled: bool  # embeddings are, where config.json says nothing


CLASSES = {
    "M2M100ForConditionalGeneration": ModelClass(embedding_norm=False, learned=False, scaled=True),
    "MBartForConditionalGeneration": ModelClass(embedding_norm=True, learned=True, scaled=False),
}


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file of a folder. Raises UserError if it is missing or no JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not found; give the folder of a model as Hugging Face's classes save it") from None
    except ValueError:
        raise UserError(f"{path}: no JSON; download it again") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: no JSON object; download it again")
    return content


def read_folder(folder: Path) -> Checkpoint:
    """The weights and config.json of a folder.

    Raises UserError for a class that is not in CLASSES, and if a file is missing or damaged.
    """
    settings = read_json(folder / CONFIG)
    (name, *_) = settings.get("architectures") or [""]
    if name not in CLASSES:
        raise UserError(f"{folder / CONFIG}: architectures: {unknown(name, CLASSES)}")
    tensors: dict[str, Tensor] = {}
    for path in _files(folder):
        tensors |= _read(path)
    plain = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    return Checkpoint(folder, {name: t for name, t in plain.items() if name not in BUFFERS}, settings)


def _files(folder: Path) -> Iterator[Path]:
    """The files of weights: one, or those that an index names."""
    for name in FILES.values():
        index = folder / f"{name}.index.json"
        if (folder / name).exists():
            yield folder / name
            return
        if index.exists():
            parts = read_json(index).get("weight_map")
            if not isinstance(parts, dict) or not all(Path(part).name == part for part in parts.values()):
                raise UserError(f"{index}: weight_map: no names of files in this folder; download it again")
            yield from (folder / part for part in sorted(set(parts.values())))
            return
    raise UserError(f"{folder}: has neither {' nor '.join(FILES.values())}; download it again")


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except FileNotFoundError:
            raise UserError(f"{path}: not found; download it again") from None
        except SafetensorError as error:
            raise UserError(f"{path}: damaged ({error}); download it again") from None
    content = load(path)
    if not isinstance(content, dict) or not all(isinstance(tensor, Tensor) for tensor in content.values()):
        raise UserError(f"{path}: holds other things than tensors; download it again")
    return content


def sizes(checkpoint: Checkpoint) -> ModelConfig:
    """The sizes of a model. Raises UserError if config.json lacks one, or if models here cannot have it."""
    path, settings = checkpoint.path / CONFIG, checkpoint.settings
    kind, found = CLASSES[settings["architectures"][0]], dict[str, Any]()
    for ours, theirs in SIZES.items():
        values = [settings.get(key) for key in theirs]
        if None in values:
            raise UserError(f"{path}: {theirs[values.index(None)]}: missing; download it again")
        if len(set(values)) > 1:
            raise UserError(f"{path}: {theirs[1]}: not {theirs[0]}, as in models here; it cannot be imported")
        found[ours] = values[0]
    activation = settings.get("activation_function")
    if activation not in ACTIVATIONS:
        raise UserError(f"{path}: activation_function: {unknown(str(activation), ACTIVATIONS)}")
    if not settings.get("tie_word_embeddings", True):
        raise UserError(f"{path}: tie_word_embeddings: models here share one embedding; it cannot be imported")
    bias = checkpoint.tensors.get(BIAS)
    try:
        return ModelConfig(
            **found,
            norm="pre",
            activation=ACTIVATIONS[activation],
            positions="learned" if kind.learned else "fixed",
            embedding_norm=kind.embedding_norm,
            embedding_scale="sqrt" if settings.get("scale_embedding", kind.scaled) else "none",
            output_bias=bias is not None and bool(bias.any()),
        )
    except ValidationError as error:
        raise UserError(f"{path}: {first_mistake(error)}; it cannot be imported") from None


def weights(checkpoint: Checkpoint, config: ModelConfig, rows: Tensor) -> dict[str, Tensor]:
    """All weights by their names in model/network/transformer.py.

    rows: for each row of our vocabulary, the row there, or -1 for one that is new here, which becomes zero. Takes all
    tensors of the checkpoint. Raises UserError if one is missing or left over, or if there are several embeddings.
    """
    table, bias = _embedding(checkpoint), checkpoint.tensors.pop(BIAS, None)
    if int(rows.max()) >= len(table):
        raise checkpoint.error(f"has {len(table)} rows, its vocabulary {int(rows.max()) + 1}; give its own vocabulary")
    is_new = rows < 0
    found = {"embedding.tokens.weight": table[rows.clamp(min=0)].masked_fill_(is_new[:, None], 0)}
    if config.output_bias and bias is not None:
        found["output_bias"] = bias.float().flatten()[rows.clamp(min=0)].masked_fill_(is_new, 0)
    for side, text in (("encoder", "source"), ("decoder", "target")):
        end = FIRST_POSITION + config.max_positions
        learned = config.positions == "learned"
        places = checkpoint.take(f"{side}.embed_positions.weight") if learned else sinusoids(end, config.width)
        found[f"embedding.{text}_positions.weight"] = places[FIRST_POSITION:end]
    return found | layers(checkpoint, config)


def _embedding(checkpoint: Checkpoint) -> Tensor:
    """The one embedding, of which a file may have copies under other names."""
    tables = {name: checkpoint.take(name) for name in EMBEDDINGS if name in checkpoint.tensors}
    if not tables:
        raise checkpoint.error(f"has no tensor {EMBEDDINGS[0]}; {checkpoint.advice}")
    first, *others = tables
    for name in others:
        if not torch.equal(tables[name], tables[first]):
            raise checkpoint.error(f"{name} is not {first}; models here share one, so it cannot be imported")
    return tables[first]
