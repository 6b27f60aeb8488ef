"""The models, scores and directions that the figures of a study need."""

from model.command import UserError
from model.records import unknown
from workflow_scripts.directions import codes, languages, pair_of
from workflow_scripts.plan.dictionaries import DictionaryPlan
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.tables import TablePlan, Translated
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.claims import Difference
from workflow_scripts.study.figures import Gains, LearningCurves, ModelSettings, Retrieval, Scores, Sizes, WordSettings
from workflow_scripts.study.study import Study


class FigurePlan:
    """The models and scores of each figure."""

    def __init__(
        self,
        study: Study,
        texts: TextPlan,
        testsets: TestSetPlan,
        models: ModelPlan,
        dictionaries: DictionaryPlan,
        tables: TablePlan,
    ) -> None:
        self._study, self._texts, self._testsets = study, texts, testsets
        self._models, self._dictionaries, self._tables = models, dictionaries, tables

    @remembered
    def models(self, name: str) -> list[str]:
        """The names of the models of a figure's runs, run by run; of several seeds, those of the first or of all.

        Learning curves are those of all seeds.
        """
        figure = self._study.figures[name]
        every = isinstance(figure, LearningCurves) or (isinstance(figure, ModelSettings) and figure.seeds == "all")
        return [m.name for system in figure.runs for m in self._models.of_system(system) if m.first or every]

    def baseline(self, name: str, model: Trained) -> str | None:
        """The model of the baseline of a figure of learning curves with the same directions, of the first seed.

        None for the models of the baseline itself, and without one.
        """
        figure = self._study.figures[name]
        if not isinstance(figure, LearningCurves) or figure.baseline in (None, model.system):
            return None
        others = self._models.of_system(str(figure.baseline))
        return next((m.name for m in others if m.first and set(m.directions) == set(model.directions)), None)

    def compared_seeds(self, difference: Difference) -> int:
        """The number of seeds of the run of a difference that has fewer, of those in its table or figure."""
        if difference.figure:
            shown, runs = self.models(difference.figure), (difference.run, difference.baseline)
            return min(sum(self._models.all[model].system == run for model in shown) for run in runs)
        baseline = self._study.score_tables[str(difference.table)].baseline
        return min(len(self._models.seeds(run)) for run in (difference.run, str(baseline)))

    @remembered
    def trained(self, name: str) -> list[str]:
        """The models that must be trained for a figure. A figure of scores needs those it scores, one of text none."""
        figure = self._study.figures[name]
        if isinstance(figure, Sizes):
            return []
        if isinstance(figure, Gains):
            return [model for model, _, _ in self._tables.scores(figure.table)]
        if isinstance(figure, Scores):
            return [model for model, _, _ in self.scores(name)]
        return self.models(name)

    @remembered
    def retrieval_directions(self, name: str) -> list[str]:
        """The directions of a figure of retrieval: between any two languages that all its runs read in the test set.

        A held-out test set has translations only within the pairs of the study.
        """
        figure = self._study.figures[name]
        if not isinstance(figure, Retrieval):
            return []
        common = sorted(set.intersection(*map(self._read_languages, figure.runs)))
        both = [f"{source}-{target}" for source in common for target in common if source != target]
        if figure.test_set in self._testsets.held_out:
            return [direction for direction in both if pair_of(direction) in self._texts.pairs]
        parts = [set(held) for _, held in self._testsets.parts(figure.test_set)]
        return [direction for direction in both if any(set(codes(direction)) <= held for held in parts)]

    def _read_languages(self, run: str) -> set[str]:
        """The source languages of a run."""
        row = self._study.runs[run]
        return {row.source} if row.source else set(languages(self._study.pairs[row.train_on])) - {row.target}

    @remembered
    def scores(self, name: str) -> list[Translated]:
        """(model, test set, direction) of each score in a figure of scores; other figures have none."""
        figure = self._study.figures[name]
        if not isinstance(figure, Scores):
            return []
        return [
            (str(self._models.translating(run, direction)), figure.test_set, direction)
            for run in figure.runs
            for direction in self.scored_directions(name)
        ]

    @remembered
    def scored_directions(self, name: str) -> list[str]:
        """The directions of a figure of scores: those it names, or all that its runs and its test set have."""
        figure = self._study.figures[name]
        if not isinstance(figure, Scores):
            return []
        first, *others = figure.runs
        common = [
            direction
            for direction in self._models.directions(first)
            if all(self._models.translating(run, direction) for run in others)
            and self._testsets.has(figure.test_set, direction)
        ]
        return figure.directions or common

    def check(self) -> None:
        """Raise UserError for a figure that cannot be made.

        Its runs have one model for each direction but it needs one for all; it has no dictionary or no direction; its
        test set or its table does not exist; or a run lacks a score that it draws.
        """
        for name, figure in self._study.figures.items():
            if isinstance(figure, WordSettings | Retrieval):
                self._check_representations(name, figure)
            if isinstance(figure, Gains):
                self._check_gains(figure, f"figures.{name}")
            if isinstance(figure, LearningCurves) and figure.baseline:
                self._check_baseline(name, figure.baseline)
            if isinstance(figure, Scores):
                self._check_scores(name, figure)

    def _check_representations(self, name: str, figure: WordSettings | Retrieval) -> None:
        for run in figure.runs:
            if self._study.runs[run].per:
                raise UserError(f"figures.{name}.runs: {run} has one model a direction; name runs of one model")
        if isinstance(figure, WordSettings):
            if not self._dictionaries.of_figure(name):
                raise UserError(f"figures.{name}: its runs have no dictionary in common; name pairs")
        elif figure.test_set not in self._study.testsets:
            raise UserError(f"figures.{name}.test_set: {unknown(figure.test_set, self._study.testsets)}")
        elif not self.retrieval_directions(name):
            raise UserError(f"figures.{name}: {figure.test_set} has no two languages that all runs read; name another")

    def _check_baseline(self, name: str, baseline: str) -> None:
        """Raise UserError for a model that learns other directions than each of the baseline, so on another dev set."""
        for model in map(self._models.all.__getitem__, self.models(name)):
            if model.system != baseline and self.baseline(name, model) is None:
                raise UserError(
                    f"figures.{name}.baseline: {baseline} has no model of the directions of {model.name}, so their dev"
                    " losses cannot be compared; name another, or take the run out"
                )

    def _check_scores(self, name: str, figure: Scores) -> None:
        """Raise UserError for a run of a figure of scores that lacks a direction of the figure."""
        if figure.test_set not in self._study.testsets:
            raise UserError(f"figures.{name}.test_set: {unknown(figure.test_set, self._study.testsets)}")
        chosen = self.scored_directions(name)
        if not chosen:
            raise UserError(
                f"figures.{name}: no direction that all its runs and {figure.test_set} have; name other runs"
            )
        for direction in chosen:
            for run in figure.runs:
                if not self._models.translating(run, direction) or not self._testsets.has(figure.test_set, direction):
                    raise UserError(
                        f"figures.{name}.directions: {run} has no {direction} on {figure.test_set}; take it out"
                    )

    def _check_gains(self, figure: Gains, key: str) -> None:
        """Raise UserError for a figure of gains whose table does not exist or lacks what the figure draws."""
        tables = self._study.score_tables
        if figure.table not in tables:
            raise UserError(f"{key}.table: {unknown(figure.table, tables)}")
        table = tables[figure.table]
        if not table.groups:
            raise UserError(f"{key}.table: {figure.table} has no groups; give it some")
        for part, named, known in (
            ("runs", figure.runs, table.runs),
            ("metric", [figure.metric], table.metrics),
            ("test_set", [figure.test_set], table.test_sets),
        ):
            for used in named:
                if used not in known:
                    raise UserError(f"{key}.{part}: {unknown(used, known)}; {figure.table} has no other")
