"""The test and dev sets of a study, and the languages of each."""

from functools import cached_property

from model.command import UserError
from model.text.languages import canonical
from workflow_scripts.directions import codes
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.needs import Part
from workflow_scripts.study.preparation import HeldOut
from workflow_scripts.study.study import Study


class TestSetPlan:
    """The test and dev sets of a study, and their languages."""

    def __init__(self, study: Study, texts: TextPlan) -> None:
        self._study, self._texts = study, texts

    @cached_property
    def held_out(self) -> dict[str, HeldOut]:
        """Name → settings of the sets that are held out from the text of the study."""
        return {name: entry for name, entry in self._study.testsets.items() if isinstance(entry, HeldOut)}

    @cached_property
    def named(self) -> list[str]:
        """The names of the sets that come from datasets."""
        return [name for name in self._study.testsets if name not in self.held_out]

    @cached_property
    def decontaminated(self) -> list[str]:
        """The names of the sets whose segments no text has: all but those that say `decontaminate: false`."""
        return [name for name in self._study.testsets if all(item.decontaminate for item in self.items(name))]

    @remembered
    def items(self, name: str) -> list[Item]:
        """The datasets of a set; of a held-out set, none."""
        entry = self._study.testsets[name]
        return [] if isinstance(entry, HeldOut) else entry

    @remembered
    def parts(self, name: str) -> list[Part]:
        """The datasets of a set, each with the languages to read: those in its id, or all of the study that it has.

        Raises UserError for a dataset without a language of the study.
        """
        parts = []
        for item in self.items(name):
            has = SOURCES[item.dataset.source].has
            held = item.dataset.languages or tuple(
                code for code in map(canonical, self._texts.languages) if has(item, (code,))
            )
            if not held:
                raise UserError(f"testsets.{name}: {item.id} has no language of this study; name its pair in the id")
            parts.append((item, held))
        return parts

    @remembered
    def has(self, name: str, direction: str) -> bool:
        """Whether a set has both languages of a direction. A held-out set has those of all pairs."""
        wanted = set(codes(direction))
        return name in self.held_out or any(wanted <= set(held) for _, held in self.parts(name))
