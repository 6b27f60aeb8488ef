"""Words of scripts with spaces, split so that joining them gives exactly the text that was split.

A word is a run of letters, combining marks and digits. Every other character is a token of its own. It carries the
mark `￭` on the side where no space is, as in OpenNMT's tokeniser: `don’t, (yes)` gives `don ￭’￭ t ￭, (￭ yes ￭)`. So
words of letters have no mark, and dictionaries find them. The rules are the same for all languages.
"""

from collections.abc import Sequence

import regex

from model.text.hidden import Hidden

MARK = "￭"  # U+FFED
# Letters, combining marks and digits; and U+200C, U+200D and U+180E, which shape the letters beside them.
WORD_CHARACTERS = r"\p{L}\p{M}\p{N}\u200c\u200d\u180e"
# Points and commas between digits belong to a number.
_WORD = rf"[\p{{L}}\p{{N}}][{WORD_CHARACTERS}]*+(?:(?<=\p{{Nd}})[.,٫٬](?=\p{{Nd}})[{WORD_CHARACTERS}]*+)*+"
# One character to the eye (a grapheme cluster), such as an emoji made of several, or a run of the same.
_SIGN = r"(?! )(?P<one>\X)(?P=one)*+"
_WORD_ALONE = regex.compile(_WORD)
_MARKED = regex.compile(f" ?{MARK} ?")
_HIDDEN = Hidden(MARK)
WORD, KEPT, SIGN = range(3)


class MarkedWords:
    """Splits and joins lines. Each chunk, the text between two spaces, has the same words in every line.

    kept: pattern of text that stays whole, such as placeholders. It is marked only where it touches a word or another
    such text. entangled: pattern (for Python and RE2) of lines in which such text may have a space.
    """

    def __init__(self, kept: str = "", entangled: str = ""):
        self.entangled = entangled
        self._pattern = regex.compile(rf"(?P<kept>{kept or '(?!)'})|{_WORD}|(?P<sign>{_SIGN})")

    def following(self, chunk: str) -> int:
        """Words do not depend on the next chunk."""
        return 0

    def words_of_chunks(self, chunks: Sequence[str], following: int) -> list[list[str]]:
        """The words of each chunk."""
        return [[chunk] if _WORD_ALONE.fullmatch(chunk) else self.split(chunk) for chunk in chunks]

    def split(self, line: str) -> list[str]:
        """The words of a line, and its other characters with marks."""
        words: list[str] = []
        level, end = WORD, -1
        for match in self._pattern.finditer(_HIDDEN.hide(" ".join(line.split()))):
            before, level = level, (SIGN if match["sign"] else KEPT if match["kept"] else WORD)
            first, *others = match[0].split()  # a tag may have spaces, a word has none
            if match.start() != end:
                words.append(first)
            elif level >= before:
                words.append(MARK + first)
            else:
                words[-1] += MARK
                words.append(first)
            words += others
            end = match.end() - match[0].endswith(" ")
        return words

    def join(self, words: Sequence[str]) -> str:
        """The line of words. Also words that `split` never gives are joined wherever there is a mark."""
        return _HIDDEN.show(_MARKED.sub("", " ".join(words)))
