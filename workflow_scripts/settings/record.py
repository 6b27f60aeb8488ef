"""Settings of a job, read from their file."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from model.command import UserError
from model.records import Strict, first_mistake

Settings = TypeVar("Settings", bound=Strict)


def read_settings(kind: type[Settings], path: str | Path) -> Settings:
    """Read the settings of a job. Raises UserError for a missing file and for one that holds something else."""
    try:
        return kind.model_validate_json(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not found; run the command through snakemake, which writes it") from None
    except ValidationError as error:
        raise UserError(f"{path}: {first_mistake(error)}; run the command through snakemake, which writes it") from None
