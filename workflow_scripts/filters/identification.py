"""The filter `language`: drop segments in another language, by an offline identifier that you install as a package.

py3langid knows about 140 languages and gives probabilities. heliport knows 220 and is several times as fast. It gives
the margin to the next language, 0 to about 5, or no answer below a threshold of each language. Each process that cleans
loads the identifier: heliport takes 0.9 GB, py3langid 0.1 GB.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Literal

import langcodes
import numpy as np
import pyarrow as pa
from pydantic import Field

from model.command import UserError
from model.text.languages import GROUPS
from workflow_scripts.filters.segments import Segments
from workflow_scripts.text.characters import Mask

Identify = Callable[[str], tuple[str, float]]  # line → (label, confidence)


@cache
def _py3langid() -> tuple[Identify, list[str]]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return found.classify, found.labels


@cache
def _heliport() -> tuple[Identify, list[str]]:
    from heliport import Identifier

    found = Identifier()
    return found.identify_with_score, list(found.get_confidence_all())


IDENTIFIERS: dict[str, Callable[[], tuple[Identify, list[str]]]] = {"heliport": _heliport, "py3langid": _py3langid}
# Languages that an identifier may know only as part of a larger group.
WIDER = {"bos": "hbs", "hrv": "hbs", "ind": "msa", "nob": "nor", "srp": "hbs"}


@cache
def labels_of(code: str, known: tuple[str, ...]) -> frozenset[str]:
    """The labels of an identifier for a language: its own, or else those of its group (swh_Latn: `sw`)."""
    alpha3 = code.split("_")[0]
    found = {label: langcodes.Language.get(label, normalize=False) for label in known if langcodes.tag_is_valid(label)}
    spelled = {label: language for label, language in found.items() if language.language}  # without `und`
    for wanted in (alpha3, GROUPS.get(alpha3), WIDER.get(alpha3)):
        if own := {label for label, language in spelled.items() if language.to_alpha3() == wanted}:
            return frozenset(own)
    group = _group(langcodes.Language.get(alpha3, normalize=False))
    return frozenset(label for label, language in spelled.items() if _group(language) == group)


def _group(language: langcodes.Language) -> str:
    group = language.prefer_macrolanguage().language
    return langcodes.Language.get(group or "und", normalize=False).to_alpha3()


def language(
    segments: Segments, identifier: Literal["heliport", "py3langid"], min: Annotated[float, Field(ge=0)] = 0.0
) -> Mask:
    """Segments with a side identified as another language, or as its own with a lower score than this."""
    try:
        identify, known = IDENTIFIERS[identifier]()
    except ImportError:
        raise UserError(f"filters.language: {identifier} is not installed; run pip install {identifier}") from None
    found = np.zeros(len(segments), bool)
    for side, code in zip(segments.sides, segments.languages, strict=True):
        labels = labels_of(code, tuple(known))
        if not labels:
            raise UserError(f"filters.language: {identifier} does not know {code}; switch it off for this text")
        left = segments.left & ~found
        lines = side.texts.filter(pa.array(left)).to_pylist()
        found[left] = [not (label in labels and sure >= min) for label, sure in map(identify, lines)]
    return found
