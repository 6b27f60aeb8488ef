"""The scores, significance tests and translations that the tables of a study need."""

from collections.abc import Iterable
from typing import Any

from model.command import UserError
from workflow_scripts.directions import directions
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.study import Study
from workflow_scripts.study.tables import SampleTable, ScoreTable, SearchTable

Translated = tuple[str, str, str]  # model, test set, direction: a translation, and its score


class TablePlan:
    """The scores, tests and translations of each table."""

    def __init__(self, study: Study, texts: TextPlan, testsets: TestSetPlan, models: ModelPlan) -> None:
        self._study, self._texts, self._testsets, self._models = study, texts, testsets, models

    @remembered
    def scores(self, name: str) -> list[Translated]:
        """(model, test set, direction) of each score in a table of scores; other tables have none."""
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
        """The files of the tests of a table's differences to its baseline, for each seed of a run."""
        row, folder = self._study.score_tables[name], f"results/{self._study.study}/comparisons"
        if row.baseline is None or row.significance == "none":
            return []
        return [
            f"{folder}/{row.baseline}/{model}/{testset}.{direction}.{row.significance}.json"
            for model, testset, direction in self.scores(name)
            if self._models.all[model].system != row.baseline
            if self._models.translating(row.baseline, direction)
        ]

    def baseline_of(self, baseline: str, model: str, direction: str) -> str | None:
        """The model of a baseline that a model is compared with: of the same seed, or of the first if it lacks it."""
        return self._models.translating(baseline, direction, self._models.all[model].seed)

    def partners(self, name: str) -> dict[str, list[int]]:
        """Run → for each of its seeds, the position of the baseline's seed that it is compared with."""
        row = self._study.score_tables[name]
        if row.baseline is None:
            return {}
        return {
            run: [self._models.place(seed, row.baseline) for seed in self._models.seeds(run)]
            for run in row.runs
            if run != row.baseline
        }

    @remembered
    def compared_metrics(self, baseline: str, test: str) -> list[str]:
        """The metrics of all tables that test differences to a baseline by one test."""
        rows = self._study.score_tables.values()
        tables = [row for row in rows if (row.baseline, row.significance) == (baseline, test)]
        return list(dict.fromkeys(metric for table in tables for metric in table.metrics))

    @remembered
    def samples(self, name: str) -> list[Translated]:
        """(model, test set, direction) of each translation in a table of samples, by direction, then by run."""
        table = self._study.tables[name]
        if not isinstance(table, SampleTable):
            return []
        return [
            (model, table.test_set, direction)
            for direction in table.directions
            for run in table.runs
            if (model := self._models.translating(run, direction))
        ]

    @remembered
    def tuned(self, name: str) -> dict[str, list[str]]:
        """Model → its directions in the dev set, of a table of search settings. Of several seeds only the first."""
        table, dev = self._study.tables[name], self._study.dev_set
        if not isinstance(table, SearchTable):
            return {}
        models = [model for run in table.runs for model in self._models.of_system(run) if model.first]
        found = {model.name: [d for d in model.directions if self._testsets.has(dev, d)] for model in models}
        return {model: directions for model, directions in found.items() if directions}

    def tuned_file(self, name: str, model: str) -> str:
        """The dev translations of a model with all settings of a table."""
        return f"results/{self._study.study}/tuning/{name}/{model}.json"

    def tuning_options(self, name: str) -> list[str]:
        """The options of `model.analysis.tune_search` for a table of search settings, beside the length penalties."""
        table = self._study.tables[name]
        assert isinstance(table, SearchTable)
        lists = {"--beams": table.beams, "--patiences": table.patiences}
        tried = [word for option, values in lists.items() if values for word in (option, *map(str, values))]
        return [*tried, *(["--segments", str(table.segments)] if table.segments else [])]

    def not_tuned(self, name: str, model: str) -> dict[str, Any]:
        """The settings of a model's search that its translations depend on and that the table does not try itself."""
        found, table = self._models.search(self._models.all[model].system).of_best(), self._study.tables[name]
        assert isinstance(table, SearchTable)
        tried = {"beam": table.beams, "patience": table.patiences, "length_penalty": table.length_penalties}
        return {key: value for key, value in found.items() if not tried.get(key)}

    def check(self) -> None:
        """Raise UserError for a table that asks for scores or translations which no run or test set can give."""
        for name, table in self._study.tables.items():
            if isinstance(table, ScoreTable):
                self._check_scores(name, table)
            if isinstance(table, SampleTable):
                self._check_samples(table, f"tables.{name}")
            if isinstance(table, SearchTable):
                self._check_tuned(name, table)

    def _check_scores(self, name: str, table: ScoreTable) -> None:
        """Raise UserError for a run or direction of a table of scores without any score."""
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
        """Raise UserError for a run or direction of a table of samples without any translation."""
        translating = self._models.translating
        for direction in table.directions:
            if not any(translating(run, direction) for run in table.runs):
                raise UserError(f"{key}.directions: none of its runs translates {direction}; take it out")
            if not self._testsets.has(table.test_set, direction):
                raise UserError(f"{key}.directions: {table.test_set} has no {direction}; take it out")
        for run in table.runs:
            if not any(translating(run, direction) for direction in table.directions):
                raise UserError(f"{key}.runs: {run} translates none of its directions; take it out")

    def _check_tuned(self, name: str, table: SearchTable) -> None:
        """Raise UserError for a run of a table of search settings that has nothing to tune."""
        systems = {self._models.all[model].system for model in self.tuned(name)}
        for run in table.runs:
            key, dev = f"tables.{name}.runs", self._study.dev_set
            if run not in systems:
                raise UserError(f"{key}: {run} has no direction in the dev set {dev}; take it out")
            if self._models.search(run).sampling:
                raise UserError(f"{key}: {run} samples, so its search does not rank by length; take it out")
