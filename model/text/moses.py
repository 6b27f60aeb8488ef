"""The Moses tokeniser as mRASP runs it: aggressive hyphen splitting (`@-@`), no escaping.

sacremoses has the rules. A *chunk* is the text between two spaces. Few rules look across a space, so a chunk mostly has
the same words everywhere, and each distinct chunk is tokenised only once. There are two exceptions. A full stop at the
end of a chunk depends on the first character of the next chunk (`following`). And lines with an apostrophe or a comma
at their edge, or on both sides of a space, are *entangled*: they are tokenised as a whole.
"""

import re
from collections.abc import Sequence
from functools import cache, cached_property

OTHER, LOWER, DIGIT = range(3)  # kinds of the next chunk, for a full stop at the end of a chunk
_STANDS_FOR = {OTHER: "", LOWER: "a", DIGIT: "0"}
_FENCE = "\ue000"  # a private-use character: a word for the rules, and in no text
_DOTS = "DOTMULTI"  # the rules write this for `..` in between, so a text with this word is an exception
# Languages that elide with an apostrophe as Italian does. The Moses script has them, sacremoses does not.
ELIDING = {"ca": "it", "ga": "it"}
AT_ONCE = 500  # chunks in one call, because calls are slow
_APOSTROPHES = r"^[',]|[',]$|[',] [',]"
# Control characters, and all spaces of `str.split` except the one in normalised text.
ODD_SPACES = "[\\x00-\\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


class Moses:
    """The rules for one language.

    protected: patterns (for Python and RE2) of text without a space that is never split; entangled: of such text with a
    space.
    """

    def __init__(self, language: str, protected: Sequence[str] = (), entangled: str = ""):
        self._language, self._patterns = language, list(protected)
        self._protected = re.compile("|".join(protected)) if protected else None
        self.entangled = "|".join(filter(None, [_APOSTROPHES, _FENCE, entangled]))  # RE2

    @cached_property
    def _rules(self):  # noqa: ANN202  sacremoses has no types
        return _rules(self._language)

    def words(self, line: str) -> list[str]:
        """The words of a whole line, by sacremoses itself."""
        return self._words(line, self._patterns)

    def _words(self, line: str, protected: list[str]) -> list[str]:
        tokens = self._rules.tokenize(
            line, aggressive_dash_splits=True, escape=False, protected_patterns=protected or None
        )
        # A protected tag may contain a space ("<a href=…>"), but a word must not.
        return [word for token in tokens for word in token.split()]

    def following(self, chunk: str) -> int:
        """The kind of a chunk for a full stop before it."""
        if chunk[:1] in self._lower:
            return LOWER
        return DIGIT if "0" <= chunk[:1] <= "9" else OTHER

    @cached_property
    def _alnum(self) -> frozenset[str]:
        return frozenset(self._rules.IsAlnum)

    @cached_property
    def _lower(self) -> frozenset[str]:
        return frozenset(self._rules.IsLower)

    def words_of_chunks(self, chunks: Sequence[str], following: int) -> list[list[str]]:
        """The words of chunks that are all followed by the same kind of chunk."""
        found = [[chunk] for chunk in chunks]  # the result for chunks of only letters and digits
        ruled = [n for n, chunk in enumerate(chunks) if not self._alnum.issuperset(chunk) or _DOTS in chunk]
        protected = {n for n in ruled if self._protected and self._protected.search(chunks[n])}
        others = [n for n in ruled if n not in protected]
        for n in protected:  # one by one, because protected patterns disturb each other
            (found[n],) = self._between_fences([chunks[n]], following, self._patterns)
        for start in range(0, len(others), AT_ONCE):
            some = others[start : start + AT_ONCE]
            # Without patterns, because a match could begin in one chunk and end in another.
            for n, words in zip(some, self._between_fences([chunks[n] for n in some], following, []), strict=True):
                found[n] = words
        return found

    def _between_fences(self, chunks: Sequence[str], following: int, protected: list[str]) -> list[list[str]]:
        after = f" {_STANDS_FOR[following]} {_FENCE} "
        words = self._words(_FENCE + " " + "".join(chunk + after for chunk in chunks), protected)
        fences = [number for number, word in enumerate(words) if word == _FENCE]
        extra = following != OTHER
        return [words[a + 1 : b - extra] for a, b in zip(fences, fences[1:], strict=False)]


@cache
def _rules(language: str):  # noqa: ANN202
    from sacremoses import MosesTokenizer

    class Tokenizer(MosesTokenizer):
        """The same, but with sets of characters made once and not for each word with a full stop."""

        lower = frozenset(MosesTokenizer.IsLower)
        alpha: frozenset[str]

        def islower(self, text: str) -> bool:
            return self.lower.issuperset(text)

        def isanyalpha(self, text: str) -> bool:
            return not self.alpha.isdisjoint(text)

    tokenizer = Tokenizer(lang=language)
    tokenizer.alpha = frozenset(tokenizer.IsAlpha)
    tokenizer.lang = ELIDING.get(language, language)  # set after the list of abbreviations was loaded
    return tokenizer


@cache
def detokenizer(language: str):  # noqa: ANN201
    """The inverse of the rules for one language, by sacremoses."""
    from sacremoses import MosesDetokenizer

    return MosesDetokenizer(lang=ELIDING.get(language, language))
