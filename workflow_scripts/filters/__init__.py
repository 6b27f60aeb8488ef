"""The cleaning filters: each says which rows of a batch it drops."""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, create_model

from model.command import UserError
from model.records import Strict
from model.text.segmenters import MARKUP, PLACEHOLDER
from model.text.unspaced import UNSPACED
from workflow_scripts.filters.duplicates import duplicates
from workflow_scripts.filters.identification import language
from workflow_scripts.filters.scripts import has_any, in_script, is_of, lengths, rows_with_long_word, word_counts
from workflow_scripts.filters.segments import Segments
from workflow_scripts.text.characters import JOINT, Characters, Mask

_PLACEHOLDER = re.compile(PLACEHOLDER)
_INVISIBLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")
_IN_BRACES = re.compile(r"\{[^\W\d_]+(?: [^\W\d_]+)*\}")  # words in braces, as subtitles have them: {laughs}
_ADDRESS = re.compile(r"(?:\b[A-Za-z][A-Za-z0-9+.-]{0,20}://|\bwww\.)\S+")
_IDENTIFIER = re.compile(r"\w_\w|[^\W\d]\.\w|\d\.[^\W\d]")
_LETTER = r"[^\W\d_]"
_ABBREVIATION = re.compile(
    rf"(?<![\w.])(?:(?:{_LETTER}\.){{2,}}|{_LETTER}\.{_LETTER}(?![\w/])|(?:{_LETTER}{{1,3}}\.){{2,}}(?!\w))"
)  # U.S., e.g; Ph.D.
_CURRENCY = re.compile(r"\$[A-Z]{1,3}")  # $US
Filter = Callable[..., Mask]
Settings = Mapping[str, dict[str, Any] | None]  # filter → its settings, in the order they are tried; None: switched off
Said = Mapping[str, dict[str, Any] | bool | None]  # as a study says it: True is on, False off, and see ONLY
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


def compares_sides(filter_: Filter) -> Filter:
    """A filter that drops nothing of monolingual text."""

    @functools.wraps(filter_)
    def of_pairs(segments: Segments, **settings: Any) -> Mask:
        return filter_(segments, **settings) if len(segments.sides) == 2 else np.zeros(len(segments), bool)

    return of_pairs


def empty(segments: Segments) -> Mask:
    """Segments with a side without text."""
    return segments.any(lambda side: side.lengths == 0)


def words(segments: Segments, min: Count = 1, max: Count = 100) -> Mask:
    """Segments with a side of fewer or more words; in scripts without spaces, some letters count as a word."""

    def test(side: Characters) -> Mask:
        counts = word_counts(side)
        return (counts < min) | (counts > max)

    return segments.any(test)


def characters(segments: Segments, min: Count = 1, max: Count = 1000) -> Mask:
    """Segments with a side of fewer or more characters."""
    return segments.any(lambda side: (side.lengths < min) | (side.lengths > max))


def word_length(segments: Segments, max: Count = 60) -> Mask:
    """Segments with a longer word, in characters. Letters of scripts without spaces are no part of words here."""
    return segments.any(lambda side: rows_with_long_word(side, max))


@compares_sides
def ratio(segments: Segments, max: Annotated[float, Field(ge=1)] = 3.0, slack: Count = 15) -> Mask:
    """Segments with one side longer than `max` times the other plus `slack`, in characters as English has them."""
    first, second = map(lengths, segments.sides)
    return np.maximum(first, second) > max * np.minimum(first, second) + slack


def letters(segments: Segments, min: Share = 0.5) -> Mask:
    """Segments with a side with a smaller share of letters and digits; a placeholder or tag is one other sign."""

    def test(side: Characters) -> Mask:
        shares = _share(side.letters, side.lengths - side.blanks)
        signs = side.with_signs("%{$<&:") & segments.left
        if signs.any():
            lines = side.texts.filter(pa.array(signs)).to_pylist()
            shown = Characters(pa.array([_INVISIBLE.sub(_shown, line) for line in lines], pa.string()))
            shares[signs] = _share(shown.letters, shown.lengths - shown.blanks)
        return shares < min

    return segments.any(test)


def _shown(sign: re.Match[str]) -> str:
    return sign[0] if _IN_BRACES.fullmatch(sign[0]) else "¤"


def _share(part: np.ndarray, whole: np.ndarray, of_nothing: float = 0.0) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), of_nothing), where=whole > 0)


def script(segments: Segments, min: Share = 0.2) -> Mask:
    """Segments with a side with a smaller share of its letters in the script of its language, if it has letters."""
    others = segments.sides[::-1] if len(segments.sides) == 2 else [None]
    named = [code.split("_")[1] for code in segments.languages]
    found = np.zeros(len(segments), bool)
    for side, other, name in zip(segments.sides, others, named, strict=True):
        found |= ~in_script(side, other, name, min, segments.left & ~found)
    return found


@compares_sides
def identical(segments: Segments) -> Mask:
    """Segments with equal sides, such as untranslated copies."""
    first, second = segments.sides
    return pc.equal(first.texts, second.texts).to_numpy(zero_copy_only=False)


