"""Back-translation: which directions get synthetic sources, and which model makes them.

The target of a direction is monolingual text, its source a translation of that by a model of the other direction
(Sennrich et al. 2016; mRASP, table 4).
"""

from functools import cached_property

from model.command import UserError
from model.config.search import SearchConfig
from model.records import unknown
from model.shards.files import WINDOW
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.shards import BACKTRANSLATED, ShardPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.preparation import Backtranslation
from workflow_scripts.study.study import Study


class BacktranslationPlan:
    """Who translates back, and how."""

    def __init__(self, study: Study, models: ModelPlan, shards: ShardPlan) -> None:
        self._study, self._models, self._shards = study, models, shards

    @property
    def settings(self) -> Backtranslation:
        """The key of the study. Raises UserError where it has none."""
        if self._study.backtranslation is None:
            raise UserError(
                "backtranslation: the study does not say which run translates; add backtranslation: {run: …}"
            )
        return self._study.backtranslation

    @remembered
    def translator(self, direction: str) -> str:
        """The name of the model that makes the sources of a direction. Raises UserError where the run has none."""
        run, back = self.settings.run, "-".join(reversed(direction.split("-")))
        name = self._models.translating(run, back)
        if name is None:
            raise UserError(
                f"backtranslation.run: {run} does not train on {back}, to make {direction} of; name another"
            )
        return name

    @cached_property
    def search(self) -> SearchConfig:
        """How sources are searched for: as the study's `search` says, but for what `backtranslation.search` says."""
        return SearchConfig.model_validate({**self._study.search.model_dump(), **self.settings.search})

    @cached_property
    def files(self) -> range:
        """The numbers of the files that segments are translated in, as many a job as a window of a shard has rows.

        They follow from the study alone, so that translations do not depend on the number of jobs; where a language
        has fewer segments than asked for, the last files are empty.
        """
        return range(-(-self.settings.segments // WINDOW))

    def check(self) -> None:
        """Raise UserError for shards that cannot be made.

        That is without a run that translates, from one that waits for such shards itself or lacks a direction, and
        for a run that has no monolingual text in any of its targets.
        """
        if self._study.backtranslation:
            self._check_run(self._study.backtranslation.run)
        for system, row in self._study.runs.items():
            if BACKTRANSLATED in row.shards:
                _ = self.settings
                self._check_text(self._models.of_system(system))

    def _check_run(self, run: str) -> None:
        if run not in self._study.runs:
            raise UserError(f"backtranslation.run: {unknown(run, self._study.runs)}")
        start: str | None = run
        while start in self._study.runs:
            row = self._study.runs[start]
            if BACKTRANSLATED in row.shards:
                chain = "" if start == run else f", which {run} starts from"
                raise UserError(
                    f"backtranslation.run: {run} is to make what runs.{start}.shards has{chain}; name another"
                )
            start = row.init

    def _check_text(self, models: list[Trained]) -> None:
        found = [direction for model in models for direction in self._shards.directions(model, BACKTRANSLATED)]
        if not found:
            row = models[0].row
            raise UserError(
                f"runs.{models[0].system}.shards: {BACKTRANSLATED}, and monolingual has no text in a language of"
                f" {row.train_on}; list some, or take it out"
            )
        for direction in found:
            self.translator(direction)
