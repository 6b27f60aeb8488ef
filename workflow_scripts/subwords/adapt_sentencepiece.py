"""Fit the SentencePiece model and the vocabulary of another model to the text of a study.

Letters that they lack get pieces, so do learned pieces if asked for, and rows that the text does not need can go. Old
rows keep their order, and new ones follow.
"""

from collections.abc import Mapping
from typing import Any

from model.command import UserError
from model.text.sentencepiece_file import BPE, NORMAL, UNIGRAM, UNUSED, parsed
from model.text.tokenizer import applied
from model.text.vocabulary import SPECIALS, Vocabulary, is_control_spelling, language_token
from workflow_scripts.settings.subwords import Adapted, SentencePiece
from workflow_scripts.subwords.counts import piece_counts
from workflow_scripts.subwords.sentencepiece import learn_model

ALGORITHMS = {UNIGRAM: "unigram", BPE: "bpe"}


def adapt(model: bytes, old: Vocabulary, counts: Mapping[str, int], settings: Adapted) -> tuple[bytes, Vocabulary]:
    """The model and the vocabulary for a text, given the counts of its words.

    Without new pieces, text of known letters is split as before. With `trim`, the rows that stay are the special ones,
    the languages of the settings, single letters, bytes, the user's own symbols, and the pieces that the text has. A
    new piece that the text never has gets no row, but letters always do, so that other text can be split into them.
    Raises UserError if new pieces are asked for and the model is neither unigram nor bpe.
    """
    proto = parsed(model)
    _add_letters(proto, counts, settings.min_count)
    if settings.new_pieces:
        _add_learned(proto, counts, settings.new_pieces)
    seen, before = piece_counts(_pieces(proto), counts), set(old.pieces)
    controls = {*SPECIALS, *map(language_token, settings.languages)}
    always = {piece.piece for piece in proto.pieces if piece.type not in (NORMAL, UNUSED)}  # bytes and own symbols

    def stays(row: int) -> bool:
        piece = old.pieces[row]
        if not settings.trim:
            return True
        return piece in controls if old.is_control(row) else piece in seen or piece in always or len(piece) == 1

    kept = [row for row in range(len(old)) if stays(row)]
    new = [piece.piece for piece in proto.pieces if piece.type == NORMAL and piece.piece not in before]
    new = [piece for piece in new if (piece in seen or len(piece) == 1) and not is_control_spelling(piece)]
    vocabulary = Vocabulary(
        [*(old.pieces[row] for row in kept), *new],
        [*(old.counts[row] for row in kept), *(seen.get(piece, 0) for piece in new)],
    )
    rows = set(vocabulary.pieces)
    for piece in proto.pieces:
        if piece.type == NORMAL and piece.piece not in rows:
            piece.type = UNUSED
    return proto.SerializeToString(), vocabulary


def _pieces(proto: Any) -> Any:
    from sentencepiece import SentencePieceProcessor

    return applied(SentencePieceProcessor(model_proto=proto.SerializeToString()))


def _add(proto: Any, pieces: Mapping[str, float]) -> None:
    """Add pieces with scores below those of all others, by their own scores, which are 0 or less."""
    lowest = min(piece.score for piece in proto.pieces)
    for piece, score in pieces.items():
        proto.pieces.add(piece=piece, score=lowest - 1 + score, type=NORMAL)


def _add_letters(proto: Any, counts: Mapping[str, int], least: int) -> None:
    """Add the letters that the text has at least so often and that the model does not know."""
    known, letters = {piece.piece for piece in proto.pieces}, dict[str, int]()
    for piece, count in piece_counts(_pieces(proto), counts).items():
        for letter in piece if piece not in known else ():
            letters[letter] = letters.get(letter, 0) + count
    _add(proto, {letter: 0 for letter, count in sorted(letters.items()) if count >= least})


def _add_learned(proto: Any, counts: Mapping[str, int], most: int) -> None:
    """Add the first `most` pieces that the same algorithm learns on the text and that the model lacks.

    BPE makes a piece by joining two others. It has learned both before, so they are among the first too.
    """
    algorithm = ALGORITHMS.get(proto.trainer_spec.model_type)
    if algorithm is None:
        raise UserError("subwords.new_pieces: the model of subwords.from is neither unigram nor bpe; take this out")
    normalisation = "nmt_nfkc" if proto.normalizer_spec.precompiled_charsmap else "identity"
    settings = SentencePiece(size=None, algorithm=algorithm, character_coverage=1, normalisation=normalisation)  # type: ignore[arg-type]
    learned = {
        piece.piece: piece.score for piece in parsed(learn_model(counts, settings)).pieces if piece.type == NORMAL
    }
    known = {piece.piece for piece in proto.pieces}
    wanted = [piece for piece in learned if piece not in known and len(piece) > 1][:most]
    _add(proto, {piece: learned[piece] for piece in wanted})
