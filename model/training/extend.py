"""Fit the rows of a trained model to another vocabulary: some are left out, and others are added at its end."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from model.command import UserError
from model.config.training import NewRows
from model.text.bpe import JOINER
from model.text.vocabulary import SPECIALS, Vocabulary

SPREAD = 1e-5  # of the covariance of old rows, in the draws of `multivariate` (Hewitt 2021)
JOINERS = {"bpe": JOINER, "sentencepiece": ""}  # at the end of a piece that does not end a word


def kept_rows(old: Vocabulary, new: Vocabulary, where: str) -> list[int]:
    """The old rows that `new` begins with.

    Raises UserError unless these are all old rows that it has, in their order.
    """
    known = {piece: row for row, piece in enumerate(old.pieces)}
    kept = [known[piece] for piece in new.pieces if piece in known]
    if kept != sorted(kept) or new.pieces[: len(kept)] != [old.pieces[row] for row in kept]:
        raise UserError(
            f"{where}: its vocabulary is not the beginning of this run's; set subwords.from of the study to that folder"
        )
    return kept


def extended_embedding(
    weights: Tensor,
    old: Vocabulary,
    new: Vocabulary,
    kept: Sequence[int],
    generator: torch.Generator,
    new_rows: NewRows = "mean",
    kind: str = "bpe",
    like: Mapping[str, str] | None = None,
) -> Tensor:
    """Rows [new, D] from rows [old, D]. Kept rows do not change, and a new piece starts at the mean of its old parts.

    A new language token starts as that of the language in `like`, or else at the mean of the old language tokens. A
    piece that no old pieces spell is drawn from N(0, 1/D), as the rows of a new model are. With `new_rows` random, all
    other new rows are, as in mRASP's code; with multivariate, they are drawn close to the mean of all old rows. kept:
    as `kept_rows` returns them; kind: of subwords, a key of JOINERS. Raises UserError if `old` lacks a language in
    `like`, or has one that is to be new.
    """
    width, first = weights.size(1), len(kept)
    draws = torch.randn(len(new) - first, width, generator=generator)
    there = weights.any(1)  # rows of zeros stand in for tokens that an imported model does not have
    added = _near_the_mean(draws, weights[there]) if new_rows == "multivariate" else draws * width**-0.5
    named = [row for row, p in enumerate(old.pieces) if old.is_control(row) and p not in SPECIALS]
    languages = [row for row in named if there[row]]
    for row in range(first, len(new)) if new_rows == "mean" else ():
        parts = languages if new.is_control(row) else _parts(new.pieces[row], old, JOINERS[kind])
        if parts:
            added[row - first] = weights[parts].mean(0)
    for language, other in (like or {}).items():
        if language in old.languages():
            raise UserError(f"training.like: {language} is known to the model that the run starts from; take it out")
        if language in new.languages():
            added[new.language_id(language) - first] = weights[old.language_id(other)]
    return torch.cat([weights[list(kept)], added.to(weights.dtype)])


def _near_the_mean(draws: Tensor, rows: Tensor) -> Tensor:
    """Draws [new, D] from N(mean, SPREAD * covariance) of rows [old, D], made of draws from N(0, 1).

    The covariance has the number of rows as its divisor. A language model then gives a new piece about the mean
    probability (Hewitt 2021, "Initializing new word embeddings for pretrained language models").
    """
    centred = (rows - rows.mean(0)).double()
    variances, directions = torch.linalg.eigh(centred.T @ centred / len(rows))
    spread = (draws.double() * (SPREAD * variances.clamp(min=0)).sqrt()) @ directions.T
    return rows.mean(0) + spread.to(rows.dtype)


def _parts(piece: str, old: Vocabulary, joiner: str) -> list[int]:
    """Ids of the longest old pieces that spell a new one, from left to right. [] if a character is unknown."""
    body = piece.removesuffix(joiner)
    ending = piece[len(body) :]
    parts, start = [], 0
    while start < len(body):
        for end in range(len(body), start, -1):
            spelled = body[start:end] + (ending if end == len(body) else joiner)
            (index,) = old.ids([spelled])
            if old.pieces[index] == spelled:
                parts.append(index)
                start = end
                break
        else:
            return []
    return parts
