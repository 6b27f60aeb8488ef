"""Characters that nobody sees: where a line keeps them.

The characters beside them decide, and not the language, because a line can mix scripts. They are all code points that
Unicode calls default-ignorable, the marks of interlinear annotation, and the code points that are no characters.

| characters | kept |
|---|---|
| soft hyphen, zero-width space, word joiner, byte order mark | never |
| direction marks, embeddings, isolates, invisible operators, interlinear annotation | never |
| Khmer inherent vowels, Hangul fillers U+3164 and U+FFA0, unassigned ones, noncharacters | never |
| zero-width joiner and non-joiner | inside words of scripts that use them (JOINED), between emoji, after a virama |
| combining grapheme joiner | between two combining marks |
| Hangul fillers of single letters (Jamo) | beside such a letter |
| Mongolian variation selectors and vowel separator | after a Mongolian letter, the separator also before one |
| variation selectors | after emoji, symbols, Han, and the other scripts that have such sequences |
| tags | in a flag |
| format characters of musical notation and shorthand | beside these |

Kept ones stand once. Others that have no glyph are no part of this table: spaces and control characters become spaces,
format characters that are seen (such as U+06DD, the end of an ayah) and characters for private use stay.
"""

import re
from functools import lru_cache

import regex

NONCHARACTERS = "\ufdd0-\ufdef" + "".join(f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0, 0x110000, 0x10000))
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff" + NONCHARACTERS
)
JOINERS = "\u200c\u200d"
_SCRIPTS = (  # whose letters join, or whose consonants form clusters
    "Adlam Ahom Arabic Balinese Bengali Bhaiksuki Brahmi Chakma Cham Devanagari Dives_Akuru Dogra Grantha Gujarati "
    "Gunjala_Gondi Gurmukhi Hanifi_Rohingya Javanese Kaithi Kannada Kharoshthi Khmer Khojki Khudawadi Lepcha Limbu "
    "Malayalam Mandaic Manichaean Masaram_Gondi Meetei_Mayek Modi Mongolian Myanmar Nandinagari Newa Nko Oriya "
    "Phags_Pa Psalter_Pahlavi Saurashtra Sharada Siddham Sinhala Sogdian Sundanese Syriac Tai_Tham Takri Tamil Telugu "
    "Tifinagh Tirhuta"
)
JOINED = "[" + "".join(rf"\p{{{name}}}" for name in _SCRIPTS.split()) + r"&&[\p{L}\p{M}\p{N}]]"
_WORD, _MARK, _VIRAMA = r"[\p{L}\p{M}\p{N}]", r"\p{M}", r"\p{ccc=9}"
_JAMO, _MONGOLIAN = "[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]", "[\u1820-\u18aa]"
_EMOJI, _HAN = "[\u2190-\u2bff\U0001f000-\U0001faff]", r"\p{Han}"
# A digit, `#` or `*` before U+FE0F is an emoji of a key; © and ® may be emoji. Zero, some signs and letters of Burmese,
# Phags-pa and Manichaean have variants.
_VARIED = (
    r"[#*0-9©®\u2000-\u2bff\u3000-\u33ff\uff00-\uffef\U0001f000-\U0001faff"
    r"\p{Han}\p{Myanmar}\p{Phags_Pa}\p{Manichaean}]"
)
_MUSIC, _SHORTHAND = "[\U0001d100-\U0001d172\U0001d17b-\U0001d1ff]", "[\U0001bc00-\U0001bc9f]"
# (characters, what stands around them): regular expressions, `_` for the characters themselves.
_KEPT = (
    ("\u034f", f"{_MARK}_{_MARK}"),
    ("\u115f\u1160", f"{_JAMO}_.?|.?_{_JAMO}"),
    ("\u180b-\u180d\u180f", f"{_MONGOLIAN}_.?"),
    ("\u180e", f"{_MONGOLIAN}_{_MONGOLIAN}"),
    (JOINERS, f"{JOINED}_{_WORD}|{_WORD}_{JOINED}"),
    ("\u200d", f"{_EMOJI}_{_EMOJI}|{_VIRAMA}_.?"),
    ("\ufe00-\ufe0f", f"{_VARIED}_.?"),
    ("\U000e0100-\U000e01ef", f"{_HAN}_.?"),
    ("\U0001bca0-\U0001bca3", f"{_SHORTHAND}_.?"),
    ("\U0001d173-\U0001d17a", f"{_MUSIC}_.?|.?_{_MUSIC}"),
)
_ROWS = tuple(
    (regex.compile(f"[{characters}]"), regex.compile(around, regex.VERSION1 | regex.DOTALL))
    for characters, around in _KEPT
)
RUN = re.compile(f"[{INVISIBLE}]+")
_FLAG, _TAGS = "\U0001f3f4", re.compile("[\U000e0020-\U000e007e]+\U000e007f")


def without_invisible(line: str) -> str:
    """A line without the invisible characters that mean nothing where they stand. They leave no space."""
    return RUN.sub(_kept_of, line)


def _kept_of(run: re.Match[str]) -> str:
    start, end, line = run.start(), run.end(), run.string
    return _kept(line[max(start - 1, 0) : start], run[0], line[end : end + 1])


@lru_cache(1 << 16)  # Khmer and Thai text can have an invisible space after each word
def _kept(before: str, run: str, after: str) -> str:
    """The characters of a run of invisible ones that are kept: the tags of a flag, and each other one once.

    before, after: the characters beside the run; empty at the ends of a line.
    """
    found = _TAGS.match(run) if before == _FLAG else None
    tags = found[0] if found else ""
    kinds = [kind for kind, places in _ROWS if places.fullmatch(f"{before}_{after}")]
    return tags + "".join(c for c in dict.fromkeys(run[len(tags) :]) if any(kind.match(c) for kind in kinds))
