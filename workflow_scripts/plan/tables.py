"""What the tables of a study need: scores, significance tests, and translations."""

from collections.abc import Iterable

from model.command import UserError
from workflow_scripts.directions import directions
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.study import Study
from workflow_scripts.study.tables import SampleTable, ScoreTable

Translated = tuple[str, str, str]  # model, test set, direction: a translation, and its score


class TablePlan:
    """Which scores, tests and translations stand in which table."""

    def __init__(self, study: Study, texts: TextPlan, testsets: TestSetPlan, models: ModelPlan) -> None:
        self._study, self._texts, self._testsets, self._models = study, texts, testsets, models

    @remembered
    def scores(self, name: str) -> list[Translated]:
        """(model, test set, direction) of each score in a table; those of other kinds have none."""
        row = self._study.score_tables.get(name)
        if row is None:
            return []
        wanted = row.directions or [d for pair in self._texts.pairs for d in directions(pair)]
        tested = {testset: [d for d in wanted if self._testsets.has(testset, d)] for testset in row.test_sets}
        return [
            (model, testset, direction)
            for system in row.runs
            for testset in row.test_sets
            for direction in tested[testset]
            for model in self._models.of_direction(system, direction)
        ]

    def score_files(self, scores: Iterable[Translated]) -> list[str]:
        """The files of some scores."""
        folder = f"results/{self._study.study}/scores"
        return [f"{folder}/{model}/{testset}.{direction}.json" for model, testset, direction in scores]

    @remembered
    def comparison_files(self, name: str) -> list[str]:
        """The tests of a table's differences to its baseline, where both systems have one seed."""
        row, folder = self._study.score_tables[name], f"results/{self._study.study}/comparisons"
        if row.baseline is None or row.significance == "none" or len(self._models.seeds(row.baseline)) > 1:
            return []
        return [
            f"{folder}/{row.baseline}/{model}/{testset}.{direction}.{row.significance}.json"
            for model, testset, direction in self.scores(name)
            if (system := self._models.all[model].system) != row.baseline and len(self._models.seeds(system)) == 1
            if self._models.translating(row.baseline, direction)
        ]

    @remembered
    def compared_metrics(self, baseline: str, test: str) -> list[str]:
        """The metrics that some table tests differences to a baseline in by one test."""
        rows = self._study.score_tables.values()
        tables = [row for row in rows if (row.baseline, row.significance) == (baseline, test)]
        return list(dict.fromkeys(metric for table in tables for metric in table.metrics))

    @remembered
    def samples(self, name: str) -> list[Translated]:
        """(model, test set, direction) of all translations in a table of samples, by directions and then runs."""
        table = self._study.tables[name]
        if not isinstance(table, SampleTable):
            return []
        return [
            (model, table.test_set, direction)
            for direction in table.directions
            for run in table.runs
            if (model := self._models.translating(run, direction))
        ]

    def check(self) -> None:
        """Raise UserError for tables that no test set or run can give."""
        for name, table in self._study.tables.items():
            if isinstance(table, ScoreTable):
                self._check_scores(name, table)
            if isinstance(table, SampleTable):
                self._check_samples(table, f"tables.{name}")

    def _check_scores(self, name: str, table: ScoreTable) -> None:
        """Each system of a table has a score in it, and each direction that it names."""
        scores = [(self._models.all[model].system, direction) for model, _, direction in self.scores(name)]
        systems, columns = {system for system, _ in scores}, {direction for _, direction in scores}
        for run in table.runs:
            if run not in systems:
                known = ", ".join(self._models.directions(run))
                raise UserError(
                    f"tables.{name}.runs: {run} has no score here: none of its directions ({known}) is a tested column;"
                    " take it out"
                )
        for direction in table.directions or []:
            if direction not in columns:
                tested = " and ".join(table.test_sets)
                raise UserError(f"tables.{name}.directions: none of its runs has {direction} on {tested}; take it out")

    def _check_samples(self, table: SampleTable, key: str) -> None:
        """Each system of a table of samples has a translation in it, and each direction that it names."""
        translating = self._models.translating
        for direction in table.directions:
            if not any(translating(run, direction) for run in table.runs):
                raise UserError(f"{key}.directions: none of its runs translates {direction}; take it out")
            if not self._testsets.has(table.test_set, direction):
                raise UserError(f"{key}.directions: {table.test_set} has no {direction}; take it out")
        for run in table.runs:
            if not any(translating(run, direction) for direction in table.directions):
                raise UserError(f"{key}.runs: {run} translates none of its directions; take it out")