def identifiers(segments: Segments) -> Mask:
    """Segments with a side that is one word with `_` or a dot inside: a key of a catalogue or a file name.

    Numbers (`3.5%`), abbreviations (`U.S.`, `O.K.`, `Ph.D.`) and text in scripts without spaces are none.
    """

    def test(side: Characters) -> Mask:
        found = side.rows_with(np.flatnonzero(side.has(JOINT))) & (side.blanks == 0) & segments.left
        if has_any(side, UNSPACED):
            found &= ~side.rows_with(np.flatnonzero(is_of(side, UNSPACED)))
        lines = side.texts.filter(pa.array(found)).to_pylist()
        found[found] = [bool(_IDENTIFIER.search(_ABBREVIATION.sub("", line))) for line in lines]
        return found

    return segments.any(test)


@compares_sides
def placeholders(segments: Segments) -> Mask:
    """Segments whose sides hold different placeholders (`%s`, `%(name)s`, `{0}`, `${name}`), or not each as often."""
    found = segments.any(lambda side: side.with_signs("%{$")) & segments.left
    held = [[sorted(_placeholders(line)) for line in row] for row in segments.rows(found)]
    found[found] = [first != second for first, second in held]
    return found


def _placeholders(line: str) -> list[str]:
    return [sign for sign in _PLACEHOLDER.findall(line) if not _CURRENCY.fullmatch(sign)]


def urls(segments: Segments, max: Share = 0.5) -> Mask:
    """Segments with a side of which web addresses are a larger share of the characters; 0: with any address."""

    def test(side: Characters) -> Mask:
        signs = pc.or_(pc.match_substring(side.texts, "://"), pc.match_substring(side.texts, "www."))
        found = signs.to_numpy(zero_copy_only=False) & segments.left
        lines = side.texts.filter(pa.array(found)).to_pylist()
        lengths = np.array([sum(map(len, _ADDRESS.findall(line))) for line in lines], np.int64)
        found[found] = lengths > max * (side.lengths - side.blanks)[found]
        return found

    return segments.any(test)


def score(segments: Segments, min: Mapping[str, float]) -> Mask:
    """Segments with a score below the minimum of its column, or without that score. min: column → score."""
    for column in min:
        if column not in segments.scores:
            known = ", ".join(segments.scores) or "none"
            raise UserError(
                f"filters.score: a corpus has no column {column!r} but {known}; set it for those that have it"
            )
    below = [~(segments.scores[column] >= least) for column, least in min.items()]
    return np.logical_or.reduce([np.zeros(len(segments), bool), *below])


FILTERS: dict[str, Filter] = {
    f.__name__: f
    for f in (
        empty, words, characters, word_length, ratio, letters, identical, script, identifiers, placeholders, urls,
        score, language,
    )
}  # fmt: skip
LAST = duplicates.__name__  # applied after all others, to the whole text
ONLY = "only"  # `only: true` beside filters switches all others off


def _schema(filter_: Callable[..., object], drops: str) -> type[Strict]:
    """The settings of a filter: its arguments but for the segments. drops: what it drops."""
    parameters = list(inspect.signature(filter_).parameters.values())[1:]
    fields: dict[str, Any] = {
        p.name: (p.annotation, ... if p.default is inspect.Parameter.empty else p.default) for p in parameters
    }
    about = f"Drops {drops[:1].lower()}{drops[1:]}"
    return create_model(filter_.__name__, __base__=Strict, __doc__=about, **fields)


SCHEMAS: dict[str, type[Strict]] = {
    **{name: _schema(filter_, filter_.__doc__ or "") for name, filter_ in FILTERS.items()},
    LAST: _schema(duplicates, "segments that were seen before; `first` and `second` compare one side alone."),
}


def merged(filters: Settings, own: Said) -> Settings:
    """Filters with what a study, or one of its corpora, says of them. All settings are filled in.

    Single settings replace. `{}` or True switches a filter on, None or False off, `only: true` all others. The order is
    that of FILTERS. Raises ValidationError, with the filter as title, for settings that a filter does not take.
    """
    found = dict.fromkeys(filters) if own.get(ONLY) else dict(filters)
    for name, said in own.items():
        if name != ONLY:
            changed = {**(filters.get(name) or {}), **(said if isinstance(said, dict) else {})}
            off = said is None or said is False
            found[name] = None if off else SCHEMAS[name].model_validate(changed).model_dump(mode="json")
    return {name: found[name] for name in SCHEMAS if name in found}


DEFAULT = merged(
    {}, dict.fromkeys(("empty", "words", "word_length", "ratio", "letters", "identical", "script", LAST), True)
)


def reasons(segments: Segments, filters: Settings) -> dict[str, Mask]:
    """Filter → the rows that it drops. A row counts for the first filter that drops it."""
    found = {}
    for name, settings in filters.items():
        if settings is not None and name != LAST:
            found[name] = FILTERS[name](segments, **settings) & segments.left
            segments.left &= ~found[name]
    return found
