"""What the default target makes: tables, figures, and all models that these depend on."""

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path

from model.command import UserError
from model.config.run import read_run
from workflow_scripts.plan.figures import FigurePlan
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.plan.run_config import RunPlan, filled_in
from workflow_scripts.plan.shards import ShardPlan
from workflow_scripts.plan.tables import TablePlan, Translated
from workflow_scripts.plan.training_data import TrainingDataPlan
from workflow_scripts.study.study import Study
from workflow_scripts.study.tables import ClaimTable


class TargetPlan:
    """What `snakemake` makes if no target is named."""

    def __init__(
        self,
        study: Study,
        models: ModelPlan,
        shards: ShardPlan,
        runs: RunPlan,
        tables: TablePlan,
        figures: FigurePlan,
        training_data: TrainingDataPlan,
    ) -> None:
        self._study, self._models, self._shards, self._runs = study, models, shards, runs
        self._tables, self._figures, self._training_data = tables, figures, training_data

    @cached_property
    def tables(self) -> list[str]:
        """The names of the tables that it makes: those that are not left out, and those that their claims are about."""
        return [name for name, table in self._study.tables.items() if table.default or name in self._claimed]

    @cached_property
    def figures(self) -> list[str]:
        """The names of the figures that it makes: those that are not left out, and those that claims are about."""
        return [name for name, figure in self._study.figures.items() if figure.default or name in self._claimed]

    @cached_property
    def _claimed(self) -> set[str]:
        """The tables and figures that the claims of its tables of claims are about."""
        made = [table for table in self._study.tables.values() if isinstance(table, ClaimTable) and table.default]
        asked = [difference for table in made for claim in table.claims for difference in claim.differences]
        return {str(difference.table or difference.figure) for difference in asked}

    @cached_property
    def scores(self) -> list[Translated]:
        """(model, test set, direction) of each score in these tables, once."""
        return list(dict.fromkeys(score for table in self.tables for score in self._tables.scores(table)))

    @cached_property
    def models(self) -> list[str]:
        """The trained models of these tables and figures and of all they depend on, in the study's order."""
        scored = [model for model, _, _ in self.scores]
        sampled = [model for table in self.tables for model, _, _ in self._tables.samples(table)]
        tuned = [model for table in self.tables for model in self._tables.tuned(table)]
        drawn = [model for figure in self.figures for model in self._figures.trained(figure)]
        found = self._training_data.with_teachers([*scored, *sampled, *tuned, *drawn])
        return [name for name in found if not self._models.all[name].row.external]

    @cached_property
    def _scores_of_models(self) -> dict[str, list[Translated]]:
        found: dict[str, list[Translated]] = {}
        for score in self.scores:
            found.setdefault(score[0], []).append(score)
        return found

    def scores_of(self, model: str) -> list[Translated]:
        """The scores of one model in these tables."""
        return self._scores_of_models.get(model, [])

    @cached_property
    def other_score_files(self) -> dict[str, str]:
        """Score file → SHA-256 of its content, for scores of other tables that exist and are not out of date.

        The default target does not make these files again. So this looks whether the models are those of the study.
        """
        all_scores = dict.fromkeys(score for table in self._study.tables for score in self._tables.scores(table))
        others = [score for score in all_scores if score not in set(self.scores)]
        files = zip(others, map(Path, self._tables.score_files(others)), strict=True)
        there = [path for (model, _, _), path in files if path.exists() and self._is_up_to_date(path, model)]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in there}

    def _is_up_to_date(self, path: Path, model: str) -> bool:
        """Whether a score is of a model, and of all it depends on, as the study describes them now.

        Their settings are those on disk, nothing that they were trained on was made after the score, and the search
        was the same.
        """
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            return False
        search = self._models.searched(self._models.all[model].system)
        if not isinstance(about, dict) or about.get("search") != search:
            return False
        for name in self._training_data.with_teachers([model]):
            if self._models.all[name].row.external:
                continue
            shards = self._shards.of_model(self._models.all[name])
            run = f"results/{self._study.study}/runs/{name}/run.json"
            try:
                wanted = filled_in(self._runs.settings(name), tell=lambda line: None)
                same = read_run(run).weights() == wanted.weights()
            except UserError:  # it is not there, or from another version; or there are no shards
                return False
            made = [os.path.getmtime(folder) for folder in shards if Path(folder).exists()]
            if not same or max(made, default=0.0) > path.stat().st_mtime:
                return False
        return True

    @cached_property
    def coverage(self) -> list[str]:
        """The variants of substitution whose coverage is counted: if the target makes all shards it is counted in."""
        made = {folder for name in self.models for folder in self._shards.of_model(self._models.all[name])}
        counted = {name: set(self._shards.substituted(name)) for name in ("", *self._study.substitutions)}
        return [name for name, folders in counted.items() if folders and folders <= made]
