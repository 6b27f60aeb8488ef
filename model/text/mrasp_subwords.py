"""Read released subwords, such as mRASP's: codes of subword-nmt, and a fairseq vocabulary of `piece count` lines.

mRASP's files are `codes.bpe.32000` and `vocab.bpe.32000`. After its pieces, the vocabulary has a row for each language
token, `LANG_TOK_EN`, with a tab instead of a space, and a count of -1 or none.
"""

import re
from collections.abc import Collection
from pathlib import Path

from model.command import UserError
from model.text.bpe import Merges
from model.text.languages import AMBIGUOUS, check_language, short
from model.text.lines import read_lines
from model.text.vocabulary import CONTROL_COUNT, LANGUAGE, SPECIALS, Vocabulary, language_token

_ROW = re.compile(r"([^ \t]+)(?:[ \t](-?[0-9]+))?")
_TOKEN = re.compile(r"LANG_TOK_([A-Z_]+)")


def read_codes(path: str | Path) -> list[str]:
    """The lines of a file of codes. Raises UserError with the line number for an invalid line."""
    Merges(path)
    return read_lines(path)


def read_vocabulary(path: str | Path, languages: Collection[str]) -> Vocabulary:
    """The special tokens, then the rows of the file in its order: row i has the id 5 + i, one more than in fairseq.

    Language tokens are renamed to those of this project. languages: those of the study; languages without a token get
    one at the end. Raises UserError with the line number for an invalid or repeated row.
    """
    rows = dict.fromkeys(SPECIALS, CONTROL_COUNT)
    for number, line in enumerate(read_lines(path), 1):
        found = _ROW.fullmatch(line)
        piece, count = (found[1], int(found[2] or CONTROL_COUNT)) if found else ("", CONTROL_COUNT)
        token = _token(piece, languages)
        if token and token not in rows:
            piece, count = token, CONTROL_COUNT
        elif _TOKEN.fullmatch(piece):  # of an unknown language, or of one that has a token already
            count = max(count, 0)
        elif count < 0:
            raise UserError(f"{path}: line {number}: expected a piece, a space and its count, found {line[:60]!r}")
        if piece in rows or (count >= 0 and piece.startswith(LANGUAGE)):
            raise UserError(f"{path}: line {number}: {piece!r} is repeated, or is a special token; remove it")
        rows[piece] = count
    return Vocabulary(list(rows), list(rows.values())).extended({}, languages, 1)


def _token(piece: str, languages: Collection[str]) -> str | None:
    """The language token of this project for a token of mRASP, or None if it is not one.

    `LANG_TOK_ZH` may mean zh_Hans or zh_Hant. Then it is the one in `languages`, or else the first.
    """
    found = _TOKEN.fullmatch(piece)
    if not found:
        return None
    code = found[1].lower()
    candidates = [short(candidate) for candidate in AMBIGUOUS.get(code, ())]
    if not candidates:
        try:
            candidates = [check_language(code)]
        except UserError:
            return None
    return language_token(next((c for c in candidates if c in languages), candidates[0]))
