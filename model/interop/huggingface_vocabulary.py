"""Read the vocabulary of a model folder of Hugging Face: its rows by name, in our order.

Ours begins with special tokens and the tokens of languages. Their `<s>`, which nothing uses, becomes `<bt>`.
"""

import re
from pathlib import Path
from typing import Any

import sentencepiece

from model.command import UserError
from model.interop.huggingface import read_json, read_rows
from model.text.languages import first_of, short
from model.text.vocabulary import CONTROL_COUNT, PAD, SPECIALS, Vocabulary, is_control_spelling, language_token

SPM = "sentencepiece.bpe.model"
CONFIG, SPECIAL, ADDED, FAST, PIECES = (
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.json", "vocab.json"
)  # fmt: skip
# Names of our special tokens there.
THEIRS = {"<bt>": "<s>"}
# Rows of fairseq's dictionaries, which these vocabularies begin with. The pieces of the .spm follow.
FAIRSEQ = {"<s>": 0, PAD: 1, "</s>": 2, "<unk>": 3}
OWN = 3  # pieces of the .spm that are special there
LANGUAGE = re.compile(r"__(\w+)__|([a-z]{3}_[A-Z][a-z]{3})|([a-z]{2}_[A-Z]{2})")


def vocabulary_of(folder: Path) -> tuple[Vocabulary, list[int]]:
    """The vocabulary in our order, and for each of its rows the row there, or -1 for one that is new here.

    Raises UserError if a file is missing or damaged, and for a model whose sources do not begin with their language.
    """
    _check_layout(folder)
    pieces = _pieces(folder / SPM)
    if (folder / PIECES).exists():  # M2M-100
        known = read_rows(folder / PIECES)
    else:
        known = FAIRSEQ | {piece: row for row, piece in enumerate(pieces, 1) if row > OWN}
    added = _added(folder, len(known))
    languages = {short(first_of(code)): row for token, row in added.items() if (code := _language(token))}
    special = [(known | added).get(THEIRS.get(token, token), -1) for token in SPECIALS]
    text = [piece for piece in pieces[OWN:] if piece in known and not is_control_spelling(piece)]
    names = [*SPECIALS, *map(language_token, languages), *text]
    rows = [*special, *languages.values(), *(known[piece] for piece in text)]
    counts = [CONTROL_COUNT] * (len(names) - len(text)) + [0] * len(text)
    return Vocabulary(names, counts), rows


def _check_layout(folder: Path) -> None:
    path = folder / CONFIG
    if path.exists() and read_json(path).get("legacy_behaviour"):
        raise UserError(
            f"{path}: legacy_behaviour: its sources end with the token of their language, and sources here begin with"
            " it; it cannot be imported"
        )


def check_spm(path: Path) -> sentencepiece.SentencePieceProcessor:
    """The SentencePiece model of a file. Raises UserError if it is missing, or is none."""
    if not path.exists():
        raise UserError(f"{path}: not found; copy it from the model that this one was made from")
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError):
        raise UserError(f"{path}: not a SentencePiece model; download it again") from None


def _pieces(path: Path) -> list[str]:
    processor = check_spm(path)
    return [processor.id_to_piece(row) for row in range(processor.get_piece_size())]


def _added(folder: Path, first: int) -> dict[str, int]:
    """The rows of tokens that are not pieces, in their order. first: the row of the first, where no file says it."""
    files = (read_json(folder / name) if (folder / name).exists() else {} for name in (CONFIG, FAST, ADDED))
    config, fast, added = files
    if tokens := config.get("added_tokens_decoder"):
        return _in_order({token["content"]: int(row) for row, token in tokens.items()})
    if tokens := fast.get("added_tokens"):
        return _in_order({token["content"]: token["id"] for token in tokens})
    if added:
        return _in_order(added)
    names = read_json(folder / SPECIAL).get("additional_special_tokens")
    if not names:
        raise UserError(f"{folder / SPECIAL}: additional_special_tokens: no token of a language; download it again")
    return {_content(token): first + row for row, token in enumerate([*names, "<mask>"])}


def _in_order(rows: dict[str, int]) -> dict[str, int]:
    return dict(sorted(rows.items(), key=lambda item: item[1]))


def _content(token: Any) -> str:
    return token["content"] if isinstance(token, dict) else token


def _language(token: str) -> str | None:
    """The code of a language in its token: `fr` of `__fr__`, `fra_Latn`, `fr` of `fr_XX`, or None.

    The country of mBART's codes says nothing but which Chinese it is.
    """
    if not (found := LANGUAGE.fullmatch(token)):
        return None
    plain, flores, country = found.groups()
    return plain or flores or (country if country.startswith("zh") else country[:2])
