"""Folders of Hugging Face's models, which tests copy and change."""

import json
import shutil
from pathlib import Path
from typing import Any

from model.interop.huggingface_vocabulary import TOKENIZER_CONFIG

MODELS = Path(__file__).parent / "huggingface"


def copied(tmp_path: Path, name: str = "nllb") -> Path:
    """A copy of a folder, in tmp_path."""
    return Path(shutil.copytree(MODELS / name, tmp_path / name))


def settings(folder: Path, name: str = "config.json", **changes: Any) -> None:
    """Change keys of a file; None takes one out."""
    path = folder / name
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def listed(folder: Path, tokens: list[str]) -> None:
    """Let a folder list these tokens of languages, without their rows."""
    settings(folder, TOKENIZER_CONFIG, added_tokens_decoder=None)
    (folder / "added_tokens.json").unlink()
    settings(folder, "special_tokens_map.json", additional_special_tokens=tokens)
