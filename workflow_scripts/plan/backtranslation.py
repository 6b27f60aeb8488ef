"""Back-translation: which directions get synthetic sources, and which model makes them.

The target of a direction is monolingual text, its source a translation of that by a model of the other direction
(Sennrich et al. 2016; mRASP, table 4).
"""

from functools import cached_property

from model.command import UserError
from model.config.search import SearchConfig
from model.shards.files import WINDOW
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.preparation import Backtranslation
from workflow_scripts.study.study import Study


class BacktranslationPlan:
    """Who translates back, and how."""

    def __init__(self, study: Study, models: ModelPlan) -> None:
        self._study, self._models = study, models

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
