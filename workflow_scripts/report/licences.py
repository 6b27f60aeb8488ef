"""The conditions of data licences, and which of several licences bind.

They follow from the names of licences and the limits in the catalogue. This is no legal advice.
"""

import re
from collections.abc import Iterable

from workflow_scripts.sources.datasets import UNSTATED

# Condition → pattern of licences that have it, the strictest first. The first pattern that matches a licence counts.
OWN_TERMS, NOT_STATED = "terms of its own", "unstated"
STRICTNESS = {
    NOT_STATED: rf"\b{UNSTATED}\b|withdrawn",
    "no derivatives": r"no-derivatives|\bND\b",
    "research only": r"research",
    "non-commercial": r"non-commercial|\bNC\b",
    OWN_TERMS: r"",
    "share alike": r"share-alike|\bSA\b|GPL|GFDL|MPL",
    "attribution": r"\bBY\b|BSD|MIT|Apache|Python-2.0",
    "nothing": r"CC0|PDDL|public domain",
}
# Names of the Hugging Face Hub, without `-only` and `-or-later`.
HUB = re.compile(
    r"(apache-2\.0|mit|bsd-[23]-clause|cc0-1\.0|cc-by(-nc)?(-sa|-nd)?-[234]\.0|[al]?gpl-[23]\.0|mpl-2\.0|odc-by)"
)


def asks_for(licence: str) -> str:
    """The condition of a licence, a row of STRICTNESS: `CC-BY-NC-4.0 (non-commercial)` → `non-commercial`."""
    rows = (row for row, pattern in STRICTNESS.items() if pattern and re.search(pattern, licence, re.IGNORECASE))
    return next(rows, OWN_TERMS)


def strictest(licences: Iterable[str]) -> list[str]:
    """The strictest of some licences, by strictness and name; several if they are equally strict.

    Those that are not stated, because what nobody permitted is not permitted, and the strictest of those that are.
    """
    rows = list(STRICTNESS)
    ranks = {licence: rows.index(asks_for(licence)) for licence in licences}
    stated = min((rank for rank in ranks.values() if rank), default=0)
    return sorted((found for found, rank in ranks.items() if rank in (0, stated)), key=lambda name: (ranks[name], name))


def hub_name(licences: Iterable[str]) -> str:
    """The Hugging Face Hub's name for licences that all apply: a name it knows, `unknown`, or `other`."""
    licences = list(licences)
    names = {_plain(licence) for licence in licences}
    if licences and all(asks_for(licence) == NOT_STATED for licence in licences):
        return "unknown"
    name = names.pop() if len(names) == 1 else ""
    return name if HUB.fullmatch(name) else "other"


def _plain(licence: str) -> str:
    return re.sub(r"-(only|or-later)$", "", re.sub(r"\s*\(.*", "", licence)).replace("CC BY", "CC-BY").lower()
