"""Take the weights of a trained model into one whose vocabulary has rows added at its end."""

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
    """Rows [new, D] from rows [old, D]: old rows stay, a new piece starts at the mean of its parts under the old rows.

    A new language token starts at the mean of the old ones. What has no parts is drawn from N(0, 1/D), as the first
    model's rows were; with `new_rows` random, as in mRASP's code, all new rows are. Parts are those of a BPE: a
    vocabulary of sentencepiece gains no pieces.
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
    """Ids of the longest old pieces that spell a new one, from left to right; [] where a character is unknown."""
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
