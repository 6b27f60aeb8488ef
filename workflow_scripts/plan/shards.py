"""The shards of a study: which ones each model trains on."""

from dataclasses import replace

from model.command import UserError
from model.objectives import OBJECTIVES
from workflow_scripts.directions import directions, pair_of
from workflow_scripts.plan.dictionaries import substituted_language
from workflow_scripts.plan.models import Trained
from workflow_scripts.plan.testsets import is_tested
from workflow_scripts.plan.texts import monolingual_languages
from workflow_scripts.study.study import Study


def directions_with(study: Study, model: Trained, kind: str) -> list[str]:
    """The directions of a model that have shards of a kind; of `monolingual` the languages.

    One is substituted only where one of its sides is, and translated back only where its target has monolingual text.
    A target is not restored: that would be the same segments as the source of the other direction.
    """
    if kind == "original":
        return model.directions
    spoken = monolingual_languages(study)
    if kind == "monolingual":
        return sorted(spoken & {code for direction in model.directions for code in direction.split("-")})
    if kind == "backtranslated":
        return [direction for direction in model.directions if direction.split("-")[1] in spoken]
    sides = {direction: substituted_language(study, direction) for direction in model.directions}
    return [d for d, side in sides.items() if side == d.split("-")[0] or (side and kind == "substituted")]


def folders(study: Study, model: Trained, objective: str) -> list[str]:
    """Folders of the shards that an objective of a model learns from. Raises UserError where there are none.

    One that learns from text in one language takes the sources of shards, so it takes both directions of a pair.
    """
    kinds, alone = model.row.kinds(objective), OBJECTIVES[objective].data != "parallel"
    if alone:
        pairs = dict.fromkeys(map(pair_of, model.directions))
        model = replace(model, directions=[direction for pair in pairs for direction in directions(pair)])
    found = [
        f"results/{study.study}/shards/{kind}/{direction}"
        for kind in kinds
        for direction in directions_with(study, model, kind)
    ]
    if not found:
        lacks = " and ".join(dict.fromkeys(_lacking(study, kind) for kind in kinds))
        key = f"objectives.{objective}: {lacks}" if alone else f"shards: {model.name} has {lacks}"
        raise UserError(f"runs.{model.system}.{key}")
    return found


def _lacking(study: Study, kind: str) -> str:
    if kind == "monolingual":
        return "monolingual has no text in a language of its pairs; list some there, or take shards: [original]"
    if kind == "backtranslated":
        return "no monolingual text to translate back"
    return f"no {study.substitution.language} source to substitute"


def shards(study: Study, model: Trained) -> list[str]:
    """Folders of all shards a model trains on."""
    return list(dict.fromkeys(folder for name in model.row.objectives for folder in folders(study, model, name)))


def dev_shards(study: Study, model: Trained) -> list[str]:
    """Folders of the dev shards of a model, of the directions that the dev set has. Raises UserError for none."""
    directions = [direction for direction in model.directions if is_tested(study, study.dev_set, direction)]
    if not directions:
        raise UserError(f"dev_set: {study.dev_set} has no direction of {model.name}; name another")
    return [f"results/{study.study}/shards/dev/{direction}" for direction in directions]
