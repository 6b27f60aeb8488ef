"""Remove from human dictionaries what is neither a word nor its translation.

Only certain noise is removed: notes in brackets, numbers of senses, broken remains of both, prefixes and suffixes, and
definitions in place of translations. Reasons are counted with examples. A reason in CHANGES keeps its entry.
"""

import re
import unicodedata
from collections.abc import Iterable

from model.text.lines import normalised
from workflow_scripts.drops import Drops

CHANGES = {"note_removed", "repeated"}
MOST_WORDS = 4  # of a translation; longer ones are explanations
_NOTES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>|(?<!\S)/[^/]+/(?!\S)")
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")  # of a wiki; its last part is its text
_NOTE_IN_A_WORD = re.compile(r"(?<=\w)\([^()]*\)(?=\w)")
_SENSE_NUMBER = re.compile(r"^(?:(?:\d+|[IVX]+|[a-z])\.(?:\s+|$))+|(?:^|\s+)\d+\.$")
_EDGES = ' ,;:!?¿¡…*"“”„«»`´=+^–—'
_PLAIN = re.compile(r"[A-Za-z]+(?:[ '-][A-Za-z]+)*")
_NOT_LATIN = re.compile(r"[^\W\d_A-Za-z\u00c0-\u02ff\u1e00-\u1eff]")
_BROKEN = re.compile(r"[()\[\]{}<>|=@#^*$%\\]|\.\.")
# Letters of old encodings: ligatures, and the shapes of Arabic letters.
_SHAPES = re.compile("[\u0132\u0133\ufb00-\ufb06\ufb50-\ufdfb\ufe70-\ufefc]")
_STRESS = re.compile("(?<=[\u0400-\u052f])\u0301")  # on Cyrillic vowels; only dictionaries write it
_SIGNS = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2019": "'", "~": " ", "_": " "})


def without_noise(rows: Iterable[tuple[str, str]], drops: Drops) -> list[tuple[str, str]]:
    """The cleaned (headword, translation) rows of a dictionary, each once. Headwords are in lower case."""
    entries: dict[tuple[str, str], tuple[str, str]] = {}  # key: entries that differ in case are equal
    for headword, translation in rows:
        word, text = _cleaned(headword).lower(), _SENSE_NUMBER.sub("", _cleaned(translation)).strip(_EDGES + ".")
        reason = _reason(word, text)
        key = (word, text.lower())
        if reason or key in entries:
            drops.add(reason or "duplicate", headword, translation)
            continue
        if _NOTES.search(_LINK.sub("", translation)):
            drops.add("note_removed", headword, translation)
        entries[key] = (word, text)
    return _in_the_target_language(list(entries.values()), drops)


def _cleaned(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    text = _LINK.sub(r"\1", normalised(text).translate(_SIGNS))
    text = _SHAPES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _STRESS.sub("", text))
    while text != (shorter := _NOTES.sub(" ", _NOTE_IN_A_WORD.sub("", text))):  # notes may be nested
        text = shorter
    return " ".join(text.split()).strip(_EDGES)


def _reason(word: str, translation: str) -> str | None:
    """Why a cleaned entry is dropped, or None."""
    if not word:
        return "empty_headword"
    if not any(map(str.isalpha, translation)):
        return "empty_translation"
    if _BROKEN.search(word) or _BROKEN.search(translation):
        return "broken_note"
    if any(side.startswith("-") or side.endswith("-") for side in (word, translation)):
        return "affix"
    return "definition" if len(translation.split()) > MOST_WORDS else None


def _in_the_target_language(entries: list[tuple[str, str]], drops: Drops) -> list[tuple[str, str]]:
    """The entries without those whose translation is an explanation in the language of the headwords.

    If most translations are in another alphabet, these are the ones in Latin letters. Else they are those of several
    words of which at least three quarters are headwords.
    """
    latin = sum(_is_latin(translation) for _, translation in entries)
    headwords, kept = {word for word, _ in entries}, []
    for word, translation in entries:
        words = translation.lower().split()
        if latin < len(entries) / 2 and _is_latin(translation):
            drops.add("other_script", word, translation)
        elif len(words) > 1 and sum(w in headwords for w in words) >= 0.75 * len(words):
            drops.add("in_source_language", word, translation)
        else:
            kept.append((word, translation))
    return kept


def _is_latin(text: str) -> bool:
    return not _NOT_LATIN.search(text)
