"""The plan of a study: everything that follows from it, computed once."""

from workflow_scripts.plan.backtranslation import BacktranslationPlan
from workflow_scripts.plan.dictionaries import DictionaryPlan
from workflow_scripts.plan.figures import FigurePlan
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.plan.run_config import RunPlan
from workflow_scripts.plan.sensitivities import SensitivityPlan
from workflow_scripts.plan.shards import ShardPlan
from workflow_scripts.plan.subwords import SubwordPlan
from workflow_scripts.plan.supplies import SupplyPlan
from workflow_scripts.plan.tables import TablePlan
from workflow_scripts.plan.targets import TargetPlan
from workflow_scripts.plan.testsets import TestSetPlan
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.plan.training_data import TrainingDataPlan
from workflow_scripts.study.study import Study


class Plan:
    """Everything that follows from a study, with one part for each topic.

    A part uses only parts above it in this list. It remembers its answers; do not change what it returns.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.folder = f"results/{study.study}"
        self.texts = TextPlan(study)
        self.testsets = TestSetPlan(study, self.texts)
        self.models = ModelPlan(study)
        self.subwords = SubwordPlan(study, self.texts)
        self.variants = {
            name: DictionaryPlan(study, self.texts, self.models, self.subwords, name)
            for name in ("", *study.substitutions)
        }  # of substitution
        self.dictionaries = self.variants[""]
        self.shards = ShardPlan(study, self.texts, self.testsets, self.models, self.variants)
        self.backtranslation = BacktranslationPlan(study, self.models)
        self.runs = RunPlan(study, self.models, self.subwords, self.shards)
        self.supplies = SupplyPlan(study, self.texts, self.testsets, self.variants)
        self.training_data = TrainingDataPlan(self.texts, self.models, self.variants, self.shards, self.backtranslation)
        self.tables = TablePlan(study, self.texts, self.testsets, self.models)
        self.figures = FigurePlan(study, self.texts, self.testsets, self.models, self.dictionaries, self.tables)
        self.sensitivities = SensitivityPlan(study, self.testsets, self.models, self.shards, self.figures)
        self.targets = TargetPlan(
            study, self.models, self.shards, self.runs, self.tables, self.figures, self.training_data
        )
