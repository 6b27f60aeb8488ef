"""The tokenizer of a folder in the format of Hugging Face: tokenizer.json, where it splits text exactly as ours does.

That is with SentencePiece on words between spaces. The rows keep their order.
"""

import base64
import re
from collections.abc import Sequence
from typing import Any

from model.batches.placement import placement_of
from model.config.model import ModelConfig
from model.text.hidden import LOST
from model.text.sentencepiece_file import BPE, NORMAL, UNIGRAM, UNUSED, parsed
from model.text.tokenizer import MODEL, RESERVED, WORD_START, Tokenizer
from model.text.vocabulary import END, MASK, PAD, UNKNOWN, UNKNOWN_ID, language_token

METASPACE = {"type": "Metaspace", "replacement": WORD_START, "prepend_scheme": "always", "split": True}


def why_not(tokenizer: Tokenizer) -> str:
    """Why no tokenizer.json can split text exactly as this tokenizer does; empty if one can."""
    settings = tokenizer.settings
    if settings["kind"] != "sentencepiece":
        return f"its subwords are of the kind {settings['kind']}"
    if others := {name for name in settings["segmenters"].values() if name != "spaces"}:
        return f"its text is split into words by {', '.join(sorted(others))}"
    if settings["files"]:
        return "its two sides have subwords of their own"
    proto = _proto(tokenizer)
    spec, kinds = proto.trainer_spec, {piece.type for piece in proto.pieces}
    if spec.model_type not in (UNIGRAM, BPE) or spec.byte_fallback or not proto.normalizer_spec.add_dummy_prefix:
        return "its SentencePiece model has options that tokenizer.json lacks"
    if spec.model_type == BPE and UNUSED in kinds:
        return "its SentencePiece model is of the type BPE, and trimmed"
    return ""


def fast_tokenizer(tokenizer: Tokenizer, added: list[str] | None) -> dict[str, Any]:
    """tokenizer.json. added: tokens that a source gets, with `$A` for its text, or None if the caller adds them."""
    vocabulary, proto = tokenizer.vocabulary, _proto(tokenizer)
    controls = [row for row in range(len(vocabulary)) if vocabulary.is_control(row)]
    model = _bpe(tokenizer, proto) if proto.trainer_spec.model_type == BPE else _unigram(tokenizer, proto)
    template = [_of_template(token) for token in added or ["$A"]]
    return {
        "version": "1.0",
        "added_tokens": [_added_token(row, vocabulary.pieces[row]) for row in controls],
        "normalizer": {"type": "Sequence", "normalizers": _normalisation(proto)},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [METASPACE, *_apart([vocabulary.pieces[row] for row in controls], model["type"])],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template,
            "pair": [*template, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {
                vocabulary.pieces[row]: {"id": vocabulary.pieces[row], "ids": [row], "tokens": [vocabulary.pieces[row]]}
                for row in controls
            },
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                METASPACE,
                {"type": "Fuse"},
                _replace(" +", " ", "Regex"),
                {"type": "Strip", "content": " ", "start": 1, "stop": 1},
                *(_replace(stand_in, character) for character, stand_in in RESERVED.pairs),
            ],
        },
        "model": model,
    }


def added_tokens(config: ModelConfig, source: str | None, target: str | None) -> list[str] | None:
    """What a source gets of a folder that translates from `source` to `target`, for `fast_tokenizer`.

    None if it needs a language that is not given.
    """
    placement = placement_of(config)
    parts = [placement.first, "text", placement.last] if placement.first else ["text", placement.last]
    names = {"text": "$A", "end": END}
    names |= {end: language_token(code) for end, code in (("source", source), ("target", target)) if code}
    return [names[part] for part in parts] if names.keys() >= set(parts) else None


def tokenizer_config(config: ModelConfig) -> dict[str, Any]:
    """tokenizer_config.json. Spelt control tokens stay text, as they do here."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "eos_token": END,
        "unk_token": UNKNOWN,
        "mask_token": MASK,
        "model_max_length": config.max_positions,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,
    }


def _proto(tokenizer: Tokenizer) -> Any:
    return parsed((tokenizer.folder / MODEL).read_bytes())


def _normalisation(proto: Any) -> list[dict[str, Any]]:
    """What `normalised` of `model/text/lines.py` does to most text, and then what SentencePiece does."""
    steps: list[dict[str, Any]] = [
        {"type": "NFC"},
        _replace(r"\s+", " ", "Regex"),
        {"type": "Strip", "strip_left": True, "strip_right": True},
    ]
    for character, stand_in in RESERVED.pairs:
        steps += [_replace(stand_in, LOST), _replace(character, stand_in)]
    if charsmap := proto.normalizer_spec.precompiled_charsmap:
        steps.append({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap).decode()})
    return steps


def _apart(controls: Sequence[str], model: str) -> list[dict[str, Any]]:
    """Cut spelt control tokens behind `<` or `</`, so that no text becomes one. In BPE no pieces join to one anyway."""
    parts = [re.match("(</?)(.*)", token, re.DOTALL) for token in controls]
    spelt = "|".join(f"{part[1]}(?={re.escape(part[2])})" for part in parts if part)
    cut = {"Regex": f"{WORD_START}?(?:{spelt})"}
    return [{"type": "Split", "pattern": cut, "behavior": "Isolated", "invert": False}] if model == "Unigram" else []


def _replace(pattern: str, content: str, kind: str = "String") -> dict[str, Any]:
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def _added_token(row: int, content: str) -> dict[str, Any]:
    settings = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": row, "content": content, **settings}


def _of_template(token: str) -> dict[str, Any]:
    if token == "$A":
        return {"Sequence": {"id": "A", "type_id": 0}}
    return {"SpecialToken": {"id": token, "type_id": 0}}


def _unigram(tokenizer: Tokenizer, proto: Any) -> dict[str, Any]:
    scores = {piece.piece: piece.score for piece in proto.pieces if piece.type == NORMAL}
    rows = [[piece, scores.get(piece, 0.0)] for piece in tokenizer.vocabulary.pieces]
    return {"type": "Unigram", "unk_id": UNKNOWN_ID, "vocab": rows, "byte_fallback": False}


def _bpe(tokenizer: Tokenizer, proto: Any) -> dict[str, Any]:
    """Two pieces join if that makes a piece, those of the highest score first, as in SentencePiece."""
    known = {piece.piece for piece in proto.pieces if piece.type == NORMAL}
    ranked = sorted((piece for piece in proto.pieces if piece.type == NORMAL), key=lambda piece: -piece.score)
    merges = [
        [text[:cut], text[cut:]]
        for text in (piece.piece for piece in ranked)
        for cut in range(1, len(text))
        if text[:cut] in known and text[cut:] in known
    ]
    vocabulary = {piece: row for row, piece in enumerate(tokenizer.vocabulary.pieces)}
    return {
        "type": "BPE", "unk_token": UNKNOWN, "fuse_unk": True, "byte_fallback": False, "dropout": None,
        "continuing_subword_prefix": None, "end_of_word_suffix": None, "ignore_merges": False,
        "vocab": vocabulary, "merges": merges,
    }  # fmt: skip
