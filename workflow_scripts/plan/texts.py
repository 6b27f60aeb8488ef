"""The texts of a study: of which pairs and languages, from which datasets, in which files."""

from collections.abc import Iterable

from model.command import UserError
from model.text.languages import short
from workflow_scripts.directions import codes
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.study import Study


def all_pairs(study: Study) -> list[str]:
    """Every pair of the study once, in order."""
    return [text for text in texts(study) if "-" in text]


def texts(study: Study) -> list[str]:
    """Every text the study cleans: its pairs in order, then the languages that have monolingual text."""
    pairs = dict.fromkeys(pair for pairs in study.pairs.values() for pair in pairs)
    return [*pairs, *sorted(monolingual_languages(study))]


def pair_languages(study: Study) -> list[str]:
    """The languages of all pairs, sorted."""
    return sorted({code for pairs in study.pairs.values() for pair in pairs for code in pair.split("-")})


def study_languages(study: Study) -> list[str]:
    """The languages of all pairs and of monolingual text, sorted."""
    return sorted({*pair_languages(study), *monolingual_languages(study)})


def monolingual_languages(study: Study) -> set[str]:
    """Languages with monolingual text: those the ids name, and for an id without languages all of the study it has."""
    named = {short(code) for item in study.monolingual for code in item.dataset.languages}
    return named | {c for c in pair_languages(study) if _holding(study.monolingual, c)}


def _holding(items: Iterable[Item], text: str) -> list[Item]:
    return [item for item in items if SOURCES[item.dataset.source].has(item, codes(text))]


def corpora_of(study: Study, text: str) -> list[Item]:
    """The datasets a text is made from, in the study's order. Raises UserError where there is none."""
    items = _holding(study.corpora if "-" in text else study.monolingual, text)
    if not items:
        raise UserError(f"pairs: no corpus of the study has {text}; add one under corpora")
    return items


def files_of(study: Study, text: str) -> list[str]:
    """The files a text is read from."""
    found = (SOURCES[i.dataset.source].places(i, codes(text)) for i in corpora_of(study, text))
    return list(dict.fromkeys(place.path for places in found for place in places))
