"""The Moses tokeniser as mRASP runs it: aggressive hyphen splitting (`@-@`), no escaping.

sacremoses has the rules. A *chunk* is the text between two spaces. Few rules look across a space, so a chunk mostly has
the same words everywhere, and each distinct chunk is tokenised only once. There are two exceptions. A full stop at the
end of a chunk depends on the first character of the next chunk (`following`). And lines with an apostrophe or a comma
at their edge, or on both sides of a space, are *entangled*: they are tokenised as a whole.
"""

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


class Moses:
    """The rules for one language. Joining its words does not give every text back (docs/reference.md, Words)."""

    entangled = f"{_APOSTROPHES}|{_FENCE}"  # RE2

    def __init__(self, language: str):
        self._language = language

    @cached_property
    def _rules(self):  # noqa: ANN202  sacremoses has no types
        return _rules(self._language)

    def words(self, line: str) -> list[str]:
        """The words of a whole line, by sacremoses itself."""
        tokens = self._rules.tokenize(line, aggressive_dash_splits=True, escape=False)
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
        for start in range(0, len(ruled), AT_ONCE):
            some = ruled[start : start + AT_ONCE]
            for n, words in zip(some, self._between_fences([chunks[n] for n in some], following), strict=True):
                found[n] = words
        return found

    def _between_fences(self, chunks: Sequence[str], following: int) -> list[list[str]]:
        after = f" {_STANDS_FOR[following]} {_FENCE} "
        words = self.words(_FENCE + " " + "".join(chunk + after for chunk in chunks))
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
