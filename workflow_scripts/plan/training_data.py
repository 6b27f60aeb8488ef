"""What a model learned from: the datasets of its text and dictionaries, and those of the models it was made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.directions import codes, pair_of
from workflow_scripts.plan.backtranslation import BacktranslationPlan
from workflow_scripts.plan.dictionaries import DictionaryPlan
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.shards import BACKTRANSLATED, ShardPlan
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.sources.datasets import UNSTATED, Item
from workflow_scripts.sources.needs import Need


@dataclass(frozen=True)
class Use:
    """A dataset that a model learned from, as a part of a text or dictionary."""

    model: str
    kind: str  # `text` or `dictionary`
    name: str  # of a text, `en-gl` or `gl`; of a dictionary its direction
    item: Item

    @property
    def licence(self) -> str:
        """As the study or the catalogue states it, with its limits."""
        stated = self.item.record.licence_of(codes(self.name))
        own = self.item.dataset.source == "file" and stated == UNSTATED
        return f"{stated} (the study's own text)" if own else stated


class TrainingDataPlan:
    """What stands behind each model of a study."""

    def __init__(
        self,
        texts: TextPlan,
        models: ModelPlan,
        dictionaries: DictionaryPlan,
        shards: ShardPlan,
        backtranslation: BacktranslationPlan,
    ) -> None:
        self._texts, self._models, self._dictionaries = texts, models, dictionaries
        self._shards, self._backtranslation = shards, backtranslation

    @remembered
    def teachers(self, model: Trained) -> list[str]:
        """The models that one starts from, or whose translations it learns from."""
        start = self._models.start(model)
        taught = self._shards.directions(model, BACKTRANSLATED) if BACKTRANSLATED in model.row.all_kinds() else []
        return list(dict.fromkeys([*([start] if start else []), *map(self._backtranslation.translator, taught)]))

    def with_teachers(self, names: Iterable[str]) -> list[str]:
        """Some models and all that are trained before them for their sake, in the study's order."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.teachers(self._models.all[name])
        return [name for name in self._models.all if name in found]

    @remembered
    def texts_of(self, model: Trained) -> list[str]:
        """The texts that a model's shards are made of; of back-translated ones the side that no model made."""
        folders = map(Path, self._shards.of_model(model))
        found = (f.name.split("-")[1] if f.parent.name == BACKTRANSLATED else pair_of(f.name) for f in folders)
        return list(dict.fromkeys(found))

    def texts_of_systems(self, systems: Sequence[str]) -> list[str]:
        """The texts that some rows of `runs` learn from; all texts of the study where none is named."""
        models = (model for system in systems for model in self._models.of_system(system))
        found = list(dict.fromkeys(text for model in models for text in self.texts_of(model)))
        return found if systems else self._texts.names

    def _dictionaries_of(self, model: Trained) -> list[str]:
        """The dictionaries whose words replaced others in a model's shards."""
        folders = map(Path, self._shards.of_model(model))
        replaced = dict.fromkeys(f.name for f in folders if f.parent.name in ("substituted", "codeswitched"))
        return list(dict.fromkeys(d for direction in replaced for d in self._dictionaries.of_direction(direction)))

    @remembered
    def uses(self, name: str) -> list[Use]:
        """All that a model learned from, by itself or through the models that it was made from."""
        found = []
        for teacher in self.with_teachers([name]):
            model = self._models.all[teacher]
            for text in self.texts_of(model):
                found += [Use(teacher, "text", text, item) for item in self._texts.corpora(text)]
            for words in self._dictionaries_of(model):
                found += [Use(teacher, "dictionary", words, item) for item in self._dictionaries.items(words)]
        return found


def files_of(found: list[Use], needed: dict[str, Need]) -> dict[str, set[str]]:
    """Path of each file fetched for some uses → the names of their datasets in it. needed: all of the study."""
    wanted = {(use.item.dataset.name, codes(use.name)) for use in found}
    files = {
        path: {item.dataset.name for item, languages in need.datasets if (item.dataset.name, languages) in wanted}
        for path, need in needed.items()
    }
    return {path: names for path, names in files.items() if names}
