"""What the default target makes: tables, figures, and all models that these depend on."""

from functools import cached_property
from pathlib import Path

from workflow_scripts.plan.figures import FigurePlan
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.plan.shards import ShardPlan
from workflow_scripts.plan.tables import TablePlan, Translated
from workflow_scripts.plan.training_data import TrainingDataPlan
from workflow_scripts.study.study import Study


class TargetPlan:
    """What `snakemake` makes if no target is named."""

    def __init__(
        self,
        study: Study,
        models: ModelPlan,
        shards: ShardPlan,
        tables: TablePlan,
        figures: FigurePlan,
        training_data: TrainingDataPlan,
    ) -> None:
        self._study, self._models, self._shards = study, models, shards
        self._tables, self._figures, self._training_data = tables, figures, training_data

    @cached_property
    def tables(self) -> list[str]:
        """The names of the tables that it makes."""
        return [name for name, table in self._study.tables.items() if table.default]

    @cached_property
    def figures(self) -> list[str]:
        """The names of the figures that it makes."""
        return [name for name, figure in self._study.figures.items() if figure.default]

    @cached_property
    def scores(self) -> list[Translated]:
        """(model, test set, direction) of each score in these tables, once."""
        return list(dict.fromkeys(score for table in self.tables for score in self._tables.scores(table)))

    @cached_property
    def models(self) -> list[str]:
        """The names of the models of these tables and figures and of all they depend on, in the study's order."""
        scored = [model for model, _, _ in self.scores]
        sampled = [model for table in self.tables for model, _, _ in self._tables.samples(table)]
        drawn = [model for figure in self.figures for model in self._figures.trained(figure)]
        return self._training_data.with_teachers([*scored, *sampled, *drawn])

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
    def score_files(self) -> list[str]:
        """The score files of `scores.tsv`: of these tables, and of other tables if the file exists already."""
        others = (score for table in self._study.tables for score in self._tables.scores(table))
        there = [path for path in self._tables.score_files(others) if Path(path).exists()]
        return list(dict.fromkeys([*self._tables.score_files(self.scores), *there]))

    @cached_property
    def coverage(self) -> bool:
        """Whether the coverage of dictionaries is counted: if the target makes all shards that it is counted in."""
        made = {folder for name in self.models for folder in self._shards.of_model(self._models.all[name])}
        counted = set(self._shards.substituted)
        return bool(counted) and counted <= made
