"""The shards of a study, and which of them each model trains on."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from model.command import UserError
from model.objectives import OBJECTIVES
from workflow_scripts.directions import directions, pair_of
from workflow_scripts.plan.dictionaries import DictionaryPlan
from workflow_scripts.plan.models import ModelPlan, Trained
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.runs import SUBSTITUTED
from workflow_scripts.study.study import Study

COPIES = "substituted"  # the kind of shards that are copies of originals
BACKTRANSLATED = "backtranslated"  # the kind of shards whose sources are translations by a model of the study


def kind_of(folder: str) -> str:
    """The kind of a folder of shards: of `shards/substituted/en-gl` and `shards/substituted-p15/en-gl` the same."""
    return Path(folder).parent.name.partition("-")[0]


class ShardPlan:
    """The shard folders that the models of a study are trained and validated on."""

    def __init__(
        self,
        study: Study,
        texts: TextPlan,
        testsets: TestSetPlan,
        models: ModelPlan,
        variants: dict[str, DictionaryPlan],
    ) -> None:
        self._study, self._texts, self._testsets = study, texts, testsets
        self._models, self._variants = models, variants
        self._folder = f"results/{study.study}/shards"

    def directions(self, model: Trained, kind: str) -> list[str]:
        """The directions of a model that have shards of a kind; for `monolingual`, the languages.

        Substituted shards need a side in the substituted language. For codeswitched ones this is the source, because
        the target would give the same segments as the source of the other direction. Back-translated shards need
        monolingual text in the target language.
        """
        if kind == "original":
            return model.directions
        spoken = self._texts.monolingual
        if kind == "monolingual":
            return sorted(spoken & {code for direction in model.directions for code in direction.split("-")})
        if kind == BACKTRANSLATED:
            return [direction for direction in model.directions if direction.split("-")[1] in spoken]
        made = self._variants[model.row.substitution]
        sides = {direction: made.substituted_language(direction) for direction in model.directions}
        return [d for d, side in sides.items() if side == d.split("-")[0] or (side and kind == "substituted")]

    @remembered
    def of_objective(self, model: Trained, objective: str) -> list[str]:
        """The folders of the shards that an objective of a model learns from. Raises UserError if there are none.

        An objective on text in one language reads only the sources, so it gets both directions of each pair.
        """
        kinds, alone = model.row.kinds(objective), OBJECTIVES[objective].data != "parallel"
        reading = model
        if alone:
            pairs = dict.fromkeys(map(pair_of, model.directions))
            reading = replace(model, directions=[direction for pair in pairs for direction in directions(pair)])
        ending = self._variants[model.row.substitution].ending
        named = {kind: f"{self._folder}/{kind}{ending if kind in SUBSTITUTED else ''}" for kind in kinds}
        found = [f"{named[kind]}/{direction}" for kind in kinds for direction in self.directions(reading, kind)]
        if not found:
            lacks = " and ".join(dict.fromkeys(self._lacking(model, kind) for kind in kinds))
            key = f"objectives.{objective}: {lacks}" if alone else f"shards: {model.name} has {lacks}"
            raise UserError(f"runs.{model.system}.{key}")
        return found

    def copies(self, model: Trained, objective: str) -> list[str]:
        """The folders of substituted copies that an objective takes a share of; none without `copy_share`.

        Raises UserError if no model of the run has such folders, or if they have nothing else.
        """
        if model.row.objectives[objective].copy_share is None:
            return []
        of_run = [folder for m in self._models.of_system(model.system) for folder in self.of_objective(m, objective)]
        found = [folder for folder in of_run if kind_of(folder) == COPIES]
        if not found or found == of_run:
            lacks = "no originals beside its copies" if found else "no substituted shards"
            raise UserError(
                f"runs.{model.system}.objectives.{objective}.copy_share: the run has {lacks}; leave it out, or take"
                " shards: [original, substituted]"
            )
        return [folder for folder in self.of_objective(model, objective) if folder in found]

    def _lacking(self, model: Trained, kind: str) -> str:
        if kind == "monolingual":
            return "monolingual has no text in a language of its pairs; list some there, or take shards: [original]"
        if kind == BACKTRANSLATED:
            return "no monolingual text to translate back"
        return f"no {self._variants[model.row.substitution].study.substitution.language} source to substitute"

    @remembered
    def of_model(self, model: Trained) -> list[str]:
        """The folders of all shards that a model trains on."""
        if model.row.external:
            return []
        return list(dict.fromkeys(folder for name in model.row.objectives for folder in self.of_objective(model, name)))

    @remembered
    def dev(self, model: Trained) -> list[str]:
        """The folders of the dev shards of a model. Raises UserError if the dev set has none of its directions."""
        if model.row.external:
            return []
        dev_set = self._study.dev_set
        tested = [direction for direction in model.directions if self._testsets.has(dev_set, direction)]
        if not tested:
            raise UserError(f"dev_set: {dev_set} has no direction of {model.name}; name another")
        return [f"{self._folder}/dev/{direction}" for direction in tested]

    @cached_property
    def all(self) -> list[str]:
        """The folders of all shards that models of the study train on."""
        return list(dict.fromkeys(folder for model in self._models.all.values() for folder in self.of_model(model)))

    @cached_property
    def all_dev(self) -> list[str]:
        """The folders of all dev shards."""
        return list(dict.fromkeys(folder for model in self._models.all.values() for folder in self.dev(model)))

    @cached_property
    def of_text(self) -> list[str]:
        """The folders of all shards but back-translated ones."""
        return [folder for folder in self.all if Path(folder).parent.name != BACKTRANSLATED]

    @remembered
    def substituted(self, variant: str = "") -> list[str]:
        """The folders that coverage is counted in: substituted shards, or codeswitched ones if there are no others.

        variant: of substitution, see `DictionaryPlan`.
        """
        ending = self._variants[variant].ending
        named = ([f for f in self.all if Path(f).parent.name == f"{kind}{ending}"] for kind in SUBSTITUTED)
        return next(filter(None, named), [])
