"""The models of a study, and what each starts from."""

from collections.abc import Iterable
from dataclasses import dataclass

from model.config.model import ModelConfig, read_config, sizes
from workflow_scripts.directions import directions
from workflow_scripts.study.runs import Run
from workflow_scripts.study.study import Study


@dataclass(frozen=True)
class Trained:
    """One model to train: a row of `runs`, or with `per: direction` that row for one direction, by one of its seeds."""

    name: str  # `mrasp`, `mrasp_ft/en-gl`, or `mrasp/seed2` by a seed that is not the row's first
    system: str  # the row's name
    row: Run
    directions: list[str]
    seed: int
    first: bool  # of the row's seeds


def trained_models(study: Study) -> dict[str, Trained]:
    """All models of a study by name."""
    models = {}
    for system, row in study.runs.items():
        learned = directions_of(study, row)
        parts = {f"{system}/{d}": [d] for d in learned} if row.per == "direction" else {system: learned}
        for name, part in parts.items():
            for seed in (seeds := row.seeds or [study.seed]):
                first = seed == seeds[0]
                full = name if first else f"{name}/seed{seed}"
                models[full] = Trained(full, system, row, part, seed, first)
    return models


def labels(study: Study, systems: Iterable[str]) -> dict[str, str]:
    """What people are shown of each run: its label, or its name where it has none or another of them shows the same."""
    wanted = {name: study.runs[name].label or name for name in systems}
    shown = list(wanted.values())
    return {name: label if shown.count(label) == 1 else name for name, label in wanted.items()}


def directions_of(study: Study, row: Run) -> list[str]:
    """The directions that a row of `runs` learns: those of its pairs, from `source` and into `target` if it says so."""
    both = [direction for pair in study.pairs[row.train_on] for direction in directions(pair)]
    ends = {d: d.split("-") for d in both}
    return [d for d in both if row.source in (None, ends[d][0]) and row.target in (None, ends[d][1])]


def model_for(study: Study, system: str, direction: str) -> str | None:
    """The name of the model that translates a direction for a system, or None where it does not train on it.

    Of several seeds it is that of the first.
    """
    row = study.runs[system]
    if direction not in directions_of(study, row):
        return None
    return f"{system}/{direction}" if row.per == "direction" else system


def starting_sizes(study: Study, row: Run) -> ModelConfig | None:
    """The sizes of the model that a row starts from; None where it starts from nothing.

    Raises UserError for a model folder from elsewhere that is damaged.
    """
    if row.init is None:
        return None
    if row.init in study.runs:
        start = study.runs[row.init]
        return starting_sizes(study, start) or sizes(study.model, start.model)
    return read_config(row.init)


def init_folder(study: Study, model: Trained) -> str | None:
    """The model folder a model starts from, or None."""
    start = init_model(study, model)
    return f"results/{study.study}/runs/{start}/model" if start else model.row.init


def init_model(study: Study, model: Trained) -> str | None:
    """The model of the study that a model starts from, or None. Of a run with several seeds it is that of the first."""
    init = model.row.init
    if init is None or init not in study.runs:
        return None
    return f"{init}/{model.directions[0]}" if study.runs[init].per else init
