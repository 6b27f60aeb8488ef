"""The texts of a study: their pairs and languages, datasets and files."""

from collections.abc import Iterable
from functools import cached_property

from model.command import UserError
from model.text.languages import short
from workflow_scripts.directions import codes, languages
from workflow_scripts.remember import remembered
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.study import Study


def holding(items: Iterable[Item], text: str) -> list[Item]:
    """The datasets among some that have a pair, a direction or a language."""
    return [item for item in items if SOURCES[item.dataset.source].has(item, codes(text))]


class TextPlan:
    """The texts that a study cleans, and what each is made from."""

    def __init__(self, study: Study) -> None:
        self._study = study

    @cached_property
    def pairs(self) -> list[str]:
        """All pairs of the study, each once, in order."""
        return list(dict.fromkeys(pair for pairs in self._study.pairs.values() for pair in pairs))

    @cached_property
    def names(self) -> list[str]:
        """All texts that the study cleans: its pairs in order, then the languages with monolingual text."""
        return [*self.pairs, *sorted(self.monolingual)]

    @cached_property
    def pair_languages(self) -> list[str]:
        """The languages of all pairs, sorted."""
        return languages(self.pairs)

    @cached_property
    def languages(self) -> list[str]:
        """The languages of all pairs and of monolingual text, sorted."""
        return sorted({*self.pair_languages, *self.monolingual})

    @cached_property
    def monolingual(self) -> set[str]:
        """The languages with monolingual text: those in the ids; for an id without, all of the study that it has."""
        items = self._study.monolingual
        named = {short(code) for item in items for code in item.dataset.languages}
        return named | {code for code in self.pair_languages if holding(items, code)}

    @remembered
    def corpora(self, text: str) -> list[Item]:
        """The datasets that a text is made from, in the study's order. Raises UserError if there is none."""
        items = holding(self._study.corpora if "-" in text else self._study.monolingual, text)
        if not items:
            raise UserError(f"pairs: no corpus of the study has {text}; add one under corpora")
        return items

    @remembered
    def files(self, text: str) -> list[str]:
        """The files that a text is read from."""
        found = (SOURCES[item.dataset.source].places(item, codes(text)) for item in self.corpora(text))
        return list(dict.fromkeys(place.path for places in found for place in places))
