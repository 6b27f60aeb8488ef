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
from langcodes.data_dicts import MACROLANGUAGES
from pydantic import Field

from model.command import UserError
from model.text.languages import default_script
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
# Labels count together if their languages belong to one macrolanguage of ISO 639-3, because identifiers take these for
# each other (zho: cmn, wuu, yue; hbs: bos, hrv, srp; nor: nob, nno; msa: ind, zsm; fas: pes, prs; ara). So do these:
TOGETHER: tuple[tuple[str, ...], ...] = (
    ("hin", "awa", "bho", "hne", "mag", "mai"),  # neighbours of Hindi, and their text has much of it
    ("zho", "jpn"),  # heliport takes one Chinese line in ten for Japanese; the filter `script` sees kana
    ("tgl", "fil"),  # Filipino is the standard form of Tagalog
    ("bod", "dzo"),  # one script and much of one written language
    ("run", "kin"),  # mutually intelligible
    ("heb", "hbo"),  # ancient and modern text of one script, as the next
    ("ell", "grc"),
    ("als", "aln"),  # Tosk and Gheg Albanian
)
# Scripts in which identifiers know a language besides its usual one.
SCRIPTS = {"crh": "Latn", "srp": "Latn", "zho": "Hant"}
LACKING = {"heliport": {"uzn_Latn"}}  # which it takes for other languages, though it knows the language
UNDECIDED = "und"  # the answer of an identifier that is not sure


@cache
def labels_of(identifier: str, code: str, known: tuple[str, ...]) -> frozenset[str]:
    """The labels of an identifier that count for a language, none if it does not know the language in its script."""
    alpha3, script = code.split("_")[:2]
    usual = (SCRIPTS.get(alpha3), default_script(alpha3), default_script(_macrolanguage(alpha3)))
    if script not in usual or code in LACKING.get(identifier, ()):
        return frozenset()
    found = {label: langcodes.Language.get(label, normalize=False) for label in known if langcodes.tag_is_valid(label)}
    groups = {label: _groups(language.to_alpha3()) for label, language in found.items() if language.language}
    return frozenset(label for label, of in groups.items() if of & _groups(alpha3))


def _groups(alpha3: str) -> set[str]:
    """What a language counts as: its macrolanguage, or itself, and those of its row in TOGETHER."""
    return {_macrolanguage(code) for row in [(alpha3,), *TOGETHER] if alpha3 in row for code in row}


def _macrolanguage(alpha3: str) -> str:
    two = langcodes.Language.get(alpha3).language or alpha3
    return MACROLANGUAGES.get(alpha3) or MACROLANGUAGES.get(two) or two


def language(
    segments: Segments, identifier: Literal["heliport", "py3langid"], min: Annotated[float, Field(ge=0)] = 0.0
) -> Mask:
    """Segments with a side identified as another language, or as its own with a lower score than this.

    An identifier that cannot decide has the score 0 for the language.
    """
    try:
        identify, known = IDENTIFIERS[identifier]()
    except ImportError:
        raise UserError(f"filters.language: {identifier} is not installed; run pip install {identifier}") from None
    found = np.zeros(len(segments), bool)
    for side, code in zip(segments.sides, segments.languages, strict=True):
        labels = labels_of(identifier, code, tuple(known))
        if not labels:
            raise UserError(f"filters.language: {identifier} does not know {code}; switch it off for this text")
        left = segments.left & ~found
        lines = side.texts.filter(pa.array(left)).to_pylist()
        answers = [(label, 0.0 if label == UNDECIDED else sure) for label, sure in map(identify, lines)]
        found[left] = [sure < min or label not in {*labels, UNDECIDED} for label, sure in answers]
    return found
