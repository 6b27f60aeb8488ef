"""The vocabulary: vocabulary.tsv, its control rows, and its extension to new languages."""

import hashlib
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from model.command import UserError
from model.text.lines import read_lines, write_lines

PAD, END, UNKNOWN, MASK = "<pad>", "</s>", "<unk>", "<mask>"
BT = "<bt>"  # begins a back-translated source (Caswell et al. 2019, "Tagged back-translation")
SPECIALS = (PAD, END, UNKNOWN, MASK, BT)
PAD_ID, END_ID, UNKNOWN_ID, MASK_ID, BT_ID = range(5)
CONTROL_COUNT = -1
LANGUAGE = "<lang:"
_ROW = re.compile(r"([^\t]+)\t(-?[0-9]+)")


def language_token(language: str) -> str:
    """The token of a language, for instance `<lang:en>` (`<en>` in mRASP, section 2.3).

    Not `<tr>` or `<th>`, because these are also HTML tags, which occur in text.
    """
    return f"{LANGUAGE}{language}>"


def is_control_spelling(piece: str) -> bool:
    """Whether a piece of text is spelt like a special or language token. Such a piece gets no row."""
    return piece in SPECIALS or piece.startswith(LANGUAGE)


class Vocabulary:
    """Pieces and their ids. A piece's id is its line number in vocabulary.tsv, from 0.

    Control rows (special and language tokens) have the count -1. They are never the id of a piece of text, even if the
    text contains their spelling.
    """

    def __init__(self, pieces: Sequence[str], counts: Sequence[int]):
        self.pieces = list(pieces)
        self.counts = list(counts)
        self._text = {p: i for i, (p, c) in enumerate(zip(pieces, counts, strict=True)) if c != CONTROL_COUNT}
        self._control = {p: i for i, (p, c) in enumerate(zip(pieces, counts, strict=True)) if c == CONTROL_COUNT}

    def __len__(self) -> int:
        return len(self.pieces)

    @classmethod
    def build(cls, counts: Mapping[str, int], languages: Iterable[str], min_count: int, max_size: int) -> "Vocabulary":
        """Special tokens, a token for each language, then the pieces by decreasing count (ties by code point).

        counts: piece → how often it was seen. Pieces seen fewer than `min_count` times are left out, and the rarest
        pieces if there would be more than `max_size` rows.
        """
        control = [*SPECIALS, *map(language_token, languages)]
        kept = _ranked(counts, min_count)[: max(0, max_size - len(control))]
        return cls([*control, *(p for p, _ in kept)], [CONTROL_COUNT] * len(control) + [c for _, c in kept])

    def extended(self, counts: Mapping[str, int], languages: Iterable[str], min_count: int) -> "Vocabulary":
        """This vocabulary with rows added at its end for new languages and pieces; old rows keep their ids."""
        tokens = [t for t in map(language_token, languages) if t not in self._control]
        new = _ranked({p: c for p, c in counts.items() if p not in self._text}, min_count)
        return Vocabulary(
            [*self.pieces, *tokens, *(p for p, _ in new)],
            [*self.counts, *[CONTROL_COUNT] * len(tokens), *(c for _, c in new)],
        )

    def ids(self, pieces: Iterable[str]) -> list[int]:
        """Ids of pieces of text; those without a row become <unk>."""
        return [self._text.get(p, UNKNOWN_ID) for p in pieces]

    def language_id(self, language: str) -> int:
        """Id of a language's token. Raises UserError for a language that has none."""
        try:
            return self._control[language_token(language)]
        except KeyError:
            known = textwrap.shorten(", ".join(self.languages()), 200, placeholder=" …")
            raise UserError(f"language {language!r} has no row in the vocabulary, which knows {known}") from None

    def language_of(self, index: int) -> str:
        """The language whose token has this id."""
        return self.pieces[index][len(LANGUAGE) : -1]

    def languages(self) -> list[str]:
        """The languages with a token, in the order of their rows."""
        return [piece[len(LANGUAGE) : -1] for piece in self._control if piece not in SPECIALS]

    def is_control(self, index: int) -> bool:
        """Whether an id is that of a special or language token."""
        return self.counts[index] == CONTROL_COUNT

    def sha256(self) -> str:
        """Hash of the rows in order. Shards store the hash of the vocabulary that they were made with."""
        return hashlib.sha256("\n".join(self.pieces).encode()).hexdigest()

    def write(self, path: str | Path) -> None:
        """Write `piece TAB count` lines, completely or not at all."""
        write_lines(path, (f"{p}\t{c}" for p, c in zip(self.pieces, self.counts, strict=True)))

    @classmethod
    def read(cls, path: str | Path) -> "Vocabulary":
        """Read vocabulary.tsv. Raises UserError with the line number for a damaged or repeated row."""
        pieces: dict[str, int] = {}
        for number, line in enumerate(read_lines(path), 1):
            row = _ROW.fullmatch(line)
            if not row:
                raise UserError(f"{path}: line {number}: expected 'piece TAB count', found {line[:60]!r}")
            if row[1] in pieces:
                raise UserError(f"{path}: line {number}: {row[1]!r} is repeated; remove one")
            pieces[row[1]] = int(row[2])
        if tuple(pieces)[: len(SPECIALS)] != SPECIALS:
            raise UserError(f"{path}: the first lines must be {' '.join(SPECIALS)}")
        return cls(list(pieces), list(pieces.values()))


def _ranked(counts: Mapping[str, int], min_count: int) -> list[tuple[str, int]]:
    """Pieces by decreasing count, without those that are spelt like a control row."""
    kept = ((piece, count) for piece, count in counts.items() if count >= min_count and not is_control_spelling(piece))
    return sorted(kept, key=lambda row: (-row[1], row[0]))
