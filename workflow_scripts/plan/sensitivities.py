"""What the figures of a model's parameters need: which sensitivities and pruned models, and where these stand.

Figures compare the languages that some directions of a model have and others do not: of a model of English and others,
the others. Sensitivities are named by their batches: `gl` has those of Galician, `not_gl` those of all other languages,
`every` those of all.
"""

from pathlib import Path
from typing import NamedTuple

from model.command import UserError
from model.objectives import folders_of_language
from model.records import unknown
from workflow_scripts.plan.figures import figure_models
from workflow_scripts.plan.models import Trained, trained_models
from workflow_scripts.plan.shards import folders
from workflow_scripts.plan.tables import score_files
from workflow_scripts.plan.testsets import is_tested
from workflow_scripts.study.figures import FigureSettings, Pruning, SensitivitySettings, TaskCorrelation
from workflow_scripts.study.study import Study

EVERY, NOT = "every", "not_"


class Measured(NamedTuple):
    """A file of sensitivities, and what it is of."""

    run: str
    objective: str
    language: str
    path: Path

    @classmethod
    def named(cls, path: Path, root: Path) -> "Measured":
        """What the name of a file says: `root/run/objective.language.npy`."""
        objective, language = path.stem.split(".")
        return cls(str(path.parent.relative_to(root)), objective, language, path)


def compared_languages(model: Trained) -> list[str]:
    """The languages that some directions of a model have, and others do not."""
    sides = [direction.split("-") for direction in model.directions]
    return sorted({code for both in sides for code in both if not all(code in others for others in sides)})


def objectives_of(figure: FigureSettings) -> list[str]:
    """The objectives whose sensitivities a figure is made from."""
    if isinstance(figure, TaskCorrelation):
        return list(figure.objectives)
    return [figure.objective] if isinstance(figure, SensitivitySettings) else []


def batches_options(name: str) -> str:
    """What the command that measures is told of the batches: `not_gl` → `--language gl --others`."""
    if name == EVERY:
        return ""
    return f"--language {name.removeprefix(NOT)}" + " --others" * name.startswith(NOT)


def sensitivity_files(study: Study, name: str) -> list[str]:
    """The sensitivities that a figure draws: of the kinds correlation, task_correlation and violin."""
    figure, models = study.figures[name], trained_models(study)
    return [
        f"results/{study.study}/sensitivity/{run}/{objective}.{batches}.npy"
        for run in figure_models(study, name)
        for objective in objectives_of(figure)
        for batches in ([EVERY] if figure.kind == "violin" else compared_languages(models[run]))
    ]


def pruned_scores(study: Study, name: str) -> list[str]:
    """The scores that a figure of the kind pruning draws: of the model pruned for each language, in its directions."""
    figure, models = study.figures[name], trained_models(study)
    if not isinstance(figure, Pruning):
        return []
    return [
        f"results/{study.study}/pruning/{run}/{figure.objective}.{code}.{ratio}/{figure.test_set}.{direction}.json"
        for run in figure_models(study, name)
        for code in compared_languages(models[run])
        for ratio in figure.ratios
        for direction in _tested(study, models[run], figure.test_set)
        if code in direction.split("-")
    ]


def whole_scores(study: Study, name: str) -> list[str]:
    """The scores that a figure of the kind pruning takes drops to: those of the same models, not pruned."""
    figure, models = study.figures[name], trained_models(study)
    if not isinstance(figure, Pruning):
        return []
    scored = (
        (run, figure.test_set, direction)
        for run in figure_models(study, name)
        for direction in _tested(study, models[run], figure.test_set)
    )
    return score_files(study, scored)


def _tested(study: Study, model: Trained, test_set: str) -> list[str]:
    """The directions of a model that a test set has."""
    return [direction for direction in model.directions if is_tested(study, test_set, direction)]


def check(study: Study, where: str) -> None:
    """Raise UserError, with the study's file, for figures that cannot be made.

    That is of languages where all directions of a run have the same ones, of an objective that the run does not learn
    by or not in a language, and of a test set that has none of its directions.
    """
    models = trained_models(study)
    try:
        for name, figure in study.figures.items():
            if isinstance(figure, Pruning) and figure.test_set not in study.testsets:
                raise UserError(f"figures.{name}.test_set: {unknown(figure.test_set, study.testsets)}")
            for run in figure_models(study, name):
                for objective in objectives_of(figure):
                    _check_objective(study, name, models[run], objective)
                if isinstance(figure, Pruning) and not _tested(study, models[run], figure.test_set):
                    raise UserError(
                        f"figures.{name}.test_set: {figure.test_set} has no direction of {run}; name another"
                    )
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _check_objective(study: Study, name: str, model: Trained, objective: str) -> None:
    if objective not in model.row.objectives:
        known = unknown(objective, model.row.objectives)
        raise UserError(f"figures.{name}: objective {known}; {model.system} learns by no other")
    if study.figures[name].kind == "violin":
        return
    if not (languages := compared_languages(model)):
        raise UserError(f"figures.{name}: {model.name} has no languages to compare; name a run of several pairs")
    for code in languages:
        if not folders_of_language(objective, folders(study, model, objective), code):
            raise UserError(f"figures.{name}: {objective} of {model.system} has no text in {code}; give it some")
