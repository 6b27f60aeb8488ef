"""Read model folders of Hugging Face: sizes and weights of the classes in `huggingface_classes`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from model.command import UserError
from model.config.model import CONFIG, ModelConfig
from model.interop.huggingface_classes import ACTIVATIONS, BIAS, CLASSES, SIZES, ModelClass
from model.interop.published import READS, Checkpoint, layers, load
from model.network.transformer import sinusoids
from model.records import first_mistake, unknown

EMBEDDINGS = ("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")
NEVER = -30.0  # bias of a new row: its probability is some 1e-13
POSITIONS = "embed_positions.weight"
BUFFERS = ("encoder.embed_positions.weights", "decoder.embed_positions.weights")  # sinusoids, in old files
FILES = {"safetensors": "model.safetensors", "torch": "pytorch_model.bin"}


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


def read_rows(path: Path) -> dict[str, int]:
    """A file of pieces and their rows. Raises UserError if it is none, or if a piece cannot stand in a vocabulary."""
    rows = read_json(path)
    for piece, row in rows.items():
        if not isinstance(row, int) or isinstance(row, bool) or row < 0:
            raise UserError(f"{path}: {piece!r}: {row!r} is no row; download it again")
        if not piece or set(piece) & {"\t", "\n", "\r"} or any("\ud800" <= letter <= "\udfff" for letter in piece):
            raise UserError(f"{path}: {piece!r} cannot stand in a vocabulary; download it again")
    return rows


def read_folder(folder: Path) -> Checkpoint:
    """The weights and config.json of a folder.

    Raises UserError for a class that is not in CLASSES, and if a file is missing or damaged.
    """
    settings = read_json(folder / CONFIG)
    named = settings.get("architectures")
    name = str(named[0]) if isinstance(named, list) and named else ""
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
            if not isinstance(parts, dict) or not all(_is_name(part) for part in parts.values()):
                raise UserError(f"{index}: weight_map: no names of files in this folder; download it again")
            yield from (folder / part for part in sorted(set(parts.values())))
            return
    raise UserError(f"{folder}: has neither {' nor '.join(FILES.values())}; download it again")


def _is_name(part: object) -> bool:
    return isinstance(part, str) and Path(part).name == part


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


def sizes(checkpoint: Checkpoint, language_tokens: str, has_new_rows: bool = False) -> ModelConfig:
    """The sizes of a model. Raises UserError if config.json lacks one, or if models here cannot have it.

    language_tokens: as in ModelConfig. has_new_rows: our vocabulary has rows that the model lacks. If it
    has a bias of the output, that makes them so unlikely that they change nothing.
    """
    path, settings = checkpoint.path / CONFIG, checkpoint.settings
    kind, found = CLASSES[settings["architectures"][0]], dict[str, Any]()
    for ours, theirs in SIZES.items():
        values = [settings.get(key) for key in theirs]
        if None in values:
            raise UserError(f"{path}: {theirs[values.index(None)]}: missing; download it again")
        if len(set(values)) > 1:
            raise UserError(f"{path}: {theirs[1]}: not {theirs[0]}, as in models here; it cannot be imported")
        found[ours] = values[0]
    activation = str(settings.get("activation_function"))
    if activation not in ACTIVATIONS:
        raise UserError(f"{path}: activation_function: {unknown(activation, ACTIVATIONS)}")
    for key in ("tie_word_embeddings", "share_encoder_decoder_embeddings"):
        if not settings.get(key, True):
            raise UserError(f"{path}: {key}: models here share one embedding; it cannot be imported")
    bias = checkpoint.tensors.get(BIAS)
    try:
        config = ModelConfig(
            **found,
            norm=kind.norm,
            activation=ACTIVATIONS[activation],
            language_tokens=language_tokens,
            embedding_norm=kind.embedding_norm,
            embedding_scale="sqrt" if settings.get("scale_embedding", kind.scaled) else "none",
            output_bias=bias is not None and (has_new_rows or bool(bias.any())),
        )
        return ModelConfig(**{**config.model_dump(), "positions": _positions(checkpoint, kind, config)})
    except ValidationError as error:
        raise UserError(f"{path}: {first_mistake(error)}; it cannot be imported") from None


def _positions(checkpoint: Checkpoint, kind: ModelClass, config: ModelConfig) -> str:
    """The kind of a model's positions: `sinusoidal` if its tables are ours, `fixed` if they are those of the class."""
    names, length = [f"{side}.{POSITIONS}" for side in READS], kind.first + config.max_positions
    tables = [checkpoint.tensors[name] for name in names if name in checkpoint.tensors]
    ours = F.pad(sinusoids(config.max_positions, config.width), (0, 0, kind.first, 0))
    if tables and all(_equal(table, ours) for table in tables):
        return "sinusoidal"
    if kind.computed and all(_equal(table, kind.computed(length, config.width)) for table in tables):
        return "fixed"
    return "learned"


def _equal(table: Tensor, computed: Tensor) -> bool:
    """Whether a table is the computed one, rounded to its number format."""
    same_shape = table.shape == computed.shape
    return same_shape and torch.allclose(table.float(), computed.to(table.dtype).float(), rtol=0, atol=1e-6)


def weights(checkpoint: Checkpoint, config: ModelConfig, rows: Tensor) -> dict[str, Tensor]:
    """All weights by their names in model/network/transformer.py.

    rows: for each row of our vocabulary, the row there, or -1 for one that is new here, which becomes zero. Takes all
    tensors of the checkpoint. Raises UserError if one is missing or left over, or if there are several embeddings.
    """
    table, bias = _embedding(checkpoint), checkpoint.tensors.pop(BIAS, None)
    if table.dim() != 2 or len(table) != checkpoint.settings.get("vocab_size", len(table)):
        raise checkpoint.error(
            f"its embedding has the shape {tuple(table.shape)}, not vocab_size rows; download it again"
        )
    if int(rows.max()) >= len(table):
        raise checkpoint.error(f"has {len(table)} rows, its vocabulary {int(rows.max()) + 1}; give its own vocabulary")
    if bias is not None and bias.numel() != len(table):
        raise checkpoint.error(f"{BIAS} has {bias.numel()} numbers for {len(table)} rows; download it again")
    is_new = rows < 0
    found = {"embedding.tokens.weight": table[rows.clamp(min=0)].masked_fill_(is_new[:, None], 0)}
    if config.output_bias and bias is not None:
        found["output_bias"] = bias.float().flatten()[rows.clamp(min=0)].masked_fill_(is_new, NEVER)
    kind = CLASSES[checkpoint.settings["architectures"][0]]
    for side, text in READS.items():
        end = kind.first + config.max_positions
        name = f"{side}.{POSITIONS}"
        if kind.computed and name not in checkpoint.tensors:
            table = kind.computed(end, config.width)
        else:
            table = checkpoint.take(name)
        if config.positions != "sinusoidal":
            found[f"embedding.{text}_positions.weight"] = table[kind.first : end]
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
