"""The datasets that a model was trained with, also through the models that it depends on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.directions import codes, pair_of
from workflow_scripts.plan.backtranslation import BacktranslationPlan
from workflow_scripts.plan.dictionaries import DictionaryPlan
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.shards import BACKTRANSLATED, ShardPlan, kind_of
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.sources.datasets import UNSTATED, Item
from workflow_scripts.sources.needs import Need
from workflow_scripts.study.runs import SUBSTITUTED

OF_PAIRS = ("original", "substituted", "codeswitched")  # kinds of shards that are made of pairs of text


@dataclass(frozen=True)
class Use:
    """A dataset in a text or dictionary that a model was trained with."""

    model: str
    kind: str  # `text` or `dictionary`
    name: str  # `en-gl` or `gl` of a text; the direction of a dictionary
    item: Item

    @property
    def licence(self) -> str:
        """The licence that the study or the catalogue states, with its limits."""
        stated = self.item.record.licence_of(codes(self.name))
        own = self.item.dataset.source == "file" and stated == UNSTATED
        return f"{stated} (the study's own text)" if own else stated


class TrainingDataPlan:
    """The data and the other models that each model of a study depends on."""

    def __init__(
        self,
        texts: TextPlan,
        models: ModelPlan,
        variants: dict[str, DictionaryPlan],
        shards: ShardPlan,
        backtranslation: BacktranslationPlan,
    ) -> None:
        self._texts, self._models, self._variants = texts, models, variants
        self._shards, self._backtranslation = shards, backtranslation

    @remembered
    def teachers(self, model: Trained) -> list[str]:
        """The models that a model starts from, or whose translations it is trained on."""
        start = self._models.start(model)
        taught = self._shards.directions(model, BACKTRANSLATED) if BACKTRANSLATED in model.row.all_kinds() else []
        return list(dict.fromkeys([*([start] if start else []), *map(self._backtranslation.translator, taught)]))

    def with_teachers(self, names: Iterable[str]) -> list[str]:
        """Some models and all that they depend on, in the study's order; for `run@update` the model of the run."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = self._models.all[waiting.pop()].training
            if name not in found:
                found.add(name)
                waiting += self.teachers(self._models.all[name])
        return [name for name in self._models.all if name in found]

    @remembered
    def texts_of(self, model: Trained) -> list[str]:
        """The texts that the shards of a model are made of; of back-translated shards, the monolingual text."""
        folders = map(Path, self._shards.of_model(model))
        found = (f.name.split("-")[1] if f.parent.name == BACKTRANSLATED else pair_of(f.name) for f in folders)
        return list(dict.fromkeys(found))

    def texts_of_systems(self, systems: Sequence[str]) -> list[str]:
        """The texts that some rows of `runs` are trained on; without rows, all texts of the study."""
        models = (model for system in systems for model in self._models.of_system(system))
        found = list(dict.fromkeys(text for model in models for text in self.texts_of(model)))
        return found if systems else self._texts.names

    @remembered
    def most_pairs(self, model: Trained) -> dict[str, int | None]:
        """Direction → most pairs of text that a model, or one that it starts from, learned to translate from.

        None: all of the text. Back-translations are not counted. With `segments`, each kind of shards may have others.
        """
        start, most = self._models.start(model), self._own_pairs(model)
        earlier = self.most_pairs(self._models.all[start]) if start else {}
        for direction, before in earlier.items():
            now = most.get(direction, 0)
            most[direction] = None if now is None or before is None else max(now, before)
        return most

    def _own_pairs(self, model: Trained) -> dict[str, int | None]:
        learned = model.row.objectives.get("translation")
        if learned is None or model.row.external:
            return {}
        of_kinds = [self._shards.directions(model, kind) for kind in model.row.kinds("translation") if kind in OF_PAIRS]
        counts = Counter(direction for directions in of_kinds for direction in directions)
        return {d: learned.segments and learned.segments * kinds for d, kinds in counts.items()}

    def _dictionaries_of(self, model: Trained) -> list[str]:
        """The dictionaries that the shards of a model were substituted with."""
        made = self._variants[model.row.substitution]
        replaced = [Path(f).name for f in self._shards.of_model(model) if kind_of(f) in SUBSTITUTED]
        return list(dict.fromkeys(name for direction in replaced for name in made.of_direction(direction)))

    @remembered
    def uses(self, name: str) -> list[Use]:
        """The datasets that a model and all models it depends on were trained with."""
        found = []
        for teacher in self.with_teachers([name]):
            model = self._models.all[teacher]
            for text in self.texts_of(model):
                found += [Use(teacher, "text", text, item) for item in self._texts.corpora(text)]
            for words in self._dictionaries_of(model):
                items = self._variants[model.row.substitution].items(words)
                found += [Use(teacher, "dictionary", words, item) for item in items]
        return found

    def from_elsewhere(self, name: str) -> dict[str, str]:
        """Folder → licence, of the models from outside the study that a model starts from or learns from."""
        found = {}
        for model in map(self._models.all.__getitem__, self.with_teachers([name])):
            if model.row.external:
                found[model.row.external.folder] = model.row.external.licence
            elif model.row.init and not self._models.start(model):
                found[model.row.init] = UNSTATED
        return {folder: f"{licence} (the model {folder})" for folder, licence in sorted(found.items())}


def files_of(found: list[Use], needed: dict[str, Need]) -> dict[str, set[str]]:
    """Path → names of the datasets in it, of each fetched file that some uses need. needed: all files of the study."""
    wanted = {(use.item.dataset.name, codes(use.name)) for use in found}
    files = {
        path: {item.dataset.name for item, languages in need.datasets if (item.dataset.name, languages) in wanted}
        for path, need in needed.items()
    }
    return {path: names for path, names in files.items() if names}
