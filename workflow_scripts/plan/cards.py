"""What a study says of a model, for its card."""

import json
import shlex
from typing import Any

from model.text.languages import canonical
from workflow_scripts.plan.models import Trained, init_model, trained_models
from workflow_scripts.plan.run_config import run_config
from workflow_scripts.plan.training_data import teachers, uses, with_teachers
from workflow_scripts.study.preparation import HeldOut
from workflow_scripts.study.study import Study


def facts(study: Study, name: str) -> dict[str, Any]:
    """What the study says of a model, for its card: all that the card depends on beside files."""
    models, config, found = trained_models(study), run_config(study, name), uses(study, name)
    model, texts = models[name], {use.name for use in found}
    made_from = [models[teacher] for teacher in with_teachers(study, [name])]
    elsewhere = sorted({m.row.init for m in made_from if m.row.init and m.row.init not in study.runs})
    return {
        "run": name,
        "label": model.row.label,
        "directions": model.directions,
        "languages": {code: canonical(code) for code in _languages(model)},
        "others": sorted({code for m in made_from for code in _languages(m)} - set(_languages(model))),
        "teachers": teachers(study, model),
        "start": init_model(study, model) or model.row.init,
        "elsewhere": elsewhere,
        "licences": sorted({*(use.licence for use in found), *(f"unstated (the model {path})" for path in elsewhere)}),
        "config": config.model_dump(mode="json", exclude_defaults=True),
        "kinds": model.row.all_kinds(),
        "limits": {text: limit for text, limit in study.limits.items() if text in texts},
        "test_sets": {
            testset: None if isinstance(items, HeldOut) else [item.id for item in items]
            for testset, items in study.testsets.items()
        },
        "command": command(study, model),
        "samples": study.search.sampling,
    }


def _languages(model: Trained) -> list[str]:
    return sorted({code for direction in model.directions for code in direction.split("-")})


def command(study: Study, model: Trained) -> str:
    """The command that translates a model's first direction as the study does."""
    source, target = model.directions[0].split("-")
    folder = f"results/{study.study}/runs/{model.name}/model"
    said = study.search.model_dump(mode="json", exclude_defaults=True)
    search = f" --search {shlex.quote(json.dumps(said))}" if said else ""
    return f"python -m model.translate --model {folder} --source {source} --target {target}{search}"
