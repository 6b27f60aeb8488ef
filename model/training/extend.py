"""Extend the embedding of a trained model to a vocabulary with rows added at its end."""

from typing import Literal

import torch
from torch import Tensor

from model.command import UserError
from model.text.bpe import JOINER
from model.text.vocabulary import SPECIALS, Vocabulary


def check_extension(old: Vocabulary, new: Vocabulary, where: str) -> None:
    """Raise UserError unless `new` begins with the rows of `old`."""
    if new.pieces[: len(old)] != old.pieces:
        raise UserError(
            f"{where}: its vocabulary is not the beginning of this run's; set subwords.from of the study to that folder"
        )


def extended_embedding(
    weights: Tensor,
    old: Vocabulary,
    new: Vocabulary,
    generator: torch.Generator,
    new_rows: Literal["mean", "random"] = "mean",
) -> Tensor:
    """Rows [new, D] from rows [old, D]. Old rows stay. A new piece starts at the mean of the old pieces that spell it.

    A new language token starts at the mean of the old language tokens. A piece that no old pieces spell is drawn from
    N(0, 1/D), as the rows of a new model are. With `new_rows` random, all new rows are, as in mRASP's code. Only BPE
    vocabularies get new pieces; a SentencePiece vocabulary gets only language tokens.
    """
    width = weights.size(1)
    added = torch.randn(len(new) - len(old), width, generator=generator) * width**-0.5
    languages = [row for row, piece in enumerate(old.pieces) if old.is_control(row) and piece not in SPECIALS]
    for row in range(len(old), len(new)) if new_rows == "mean" else ():
        parts = languages if new.is_control(row) else _parts(new.pieces[row], old)
        if parts:
            added[row - len(old)] = weights[parts].mean(0)
    return torch.cat([weights, added.to(weights.dtype)])


def _parts(piece: str, old: Vocabulary) -> list[int]:
    """Ids of the longest old pieces that spell a new one, from left to right. [] if a character is unknown."""
    body, ending = (piece[: -len(JOINER)], JOINER) if piece.endswith(JOINER) else (piece, "")
    parts, start = [], 0
    while start < len(body):
        for end in range(len(body), start, -1):
            spelled = body[start:end] + (ending if end == len(body) else JOINER)
            (index,) = old.ids([spelled])
            if old.pieces[index] == spelled:
                parts.append(index)
                start = end
                break
        else:
            return []
    return parts
