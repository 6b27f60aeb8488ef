"""Columns of text as arrays of code points, to count the characters of many lines at once.

Two tables over all code points describe characters: their class (bits, from Python's own Unicode data, so that counts
agree with `str` and `re`) and their script.
"""

import unicodedata
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import regex

from model.text.invisible import JOINED, JOINERS, RUN
from model.text.lines import normalised

Mask = np.ndarray  # bool, one a row or a character
Counts = np.ndarray  # int64, one a row
SPACE = 1  # what str.split splits at
ALNUM = 2  # letters and digits: `\w` without the underscore
MARK = 4  # combining marks, which are part of the letters in many scripts and which `\w` leaves out
SIGN = 8  # begins a placeholder, a tag or an entity, or follows the scheme of an address
JOINT = 16  # joins the parts of identifiers and file names
CHANGED = 32  # not in any normal form, see model.text.lines.normalised
REORDERED = 64  # has a combining class: its order among other marks matters
COMPOSED = 128  # may become one with the character before it
SIGNS, JOINTS = "%{$<&:", "_."
_SIZE = 0x110000
# All code points that have any of these properties; planes 4 to 13 are unassigned, 15 and 16 for private use. The last
# two of each plane are no characters.
_ASSIGNED = np.r_[0:0x40000, 0xE0000:0xE1000, [p + i for p in range(0x40000, _SIZE, 0x10000) for i in (0xFFFE, 0xFFFF)]]
_FIRST_JAMO, _LATER_JAMO, _SYLLABLES = range(0x1100, 0x1113), np.r_[0x1161:0x1176, 0x11A8:0x11C3], range(0xAC00, 0xD7A4)


@cache
def categories() -> np.ndarray:
    """General category of each code point as two letters in ASCII, uint8 [code points, 2]; `Cn` in other planes."""
    table = np.tile(np.frombuffer(b"Cn", np.uint8), (_SIZE, 1))
    names = "".join(unicodedata.category(chr(i)) for i in _ASSIGNED)
    table[_ASSIGNED] = np.frombuffer(names.encode(), np.uint8).reshape(-1, 2)
    return table


def _is_a(*kinds: str) -> Mask:
    """Code points whose category begins with one of these letters."""
    return np.isin(categories()[:, 0], [ord(kind) for kind in kinds])


@cache
def classes() -> np.ndarray:
    """The bits above of each code point, uint8."""
    table = np.zeros(_SIZE, np.uint8)
    characters = [chr(i) for i in _ASSIGNED]
    for bit, found in (
        (SPACE, [c.isspace() for c in characters]),
        (ALNUM, [c.isalnum() for c in characters]),
        (MARK, is_mark()[_ASSIGNED]),
        (SIGN, [c in SIGNS for c in characters]),
        (JOINT, [c in JOINTS for c in characters]),
        (CHANGED, _changed(characters)),
        (REORDERED, combining_classes()[_ASSIGNED] > 0),
    ):
        table[_ASSIGNED] |= np.uint8(bit) * np.asarray(found, bool)
    seconds = [second for *_, second in _decompositions()]
    table[[*seconds, *_LATER_JAMO]] |= COMPOSED
    return table


def _changed(characters: list[str]) -> list[bool]:
    """Characters that no normal form has, or only in some places: not NFC, controls, invisible, spaces; and `&`."""
    odd = (_is_a("C", "Z") & (categories()[:, 1] != ord("n")))[_ASSIGNED]  # without the unassigned, `Cn`
    return [
        c != " "
        and (c == "&" or not unicodedata.is_normalized("NFC", c) or bool((o or RUN.match(c)) and normalised(c) != c))
        for c, o in zip(characters, odd, strict=True)
    ]


@cache
def joined() -> Mask:
    """Whether a code point is a letter, mark or digit of a script whose words hold joiners and non-joiners."""
    table = np.zeros(_SIZE, bool)
    text = "".join(map(chr, _ASSIGNED))
    table[_ASSIGNED[[match.start() for match in regex.finditer(JOINED, text, regex.VERSION1)]]] = True
    return table


@cache
def is_mark() -> Mask:
    """Whether a code point is a combining mark of the first two planes."""
    return _is_a("M") & (np.arange(_SIZE) < 0x20000)


