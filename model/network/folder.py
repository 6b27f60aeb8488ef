"""Model folders: model.safetensors, config.json and the subword files. Nothing else is needed to load a model."""

import os
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.command import UserError
from model.config.model import CONFIG, ModelConfig, read_config
from model.network.transformer import Transformer
from model.records import write_json
from model.text.tokenizer import VOCABULARY, Tokenizer, subword_files
from model.text.vocabulary import Vocabulary
from model.writing import whole_folder

WEIGHTS = "model.safetensors"


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write tensors to a file, with the permissions of ordinary files. Raises OSError."""
    try:
        save_file(tensors, path, metadata)
    except SafetensorError as error:
        raise OSError(f"{path}: could not be written ({error})") from None
    path.chmod(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def save_model(
    folder: Path,
    weights: dict[str, Tensor],
    config: ModelConfig,
    subwords: Path,
    vocabulary: Vocabulary,
    about: dict[str, object],
) -> None:
    """Write a model folder, completely or not at all. `about` is stored in config.json."""
    with whole_folder(folder) as part:
        write_tensors(part / WEIGHTS, {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()})
        write_json(part / CONFIG, {"model": config.model_dump(), "about": about})
        for name in subword_files(subwords):
            shutil.copy(subwords / name, part / name)
        vocabulary.write(part / VOCABULARY)


def read_weights(folder: str | Path) -> dict[str, Tensor]:
    """The weights of a model folder or checkpoint, on the processor. Raises UserError if missing or damaged."""
    path = Path(folder) / WEIGHTS
    try:
        return load_file(path)
    except FileNotFoundError:
        raise UserError(
            f"{path}: not found; copy the model folder again, or run its study again, which makes it"
        ) from None
    except SafetensorError as error:
        raise UserError(f"{path}: damaged ({error}); copy the model folder again, or train again") from None


def check_files(folder: str | Path) -> None:
    """Raise UserError if a file of a model folder is missing."""
    read_config(folder)
    for name in (WEIGHTS, VOCABULARY, *subword_files(folder)):
        if not Path(folder, name).exists():
            raise UserError(
                f"{Path(folder, name)}: not found; copy the model folder again, or run its study again, which makes it"
            )


def load_model(folder: str | Path, device: torch.device) -> tuple[Transformer, Tokenizer]:
    """A model ready to decode, and its tokenizer. Raises UserError if the folder is incomplete or damaged."""
    check_files(folder)
    config, tokenizer = read_config(folder), Tokenizer(folder)
    model = Transformer(config, len(tokenizer.vocabulary))
    try:
        model.load_state_dict(read_weights(folder))
    except RuntimeError:
        raise UserError(f"{folder}: its files do not belong together; copy the model folder again") from None
    return model.to(device).eval(), tokenizer
