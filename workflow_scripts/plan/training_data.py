"""What a model learned from: the datasets of its text and dictionaries, and those of the models it was made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.directions import codes, pair_of
from workflow_scripts.plan.backtranslation import KIND, translator
from workflow_scripts.plan.dictionaries import dictionaries_of, dictionary_items
from workflow_scripts.plan.models import Trained, init_model, trained_models
from workflow_scripts.plan.shards import directions_with, shards
from workflow_scripts.plan.supplies import Need
from workflow_scripts.plan.texts import corpora_of, texts
from workflow_scripts.sources.datasets import UNSTATED, Item
from workflow_scripts.study.study import Study


def with_teachers(study: Study, names: Iterable[str]) -> list[str]:
    """Some models and all that are trained before them for their sake, in the study's order."""
    models, found, waiting = trained_models(study), set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += teachers(study, models[name])
    return [name for name in models if name in found]


def teachers(study: Study, model: Trained) -> list[str]:
    """The models that one starts from, or whose translations it learns from."""
    start = init_model(study, model)
    taught = directions_with(study, model, KIND) if KIND in model.row.all_kinds() else []
    return list(dict.fromkeys([*([start] if start else []), *(translator(study, direction) for direction in taught)]))


def sized_texts(study: Study, runs: Sequence[str]) -> list[str]:
    """The pairs and languages whose text some runs learn from; all texts of the study where none is named."""
    models = [model for run in runs for model in trained_models(study).values() if model.system == run]
    folders = [folder.split("/")[-2:] for model in models for folder in shards(study, model)]
    found = [name.split("-")[1] if kind == KIND else pair_of(name) for kind, name in folders]
    return list(dict.fromkeys(found)) if runs else texts(study)


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


def uses(study: Study, name: str) -> list[Use]:
    """All that a model learned from, by itself or through the models that it was made from."""
    models, found = trained_models(study), []
    for teacher in with_teachers(study, [name]):
        folders = [Path(folder) for folder in shards(study, models[teacher])]
        for text in texts_of(folders):
            found += [Use(teacher, "text", text, item) for item in corpora_of(study, text)]
        for words in dict.fromkeys(d for direction in substituted(folders) for d in dictionaries_of(study, direction)):
            found += [Use(teacher, "dictionary", words, item) for item in dictionary_items(study, words)]
    return found


def texts_of(folders: Iterable[Path]) -> list[str]:
    """The texts that shards are made of; of backtranslated ones the side that no model made."""
    return list(dict.fromkeys(f.name.split("-")[1] if f.parent.name == KIND else pair_of(f.name) for f in folders))


def substituted(folders: Iterable[Path]) -> list[str]:
    """The directions of the shards whose words dictionaries have replaced."""
    return list(dict.fromkeys(f.name for f in folders if f.parent.name in ("substituted", "codeswitched")))


def files_of(found: list[Use], needed: dict[str, Need]) -> dict[str, set[str]]:
    """Path of each file fetched for some uses → the names of their datasets in it. needed: all of the study."""
    wanted = {(use.item.dataset.name, codes(use.name)) for use in found}
    files = {
        path: {item.dataset.name for item, languages in need.datasets if (item.dataset.name, languages) in wanted}
        for path, need in needed.items()
    }
    return {path: names for path, names in files.items() if names}
