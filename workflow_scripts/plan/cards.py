"""What a study says of a model, for its card."""

import json
import shlex
from typing import Any

from model.text.languages import canonical
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.run_config import RunPlan
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.plan.training_data import TrainingDataPlan
from workflow_scripts.study.study import Study


class CardPlan:
    """The facts of each model's card."""

    def __init__(
        self, study: Study, testsets: TestSetPlan, models: ModelPlan, runs: RunPlan, training_data: TrainingDataPlan
    ) -> None:
        self._study, self._testsets, self._models = study, testsets, models
        self._runs, self._training_data = runs, training_data

    def facts(self, name: str) -> dict[str, Any]:
        """What the study says of a model: all that its card depends on beside files."""
        study, model, found = self._study, self._models.all[name], self._training_data.uses(name)
        made_from = [self._models.all[teacher] for teacher in self._training_data.with_teachers([name])]
        texts = {use.name for use in found}
        elsewhere = sorted({m.row.init for m in made_from if m.row.init and m.row.init not in study.runs})
        return {
            "run": name,
            "label": model.row.label,
            "directions": model.directions,
            "languages": {code: canonical(code) for code in _languages(model)},
            "others": sorted({code for m in made_from for code in _languages(m)} - set(_languages(model))),
            "teachers": self._training_data.teachers(model),
            "start": self._models.start(model) or model.row.init,
            "elsewhere": elsewhere,
            "licences": sorted(
                {*(use.licence for use in found), *(f"unstated (the model {path})" for path in elsewhere)}
            ),
            "config": self._runs.config(name),
            "kinds": model.row.all_kinds(),
            "limits": {text: limit for text, limit in study.limits.items() if text in texts},
            "test_sets": {
                testset: None
                if testset in self._testsets.held_out
                else [item.id for item in self._testsets.items(testset)]
                for testset in study.testsets
            },
            "command": self._command(model),
            "samples": study.search.sampling,
        }

    def _command(self, model: Trained) -> str:
        """The command that translates a model's first direction as the study does."""
        source, target = model.directions[0].split("-")
        folder = f"results/{self._study.study}/runs/{model.name}/model"
        said = self._study.search.model_dump(mode="json", exclude_defaults=True)
        search = f" --search {shlex.quote(json.dumps(said))}" if said else ""
        return f"python -m model.translate --model {folder} --source {source} --target {target}{search}"


def _languages(model: Trained) -> list[str]:
    return sorted({code for direction in model.directions for code in direction.split("-")})