@cache
def combining_classes() -> np.ndarray:
    """Canonical combining class of each code point, uint8."""
    table = np.zeros(_SIZE, np.uint8)
    table[_ASSIGNED] = [unicodedata.combining(chr(i)) for i in _ASSIGNED]
    return table


@cache
def _decompositions() -> list[tuple[int, int, int]]:
    """(code point, first part, second part) of those that NFC makes of two, but for Hangul, which follows a rule."""
    parts = [(i, found.split()) for i in _ASSIGNED if (found := unicodedata.decomposition(chr(i)))]
    pairs = [(i, *(int(part, 16) for part in p)) for i, p in parts if len(p) == 2 and not p[0].startswith("<")]
    return [pair for pair in pairs if unicodedata.is_normalized("NFC", chr(pair[0]))]


@cache
def pairs_that_join() -> np.ndarray:
    """The pairs of code points that NFC makes one of, but for Hangul: (first · _SIZE + second), sorted."""
    return np.sort([first * _SIZE + second for _, first, second in _decompositions()])


@cache
def highest() -> np.ndarray:
    """The combining class of the last mark in each composed code point, uint8; 255 for Hangul, 0 for all others.

    NFC may put a mark of a lower class, or a later part of Hangul, into the code point.
    """
    table = np.zeros(_SIZE, np.uint8)
    made, _, second = zip(*_decompositions(), strict=True)
    table[list(made)] = combining_classes()[list(second)]
    table[[*_FIRST_JAMO, *_SYLLABLES]] = 255
    return table


@cache
def scripts() -> tuple[list[str], np.ndarray]:
    """(names of scripts, number of the script of each code point, uint8). 0: no letter, or of no one script."""
    from fontTools.unicodedata import Scripts

    names = ["", *sorted({name for name in Scripts.VALUES if name not in ("Zyyy", "Zinh", "Zzzz")})]
    numbers = [names.index(name) if name in names else 0 for name in Scripts.VALUES]
    table = np.repeat(np.array(numbers, np.uint8), np.diff([*Scripts.RANGES, _SIZE]))
    return names, table * _is_a("L", "M")


def code_points(text: str) -> np.ndarray:
    """The code points of a text, uint32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def looked_up(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The row of a table for each code point. All are in the table; `clip` makes numpy twice as fast."""
    return table.take(codes, mode="clip")


