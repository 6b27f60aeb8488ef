"""Back-translation: which model translates the monolingual text of each direction, and how.

The target of a back-translated direction is monolingual text. Its source is a translation of that text by a model of
the other direction (Sennrich et al. 2016; mRASP, table 4).
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
    """The models that translate back, and their search."""

    def __init__(self, study: Study, models: ModelPlan) -> None:
        self._study, self._models = study, models

    @property
    def settings(self) -> Backtranslation:
        """The key `backtranslation` of the study. Raises UserError if the study lacks it."""
        if self._study.backtranslation is None:
            raise UserError(
                "backtranslation: the study does not say which run translates; add backtranslation: {run: …}"
            )
        return self._study.backtranslation

    @remembered
    def translator(self, direction: str) -> str:
        """The name of the model that makes the sources of a direction. Raises UserError if the run has none."""
        run, back = self.settings.run, "-".join(reversed(direction.split("-")))
        name = self._models.translating(run, back)
        if name is None:
            raise UserError(
                f"backtranslation.run: {run} does not train on {back}, to make {direction} of; name another"
            )
        return name

    @cached_property
    def search(self) -> SearchConfig:
        """The search for sources: that of the run that translates, with the keys of `backtranslation.search`."""
        usual = self._models.search(self.settings.run)
        return SearchConfig.model_validate({**usual.model_dump(), **self.settings.search})

    @cached_property
    def files(self) -> range:
        """The numbers of the files that segments are translated in. A file has as many segments as a window of a shard.

        They follow from the study alone, so that translations do not depend on the number of jobs. If a language has
        fewer segments than asked for, the last files are empty.
        """
        return range(-(-self.settings.segments // WINDOW))
