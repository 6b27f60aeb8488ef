"""The dictionaries of a study: which ones each direction and each figure draws on.

A study may have variants of substitution. Each has a plan of its own, made from the study as the variant changes it.
"""

from functools import cached_property

from model.command import UserError
from model.records import unknown
from workflow_scripts.directions import codes, pair_of
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.plan.subwords import SubwordPlan
from workflow_scripts.plan.texts import TextPlan, holding
from workflow_scripts.remember import remembered
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.figures import WordSettings
from workflow_scripts.study.preparation import Dictionaries
from workflow_scripts.study.runs import SUBSTITUTED
from workflow_scripts.study.study import Study


class DictionaryPlan:
    """The dictionaries that substitution needs. The name of one is a direction: `en-gl` translates English words.

    variant: one of the study's `substitutions`; empty for its own `substitution`, whose dictionaries figures use.
    """

    def __init__(
        self, study: Study, texts: TextPlan, models: ModelPlan, subwords: SubwordPlan, variant: str = ""
    ) -> None:
        self.study, self.name = study.with_variant(variant), variant
        self._texts, self._models, self._subwords = texts, models, subwords
        self.key = f"substitutions.{variant}" if variant else "substitution"
        self.ending = f"-{variant}" if variant else ""  # of the folders of its shards
        changed = self._made_from(self.study) != self._made_from(study)
        self.own_ending = self.ending if changed else ""  # of the folder of its dictionaries
        self.folder = f"results/{study.study}/dictionaries{self.own_ending}"
        self.coverage = f"results/{study.study}/dictionaries{self.ending}/coverage.tsv"

    @staticmethod
    def _made_from(study: Study) -> tuple[Dictionaries, int]:
        return study.dictionaries, study.substitution.top_words

    @remembered
    def of_group(self, group: str) -> list[str]:
        """The dictionaries that substitution in a group of pairs uses: those into the allowed languages.

        A word graph also uses those into other languages, as steps in between.
        """
        settings = self.study.substitution
        with_hub = [ends for pair in self.study.pairs[group] if settings.language in (ends := pair.split("-"))]
        others = dict.fromkeys(code for ends in with_hub for code in ends)
        allowed = settings.languages if settings.languages and not settings.graph else others
        return [f"{settings.language}-{c}" for c in others if c != settings.language and c in allowed]

    def of_direction(self, direction: str) -> list[str]:
        """The dictionaries that a direction is substituted with: those of the group whose vocabulary its shards use."""
        return self.of_group(self._subwords.group_of(pair_of(direction)))

    @remembered
    def substituted_language(self, direction: str) -> str | None:
        """The language of the side of a direction that is substituted, or None."""
        settings, (source, target) = self.study.substitution, direction.split("-")
        if settings.sides == "every_source" or source == settings.language:
            return source
        return settings.language if settings.sides == "any" and settings.language == target else None

    @cached_property
    def substituted_directions(self) -> list[str]:
        """All directions that some run needs substituted shards of."""
        mine = [model for model in self._models.all.values() if model.row.substitution == self.name]
        wanted = [model for model in mine if set(SUBSTITUTED) & set(model.row.all_kinds())]
        return list(dict.fromkeys(d for model in wanted for d in model.directions if self.substituted_language(d)))

    @cached_property
    def all(self) -> list[str]:
        """All dictionaries that the substitution of some run, or some figure, needs."""
        of_runs = [name for direction in self.substituted_directions for name in self.of_direction(direction)]
        figures = () if self.name else self.study.figures
        return list(dict.fromkeys([*of_runs, *(name for figure in figures for name in self.of_figure(figure))]))

    @remembered
    def of_figure(self, name: str) -> list[str]:
        """The dictionaries of a figure of words; of other figures, none.

        By default, those that all its runs could be substituted with. If the figure names pairs, one for each pair,
        from the substituted language if the pair has it. Raises UserError for a pair that the study lacks.
        """
        figure, hub = self.study.figures[name], self.study.substitution.language
        if not isinstance(figure, WordSettings):
            return []
        for pair in figure.pairs or ():
            if pair not in self._texts.pairs:
                raise UserError(f"figures.{name}.pairs: {unknown(pair, self._texts.pairs)}")
        if figure.pairs:
            return ["-".join(sorted(pair.split("-"), key=lambda code: code != hub)) for pair in figure.pairs]
        of_runs = [self.of_group(self.study.runs[run].train_on) for run in figure.runs]
        return [dictionary for dictionary in of_runs[0] if all(dictionary in others for others in of_runs)]

    @remembered
    def items(self, dictionary: str) -> list[Item]:
        """The datasets of a dictionary, of either direction, in the study's order of precedence."""
        return holding(self.study.dictionaries.items, dictionary)

    @remembered
    def files(self, dictionary: str) -> list[str]:
        """The files of these datasets. A dictionary without any is induced from text."""
        found = (SOURCES[item.dataset.source].places(item, codes(dictionary)) for item in self.items(dictionary))
        return list(dict.fromkeys(place.path for places in found for place in places))
