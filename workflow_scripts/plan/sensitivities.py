"""The sensitivities and the pruned models that figures need, and their files.

Figures compare the languages that only some directions of a model have. For a model of English-centric pairs these are
all languages but English. A sensitivity is named by its batches: `gl` is of Galician, `not_gl` of all other languages,
`every` of all languages.
"""

from model.command import UserError
from model.objectives import folders_of_language
from model.records import unknown
from workflow_scripts.plan.figures import FigurePlan
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.shards import ShardPlan
from workflow_scripts.plan.tables import Translated
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.remember import remembered
from workflow_scripts.settings.figures import Measured
from workflow_scripts.study.figures import FigureSettings, Pruning, SensitivitySettings, TaskCorrelation
from workflow_scripts.study.study import Study

EVERY, NOT = "every", "not_"


def compared_languages(model: Trained) -> list[str]:
    """The languages that some directions of a model have, and other directions lack."""
    sides = [direction.split("-") for direction in model.directions]
    return sorted({code for both in sides for code in both if not all(code in others for others in sides)})


def objectives_of(figure: FigureSettings) -> list[str]:
    """The objectives whose sensitivities a figure draws."""
    if isinstance(figure, TaskCorrelation):
        return list(figure.objectives)
    return [figure.objective] if isinstance(figure, SensitivitySettings) else []


def batches_options(name: str) -> list[str]:
    """The options of `model.analysis.sensitivity` for some batches: `not_gl` → `--language gl --others`."""
    if name == EVERY:
        return []
    return ["--language", name.removeprefix(NOT), *["--others"] * name.startswith(NOT)]


class SensitivityPlan:
    """The sensitivities, and the scores of pruned models, of each figure."""

    def __init__(
        self, study: Study, testsets: TestSetPlan, models: ModelPlan, shards: ShardPlan, figures: FigurePlan
    ) -> None:
        self._study, self._testsets = study, testsets
        self._models, self._shards, self._figures = models, shards, figures

    @remembered
    def measured(self, name: str) -> list[Measured]:
        """The sensitivities that a figure draws, if it is of the kind correlation, task_correlation or violin."""
        figure, folder = self._study.figures[name], f"results/{self._study.study}/sensitivity"
        return [
            Measured(run=run, objective=objective, language=batches, file=f"{folder}/{run}/{objective}.{batches}.npy")
            for run in self._figures.models(name)
            for objective in objectives_of(figure)
            for batches in ([EVERY] if figure.kind == "violin" else compared_languages(self._models.all[run]))
        ]

    def files(self, name: str) -> list[str]:
        """The files of these sensitivities."""
        return [measured.file for measured in self.measured(name)]

    @remembered
    def pruned_scores(self, name: str) -> list[str]:
        """The score files of a figure of pruning: of each model, pruned for each of its languages by each ratio."""
        figure, folder = self._study.figures[name], f"results/{self._study.study}/pruning"
        if not isinstance(figure, Pruning):
            return []
        return [
            f"{folder}/{run}/{figure.objective}.{code}.{ratio}/{figure.test_set}.{direction}.json"
            for run in self._figures.models(name)
            for code in compared_languages(self._models.all[run])
            for ratio in figure.ratios
            for direction in self._tested(self._models.all[run], figure.test_set)
            if code in direction.split("-")
        ]

    @remembered
    def unpruned_scores(self, name: str) -> list[Translated]:
        """The scores of the same models before pruning."""
        figure = self._study.figures[name]
        if not isinstance(figure, Pruning):
            return []
        return [
            (run, figure.test_set, direction)
            for run in self._figures.models(name)
            for direction in self._tested(self._models.all[run], figure.test_set)
        ]

    def _tested(self, model: Trained, test_set: str) -> list[str]:
        """The directions of a model that a test set has."""
        return [direction for direction in model.directions if self._testsets.has(test_set, direction)]

    def check(self) -> None:
        """Raise UserError for a figure that cannot be made.

        A run has no languages to compare, does not train with the objective of the figure, or has no text for it in a
        language; or the test set does not exist, or has no direction of a run.
        """
        for name, figure in self._study.figures.items():
            if isinstance(figure, Pruning) and figure.test_set not in self._study.testsets:
                raise UserError(f"figures.{name}.test_set: {unknown(figure.test_set, self._study.testsets)}")
            for run in self._figures.models(name):
                model = self._models.all[run]
                for objective in objectives_of(figure):
                    self._check_objective(name, model, objective)
                if isinstance(figure, Pruning) and not self._tested(model, figure.test_set):
                    raise UserError(
                        f"figures.{name}.test_set: {figure.test_set} has no direction of {run}; name another"
                    )

    def _check_objective(self, name: str, model: Trained, objective: str) -> None:
        if objective not in model.row.objectives:
            known = unknown(objective, model.row.objectives)
            raise UserError(f"figures.{name}: objective {known}; {model.system} learns by no other")
        if self._study.figures[name].kind == "violin":
            return
        if not (languages := compared_languages(model)):
            raise UserError(f"figures.{name}: {model.name} has no languages to compare; name a run of several pairs")
        folders = self._shards.of_objective(model, objective)
        for code in languages:
            if not folders_of_language(objective, folders, code):
                raise UserError(f"figures.{name}: {objective} of {model.system} has no text in {code}; give it some")
