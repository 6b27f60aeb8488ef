"""Strict records for JSON files, with one-line error messages, and a function that writes JSON."""

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from model.writing import whole_file


def unknown(word: object, known: Iterable[str]) -> str:
    """`unknown 'drpout'; did you mean 'dropout'?`, or the list of known words if none is similar."""
    known = list(known)
    near = difflib.get_close_matches(str(word), known, 1)
    return f"unknown {word!r}; " + (f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none'}")


def wrong(message: str) -> PydanticCustomError:
    """An error in a record with our own message. pydantic adds the key."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


def first_mistake(error: ValidationError) -> str:
    """The first error of a validation as `key.path: what is wrong`, with the value if it is a number or a text."""
    first = error.errors()[0]
    own = "message" in first.get("ctx", {})  # one of `wrong`, which names the value itself if needed
    value = f", not {first['input']!r}" if not own and isinstance(first["input"], int | float | str) else ""
    said = "missing; add it" if first["type"] == "missing" else first["msg"] + value
    return ": ".join(filter(None, [".".join(map(str, first["loc"])), said]))


class Strict(BaseModel):
    """An immutable record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _offer_the_nearest_key(cls, data: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                raise wrong(unknown(key, known))
        return data


def write_json(path: str | Path, value: object) -> None:
    """Write a value as JSON, completely or not at all."""
    with whole_file(path) as part:
        part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
