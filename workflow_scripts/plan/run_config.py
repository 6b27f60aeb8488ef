"""Write run.json of a model: everything that its training needs to know.

`python -m workflow_scripts.plan.run_config --settings s.json run.json`. If the study leaves the size of the model or
the number of updates open, the shards of the model must be there: both are then chosen by the amount of text.
"""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.command import UserError, parser, run
from model.config.amounts import fitting, schedule
from model.config.model import ModelConfig, is_open
from model.config.run import RunConfig, Task, check_kept_updates
from model.config.training import TrainingConfig
from model.records import unknown, write_json
from model.shards.files import measure
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.shards import ShardPlan
from workflow_scripts.plan.subwords import SubwordPlan
from workflow_scripts.remember import remembered
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.training import Configuring
from workflow_scripts.study.study import Study


class RunPlan:
    """The content of run.json of each model."""

    def __init__(self, study: Study, models: ModelPlan, subwords: SubwordPlan, shards: ShardPlan) -> None:
        self._study, self._models, self._subwords, self._shards = study, models, subwords, shards

    @remembered
    def config(self, name: str) -> RunConfig:
        """run.json of a model. Raises UserError for an unknown name."""
        if name not in self._models.all:
            raise UserError(unknown(name, self._models.all, "run"))
        study, model = self._study, self._models.all[name]
        return RunConfig(
            run=name,
            seed=model.seed,
            init=self._models.start_folder(model),
            subwords=f"results/{study.study}/subwords",
            vocabulary=self._subwords.vocabulary_of_group(model.row.train_on),
            tasks=[self._task(model, objective) for objective in model.row.objectives],
            mixing=model.row.mixing,
            intra_distillation=model.row.intra_distillation,
            dev=self._shards.dev(model),
            model=self._models.sizes(model.system),
            training=TrainingConfig.model_validate(self._training(model)),
        )

    def _task(self, model: Trained, objective: str) -> Task:
        shards = self._shards
        return model.row.task(objective, shards.of_objective(model, objective), shards.copies(model, objective))

    @remembered
    def weights(self, name: str) -> str:
        """A digest of the settings that the weights of a model depend on. Other settings train no model again."""
        settings = self.settings(name)
        by_text = [
            settings.model is not None,
            settings.training is not None,
        ]  # then the shards decide, which are inputs
        return hashlib.sha256(json.dumps([settings.config.weights(), by_text]).encode()).hexdigest()[:12]

    def _training(self, model: Trained) -> dict[str, Any]:
        """The keys of `training` for a model, which keeps the checkpoints that the study names as `run@update`."""
        given = {**self._study.training, **model.row.training}
        named = self._models.kept_updates(model.system)
        return {**given, "keep_updates": sorted({*given.get("keep_updates", []), *named})} if named else given

    @remembered
    def settings(self, name: str) -> Configuring:
        """What `run_config` needs to write run.json of a model."""
        config, model = self.config(name), self._models.all[name]
        given = self._training(model)
        return Configuring(
            config=config,
            model=config.model.model_dump(exclude_unset=True) if not config.init and is_open(config.model) else None,
            training=given if "updates" not in given else None,
        )

    def measured(self, name: str) -> list[str]:
        """The folders of shards whose amount of text decides what run.json says; none if the study says it all."""
        settings = self.settings(name)
        is_left_open = settings.model is not None or settings.training is not None
        return self._shards.of_model(self._models.all[name]) if is_left_open else []


def filled_in(settings: Configuring, tell: Callable[..., object] = print) -> RunConfig:
    """run.json with the size of the model and the schedule that fit its text, where the study leaves them open.

    tell: gets a line on what was chosen. Raises UserError if shards are missing, or no
    checkpoint is written after an update that the study names.
    """
    if settings.model is None and settings.training is None:
        return settings.config
    config = settings.config
    segments, tokens = _amount(config)
    changed: dict[str, Any] = {}
    if settings.model is not None:
        changed["model"] = ModelConfig.model_validate({"preset": fitting(segments).preset, **settings.model})
    if settings.training is not None:
        positions = changed.get("model", config.model).max_positions
        found = schedule(segments, tokens, settings.training, config.init is not None, positions)
        changed["training"] = TrainingConfig.model_validate(found)
    check_kept_updates(config.model_copy(update=changed))
    amount = f"{config.run}: {segments:,} segments, {tokens:,} tokens in its shards"
    tell("; ".join([amount, *map(_told, changed.items())]))
    return config.model_copy(update=changed)


def _amount(config: RunConfig) -> tuple[int, int]:
    """(segments, tokens) that the tasks of a run read: each folder once, at most the `segments` of its task.

    Copies that stand in place of originals (`copy_share`) add nothing to an epoch, and are not counted.
    """
    folders: dict[str, float] = {}
    for task in config.tasks:
        for folder in (folder for folder in task.shards if folder not in task.copies):
            folders[folder] = max(folders.get(folder, 0), task.segments or math.inf)
    read, tokens = 0, 0
    for folder, most in folders.items():
        there, of_all = measure([folder])
        kept = min(there, most)
        read, tokens = read + int(kept), tokens + round(of_all * kept / max(there, 1))
    return read, tokens


def _told(change: tuple[str, Any]) -> str:
    key, config = change
    return f"{key}: {', '.join(f'{name} {value}' for name, value in config.model_dump(exclude_defaults=True).items())}"


def main() -> None:
    """Write run.json of one model."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", type=Path, required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_json(options.output, filled_in(read_settings(Configuring, options.settings)).model_dump(mode="json"))


if __name__ == "__main__":
    run(main)
