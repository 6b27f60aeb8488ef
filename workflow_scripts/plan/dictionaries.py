"""The dictionaries of a study: which ones each direction and each figure draws on."""

from model.command import UserError
from model.records import unknown
from workflow_scripts.directions import pair_of
from workflow_scripts.plan.models import trained_models
from workflow_scripts.plan.subwords import group_of
from workflow_scripts.plan.texts import _holding, all_pairs
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.figures import WordSettings
from workflow_scripts.study.study import Study


def dictionary_pairs(study: Study, group: str) -> list[str]:
    """Dictionaries that substitution in a group draws on, as source-target: those of its allowed languages.

    A word graph goes through languages that are not allowed, too.
    """
    settings = study.substitution
    others = [code for pair in study.pairs[group] if settings.language in pair.split("-") for code in pair.split("-")]
    allowed = settings.languages if settings.languages and not settings.graph else others
    return [f"{settings.language}-{c}" for c in dict.fromkeys(others) if c != settings.language and c in allowed]


def dictionaries_of(study: Study, direction: str) -> list[str]:
    """The dictionaries that a direction is substituted with: those of the group its shards are written for."""
    return dictionary_pairs(study, group_of(study, pair_of(direction)))


def substituted_language(study: Study, direction: str) -> str | None:
    """The language of a direction's side that is substituted, or None where neither is."""
    settings, source = study.substitution, direction.split("-")[0]
    if settings.sides == "every_source" or source == settings.language:
        return source
    return settings.language if settings.sides == "any" and settings.language in direction.split("-") else None


def substituted_directions(study: Study) -> list[str]:
    """Every direction that some run wants substituted shards of."""
    kinds = {"substituted", "codeswitched"}
    wanted = [model for model in trained_models(study).values() if kinds & set(model.row.all_kinds())]
    return list(dict.fromkeys(d for model in wanted for d in model.directions if substituted_language(study, d)))


def all_dictionaries(study: Study) -> list[str]:
    """Every dictionary that some run's substitution or some figure needs, as source-target."""
    of_runs = [d for direction in substituted_directions(study) for d in dictionaries_of(study, direction)]
    return list(dict.fromkeys([*of_runs, *(d for name in study.figures for d in word_dictionaries(study, name))]))


def word_dictionaries(study: Study, name: str) -> list[str]:
    """The dictionaries of a figure of words, as source-target; of other figures none.

    Those of the pairs that it names, from the language that is substituted where they have it; by default those that
    all its runs could be substituted with. Raises UserError for a pair that the study lacks.
    """
    figure, hub = study.figures[name], study.substitution.language
    if not isinstance(figure, WordSettings):
        return []
    for pair in figure.pairs or ():
        if pair not in all_pairs(study):
            raise UserError(f"figures.{name}.pairs: {unknown(pair, all_pairs(study))}")
    if figure.pairs:
        return ["-".join(sorted(pair.split("-"), key=lambda code: code != hub)) for pair in figure.pairs]
    of_runs = [dictionary_pairs(study, study.runs[run].train_on) for run in figure.runs]
    return [dictionary for dictionary in of_runs[0] if all(dictionary in others for others in of_runs)]


def dictionary_items(study: Study, direction: str) -> list[Item]:
    """The dictionaries of a direction, as they are or turned round, in the study's order of precedence."""
    return _holding(study.dictionaries.items, direction)