class Characters:
    """The characters of one column of text, row after row. Counts of rows are computed when they are first needed.

    texts: the column; codes: code points of all rows, uint32; bounds: where rows begin in `codes`, and its end, int64.
    """

    def __init__(self, texts: pa.Array) -> None:
        """From a column of strings of any width; a missing one counts as empty."""
        texts = texts if texts.type == pa.string() else texts.cast(pa.string())
        self.texts = pc.fill_null(texts, "") if texts.null_count else texts
        self.lengths: Counts = pc.utf8_length(self.texts).to_numpy().astype(np.int64)
        self.bounds = np.concatenate([[0], np.cumsum(self.lengths)])
        self.codes = code_points(_joined(self.texts))

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def classes(self) -> np.ndarray:
        """Class of each character, uint8."""
        return looked_up(classes(), self.codes)

    @cached_property
    def scripts(self) -> np.ndarray:
        """Number of the script of each character, uint8."""
        return looked_up(scripts()[1], self.codes)

    @cached_property
    def scripts_present(self) -> Mask:
        """Whether each script, by its number, has a character in the column."""
        found = np.zeros(256, bool)
        one = self.scripts.max(initial=0)  # most columns have letters of one script alone, which is quick to see
        if ((self.scripts == 0) | (self.scripts == one)).all():
            found[[0, one]] = True
        else:
            found[self.scripts] = True
        return found

    def has(self, bits: int) -> Mask:
        """Whether each character has any of these classes."""
        return (self.classes & bits) != 0

    def counts(self, mask: Mask) -> Counts:
        """The number of characters of each row that a mask over all characters marks."""
        found = np.zeros(len(self), np.int64)
        filled = self.lengths > 0  # reduceat has no empty runs; without them, each row ends where the next begins
        if filled.any():
            found[filled] = np.add.reduceat(mask, self.bounds[:-1][filled], dtype=np.int64)
        return found

    def rows_of(self, positions: np.ndarray) -> np.ndarray:
        """The number of the row that each position is in."""
        return np.searchsorted(self.bounds, positions, side="right") - 1

    def rows_with(self, positions: np.ndarray) -> Mask:
        """Whether each row has one of the positions."""
        found = np.zeros(len(self), bool)
        found[self.rows_of(positions)] = True
        return found

    @cached_property
    def words(self) -> tuple[np.ndarray, np.ndarray]:
        """(first, last) position of each word of all rows. White space separates words."""
        inside = ~self.has(SPACE)
        first, last = inside.copy(), inside.copy()
        first[1:] &= ~inside[:-1]
        last[:-1] &= ~inside[1:]
        starts, ends = self.bounds[:-1][self.lengths > 0], self.bounds[1:][self.lengths > 0] - 1
        first[starts], last[ends] = inside[starts], inside[ends]
        return np.flatnonzero(first), np.flatnonzero(last)

    @cached_property
    def word_counts(self) -> Counts:
        """Words of each row."""
        return np.diff(np.searchsorted(self.words[0], self.bounds))

    @cached_property
    def letters(self) -> Counts:
        """Letters, digits and combining marks of each row."""
        return self.counts(self.has(ALNUM | MARK))

    @cached_property
    def blanks(self) -> Counts:
        """Spaces U+0020 of each row."""
        return self.counts(self.codes == ord(" "))

    @cached_property
    def _signs(self) -> tuple[np.ndarray, np.ndarray]:
        positions = np.flatnonzero(self.has(SIGN))
        return positions, self.codes[positions]

    def with_signs(self, signs: str) -> Mask:
        """Whether each row has one of these signs, which must be among SIGNS."""
        positions, codes = self._signs
        return self.rows_with(positions[np.isin(codes, code_points(signs))])

    def may_change(self) -> Mask:
        """Whether each row may not be in normal form (model.text.lines.normalised). All other rows are.

        Such a row has a character that no normal form has, a space at an end or after another space, or fails the quick
        check of Unicode's normalisation: marks are out of order, or a mark follows a character that it may join.
        """
        spaces = self.has(SPACE)
        doubtful = np.zeros(len(self.codes), bool)
        ends = np.concatenate([self.bounds[:-1][self.lengths > 0], self.bounds[1:][self.lengths > 0] - 1])
        doubtful[ends] = True
        changed = np.flatnonzero(self.has(CHANGED))
        joiners = np.isin(self.codes[changed], code_points(JOINERS))
        if joiners.any():
            changed = changed[~joiners | doubtful[changed] | ~self._stand_in_words(changed)]
        doubtful[ends] = spaces[ends]
        doubtful[1:] |= spaces[1:] & spaces[:-1]
        return self.rows_with(np.concatenate([changed, np.flatnonzero(doubtful), self._marks_in_doubt()]))

    def _stand_in_words(self, positions: np.ndarray) -> Mask:
        """Whether each position is between two characters of words in scripts that use joiners and non-joiners."""
        around = [looked_up(joined(), self.codes.take(positions + step, mode="clip")) for step in (-1, 1)]
        return around[0] & around[1]

    def _marks_in_doubt(self) -> np.ndarray:
        """Positions of marks that may be out of order, or join the character before them."""
        # The character before the first one of a row belongs to another row. At worst this is a false alarm.
        marks = np.flatnonzero(self.has(REORDERED | COMPOSED))
        before, mark = self.codes[marks - 1], self.codes[marks]
        order, composed = combining_classes(), (self.classes[marks] & COMPOSED) != 0
        unordered = (order[mark] > 0) & (order[before] > order[mark])
        pairs = before.astype(np.int64) * _SIZE + mark
        found = np.searchsorted(pairs_that_join(), pairs).clip(max=len(pairs_that_join()) - 1)
        joins = (pairs_that_join()[found] == pairs) | (highest()[before] > order[mark])
        return marks[unordered | (composed & (joins | (order[before] > 0)))]


def _joined(texts: pa.Array) -> str:
    """All rows of a column as one string, from its buffer."""
    _, bounds, data = texts.buffers()
    if data is None or not len(texts):
        return ""
    start, end = np.frombuffer(bounds, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return str(data.slice(start, end - start), "utf-8")
