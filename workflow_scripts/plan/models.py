"""The models of a study, and what each starts from.

`run@update` is a system of its own, whose models are not trained: each is a checkpoint of a model of the run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from model.config.model import ModelConfig, read_config, sizes
from model.config.search import SearchConfig
from workflow_scripts.directions import directions
from workflow_scripts.remember import remembered
from workflow_scripts.study.runs import Run, RunAtUpdate
from workflow_scripts.study.study import Study


@dataclass(frozen=True, eq=False)
class Trained:
    """One model: a row of `runs` with one of its seeds; with `per: direction`, for one direction."""

    name: str  # `mrasp`, `mrasp_ft/en-gl`, or `mrasp/seed2` for a seed that is not the first of the row
    system: str  # the row's name
    row: Run
    directions: list[str]
    seed: int
    first: bool  # whether the seed is the first of the row

    @property
    def without_seed(self) -> str:
        """The name of the model of the first seed."""
        return self.name if self.first else self.name.removesuffix(f"/seed{self.seed}")

    @property
    def training(self) -> str:
        """The name of the model that is trained: this one, or for `run@update` that of the run."""
        if isinstance(self.row, RunAtUpdate):
            return self.row.trained + self.name.removeprefix(self.system)
        return self.name


class ModelPlan:
    """The models that a study trains or takes from checkpoints."""

    def __init__(self, study: Study) -> None:
        self._study = study

    @cached_property
    def all(self) -> dict[str, Trained]:
        """Name → model, in the study's order."""
        models = {}
        for system, row in self._study.runs.items():
            learned = self.directions(system)
            parts = {f"{system}/{d}": [d] for d in learned} if row.per == "direction" else {system: learned}
            for name, part in parts.items():
                for seed in (seeds := self.seeds(system)):
                    first = seed == seeds[0]
                    full = name if first else f"{name}/seed{seed}"
                    models[full] = Trained(full, system, row, part, seed, first)
        return models

    @cached_property
    def trained(self) -> list[str]:
        """The names of the models that are trained."""
        return [name for name, model in self.all.items() if model.training == name and not model.row.external]

    @cached_property
    def trained_rows(self) -> dict[str, Run]:
        """The rows of `runs` that the study has and trains."""
        rows = self._study.runs.items()
        return {name: row for name, row in rows if not isinstance(row, RunAtUpdate) and not row.external}

    @remembered
    def externals(self, kind: str) -> dict[str, str]:
        """Name → folder, of the external systems of a kind (`External` in `study/runs.py`)."""
        found = {name: model.row.external for name, model in self.all.items() if model.row.external}
        return {name: system.folder for name, system in found.items() if system.kind == kind}

    @cached_property
    def at_updates(self) -> dict[str, int]:
        """Name → update, of the models that are checkpoints of others."""
        return {name: model.row.update for name, model in self.all.items() if isinstance(model.row, RunAtUpdate)}

    @remembered
    def kept_updates(self, system: str) -> list[int]:
        """The updates of a row of `runs` that the study names as `run@update`."""
        rows = self._study.runs.values()
        return sorted(row.update for row in rows if isinstance(row, RunAtUpdate) and row.trained == system)

    @cached_property
    def _by_system(self) -> dict[str, list[Trained]]:
        found: dict[str, list[Trained]] = {system: [] for system in self._study.runs}
        for model in self.all.values():
            found[model.system].append(model)
        return found

    def of_system(self, system: str) -> list[Trained]:
        """The models of a row of `runs`."""
        return self._by_system[system]

    @cached_property
    def _by_direction(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for model in self.all.values():
            for direction in model.directions:
                found.setdefault((model.system, direction), []).append(model.name)
        return found

    def of_direction(self, system: str, direction: str) -> list[str]:
        """The names of the models of a row, of all seeds, that translate a direction."""
        return self._by_direction.get((system, direction), [])

    def seeds(self, system: str) -> list[int]:
        """The seeds that a row of `runs` is trained with."""
        return self._study.runs[system].seeds or [self._study.seed]

    @remembered
    def search(self, system: str) -> SearchConfig:
        """The search of a row of `runs`: the study's `search`, with the keys of the row's own in their place."""
        return SearchConfig.model_validate({**self._study.search.model_dump(), **self._study.runs[system].search})

    def searched(self, system: str) -> dict[str, Any]:
        """The settings of a row's search that its translations depend on; none for translations from elsewhere."""
        external = self._study.runs[system].external
        return {} if external and external.translations else self.search(system).of_best()

    @remembered
    def directions(self, system: str) -> list[str]:
        """The directions that a row of `runs` learns: those of its pairs, limited by its `source` and `target`."""
        row = self._study.runs[system]
        both = [direction.split("-") for pair in self._study.pairs[row.train_on] for direction in directions(pair)]
        return ["-".join(ends) for ends in both if row.source in (None, ends[0]) and row.target in (None, ends[1])]

    @remembered
    def _directions_of(self, system: str) -> frozenset[str]:
        return frozenset(self.directions(system))

    def translating(self, system: str, direction: str, seed: int | None = None) -> str | None:
        """The name of the model of a row of `runs` that translates a direction, or None if the row lacks it.

        seed: its model is meant. If it is None or not among the seeds of the row, the model of the first is.
        """
        if direction not in self._directions_of(system):
            return None
        models = self.of_direction(system, direction)
        return models[self.place(seed, system)]

    def place(self, seed: int | None, system: str) -> int:
        """The position of a seed among those of a row of `runs`; 0 if it is not one of them."""
        seeds = self.seeds(system)
        return seeds.index(seed) if seed in seeds else 0

    def labels(self, systems: Iterable[str]) -> dict[str, str]:
        """Run → its name in tables, figures and the report: its label; without a unique one, its own name."""
        wanted = {name: self._study.runs[name].label or name for name in systems}
        shown = list(wanted.values())
        return {name: label if shown.count(label) == 1 else name for name, label in wanted.items()}

    @remembered
    def starting_sizes(self, system: str) -> ModelConfig | None:
        """The sizes of the model that a row of `runs` starts from.

        None if it starts from nothing, or from a model of Hugging Face, whose sizes the import finds. Raises UserError
        for a model folder from elsewhere that is damaged.
        """
        if self._study.runs[system].init is None:
            return None
        row = self._origin(system)
        folder = row.external.folder if row.external else row.init
        if row.external and row.external.huggingface:
            return None
        return read_config(folder) if folder else sizes(self._study.model, row.model)

    def _origin(self, system: str) -> Run:
        """The row of `runs` that the chain of `init` of a row leads to; the row itself if it starts from no other."""
        row = self._study.runs[system]
        while row.init in self._study.runs:
            row = self._study.runs[row.init]
        return row

    @remembered
    def sizes(self, system: str) -> ModelConfig:
        """The sizes that the study gives a row of `runs`.

        Those that all runs share are not for a row that starts from a model from elsewhere, which has sizes of its own.
        """
        row, origin = self._study.runs[system], self._origin(system)
        return sizes(ModelConfig() if origin.external or origin.init else self._study.model, row.model)

    def start(self, model: Trained) -> str | None:
        """The model of the study that a model starts from, or None.

        Of several seeds, that of the model's own seed, or of the first if this is not among them. So the seeds of a
        fine-tuned run vary in their pre-training too.
        """
        init = model.row.init
        if init is None or init not in self._study.runs:
            return None
        trained = self.of_system(init)
        if self._study.runs[init].per:
            trained = [other for other in trained if other.directions == model.directions]
        return trained[self.place(model.seed, init)].name

    def start_folder(self, model: Trained) -> str | None:
        """The model folder that a model starts from, or None."""
        start = self.start(model)
        return f"results/{self._study.study}/runs/{start}/model" if start else model.row.init
