"""config.json of a model folder, for those who need its sizes and not its weights."""

import json
from pathlib import Path

from pydantic import ValidationError

from model.command import UserError
from model.config import ModelConfig

CONFIG = "config.json"


def read_config(folder: str | Path) -> ModelConfig:
    """The sizes of a model folder. Raises UserError where it is no model folder."""
    path = Path(folder) / CONFIG
    try:
        return ModelConfig.model_validate(json.loads(path.read_text())["model"])
    except FileNotFoundError:
        raise UserError(f"{path}: not found; give the folder named model/ of a finished run") from None
    except (json.JSONDecodeError, KeyError, ValidationError):
        raise UserError(f"{path}: damaged, or of no model of this project; give the folder model/ of a run") from None
