"""Strict records for JSON files, with one-line error messages, and a function that writes JSON."""

import difflib
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from model.writing import whole_file

# Keys of fairseq, Marian, OpenNMT, subword-nmt and SentencePiece → ours. `-` and `_` are the same in them.
ELSEWHERE = {
    "activation_fn": "activation", "after_batches": "updates", "batch_size": "batch_tokens", "beam_size": "beam",
    "bpe_codes": "codes", "dec_depth": "decoder_layers", "dim_emb": "width", "early_stopping": "patience",
    "enc_depth": "encoder_layers", "encoder_attention_heads": "heads", "encoder_embed_dim": "width",
    "encoder_ffn_embed_dim": "feedforward", "encoder_normalize_before": "norm", "finetune_from_model": "init",
    "fp16": "precision", "keep_interval_updates": "keep_checkpoints", "keep_last_epochs": "keep_checkpoints",
    "learn_rate": "learning_rate", "lenpen": "length_penalty", "lr": "learning_rate", "lr_scheduler": "schedule",
    "lr_warmup": "warmup", "max_len_a": "max_length_factor", "max_length": "max_positions",
    "max_source_positions": "max_positions", "max_target_positions": "max_positions", "max_tokens": "batch_tokens",
    "max_update": "updates", "mini_batch_words": "batch_tokens", "n_best": "nbest", "normalize": "length_penalty",
    "num_operations": "merges", "optimizer_delay": "batches_per_update", "pretrained_model": "init",
    "restore_file": "init", "sampling_topk": "top_k", "save_freq": "checkpoint_every",
    "save_interval_updates": "checkpoint_every", "symbols": "merges", "train_steps": "updates",
    "transformer_dim_ffn": "feedforward", "transformer_dropout": "dropout",
    "transformer_dropout_attention": "attention_dropout", "transformer_heads": "heads",
    "transformer_postprocess": "norm", "update_freq": "batches_per_update", "valid_freq": "evaluate_every",
    "validate_interval_updates": "evaluate_every", "vocab_size": "size", "vocabulary_threshold": "min_count",
    "warmup_init_lr": "warmup_from", "warmup_steps": "warmup", "warmup_updates": "warmup",
}  # fmt: skip
# Kinds of errors of pydantic → what we say of the value.
PLAIN = {
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "dict_type": "is no mapping; write {key: value}",
    "finite_number": "is no finite number",
    "float_parsing": "is no number",
    "float_type": "is no number",
    "int_from_float": "is no whole number",
    "int_parsing": "is no whole number",
    "int_type": "is no whole number",
    "list_type": "is no list; write [one, another]",
    "model_type": "is no mapping; write {key: value}",
    "string_type": "is no text; write it in quotes",
    "tuple_type": "is no list; write [one, another]",
}


def unknown(word: object, known: Iterable[str], kind: str = "") -> str:
    """`unknown run 'mrsap'; did you mean 'mrasp'?`, or the list of known words if none is similar. kind: of word."""
    known = list(known)
    if ours := _here(word, known):
        return f"unknown {word!r}; here it is called {ours!r}"
    named = " ".join(filter(None, ["unknown", kind, repr(word)]))
    near = difflib.get_close_matches(str(word), known, 1)
    return f"{named}; " + (f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none'}")


def wrong(message: str) -> PydanticCustomError:
    """An error in a record with our own message. pydantic adds the key."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


def first_mistake(error: ValidationError) -> str:
    """The first error of a validation as `key.path: what is wrong`, with the value if it is a number or a text."""
    first = error.errors()[0]
    own = "message" in first.get("ctx", {})  # one of `wrong`, which names the value itself if needed
    value = f", not {first['input']!r}" if not own and isinstance(first["input"], int | float | str) else ""
    said = "missing; add it" if first["type"] == "missing" else _plain(first["type"], first["input"])
    path = [str(key) for key in first["loc"]]
    if path[-1:] == ["[key]"]:  # the mistake is in the key before, which the message shows
        path[-2:] = ["a key"]
    return ": ".join(filter(None, [".".join(path), said or first["msg"] + value]))


def _here(word: object, known: Collection[str]) -> str | None:
    """The key among some that does what a key of another tool does there, or None."""
    ours = ELSEWHERE.get(str(word).replace("-", "_"))
    return ours if ours in known else None


def _plain(kind: str, value: object) -> str | None:
    """What is wrong with a value in plain words, or None for other kinds of errors."""
    if kind not in PLAIN:
        return None
    if isinstance(value, bool) and kind == "string_type":
        return f"is {str(value).lower()} to YAML, as yes, no, on and off are; write it in quotes"
    return f"{value!r} {PLAIN[kind]}" if isinstance(value, int | float | str) else PLAIN[kind]


def _misread(kind: Any, value: object) -> str | None:
    """Key and mistake of the first number that YAML has made of something else, or None.

    pydantic would take 1.000 for 1, `yes` for 1 and `no` for 0. kind: a field's annotation.
    """
    kinds = _alternatives(kind)
    if isinstance(value, list | dict):
        for found in kinds:
            if get_origin(found) in ([dict] if isinstance(value, dict) else [list, tuple]):
                for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
                    if mistake := _misread(get_args(found)[-1], entry):
                        return f".{key}{mistake}"
        return None
    if isinstance(value, bool) and bool not in kinds and kinds & {int, float}:
        return f": {str(value).lower()} is no number (to YAML, yes, no, on and off are true and false)"
    if isinstance(value, float) and int in kinds and float not in kinds:
        return f": {value!r} is no whole number; write it without a point"
    return None


def _alternatives(kind: Any) -> set[Any]:
    """The types that an annotation allows."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return set().union(*map(_alternatives, get_args(kind)))
    return {kind}


class Strict(BaseModel):
    """An immutable record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _offer_the_nearest_key(cls, data: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                raise wrong(unknown(key, known))
        return data

    @model_validator(mode="before")
    @classmethod
    def _refuse_misread_numbers(cls, data: Any) -> Any:
        for name, field in cls.model_fields.items() if isinstance(data, dict) else ():
            key = field.alias or name
            if mistake := _misread(field.annotation, data.get(key)):
                raise wrong(f"{key}{mistake}")
        return data


def write_json(path: str | Path, value: object) -> None:
    """Write a value as JSON, completely or not at all."""
    with whole_file(path) as part:
        part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
