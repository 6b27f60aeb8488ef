"""The files that a study fetches."""

from functools import cached_property

from tabulate import tabulate

from workflow_scripts.directions import codes
from workflow_scripts.plan.dictionaries import DictionaryPlan
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.sources.needs import Need, Part, is_at_hand, needs_of, placed, size, total
from workflow_scripts.study.study import Study


class SupplyPlan:
    """The files that a study needs from outside, and which of them are already here."""

    def __init__(
        self, study: Study, texts: TextPlan, testsets: TestSetPlan, variants: dict[str, DictionaryPlan]
    ) -> None:
        self._study, self._texts, self._testsets, self._variants = study, texts, testsets, variants

    @cached_property
    def parts(self) -> list[Part]:
        """All datasets of texts, test sets and dictionaries, each with the languages to read."""
        return [
            *((item, codes(text)) for text in self._texts.names for item in self._texts.corpora(text)),
            *(part for name in self._testsets.named for part in self._testsets.parts(name)),
            *((item, codes(name)) for of in self._variants.values() for name in of.all for item in of.items(name)),
        ]

    @cached_property
    def needs(self) -> dict[str, Need]:
        """All files to fetch, by path. Raises UserError for a dataset without an address."""
        return needs_of(self.parts)

    @remembered
    def described(self, path: str) -> str:
        """A line about a file to fetch: dataset, size, licence and address."""
        resource = self.needs[path].resource
        about = size(resource.size), resource.licence, resource.addresses[0]
        return f"{resource.item.dataset.name} ({', '.join(about)})"

    def missing(self) -> list[Need]:
        """The files that are not at hand."""
        return [need for need in self.needs.values() if not is_at_hand(self._study, need.resource)]

    def shopping_list(self) -> str:
        """A table of the files that are not at hand: address, size, licence, and where to put the file."""
        missing = self.missing()
        rows = [
            (need.resource.addresses[0], size(need.resource.size), need.resource.licence, placed(need.resource))
            for need in missing
        ]
        table = tabulate(rows, headers=("address", "size", "licence", "put it at"), tablefmt="plain")
        return f"{table}\nmissing: {total(missing)}" if missing else "nothing is missing"
