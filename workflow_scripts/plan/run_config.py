"""Write run.json of a model: everything that its training needs to know.

`python -m workflow_scripts.plan.run_config --settings s.json run.json`.
"""

import hashlib
import json
from pathlib import Path

from model.command import UserError, parser, run
from model.config.model import sizes
from model.config.run import RunConfig, read_run
from model.config.training import TrainingConfig
from model.records import unknown, write_json
from workflow_scripts.plan.models import ModelPlan
from workflow_scripts.plan.shards import ShardPlan
from workflow_scripts.plan.subwords import SubwordPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.study import Study


class RunPlan:
    """The content of run.json of each model."""

    def __init__(self, study: Study, models: ModelPlan, subwords: SubwordPlan, shards: ShardPlan) -> None:
        self._study, self._models, self._subwords, self._shards = study, models, subwords, shards

    @remembered
    def config(self, name: str) -> RunConfig:
        """run.json of a model. Raises UserError for an unknown name."""
        if name not in self._models.all:
            raise UserError(f"run {unknown(name, self._models.all)}")
        study, model = self._study, self._models.all[name]
        objectives = model.row.objectives
        return RunConfig(
            run=name,
            seed=model.seed,
            init=self._models.start_folder(model),
            subwords=f"results/{study.study}/subwords",
            vocabulary=self._subwords.vocabulary_of_group(model.row.train_on),
            tasks=[model.row.task(objective, self._shards.of_objective(model, objective)) for objective in objectives],
            mixing=model.row.mixing,
            intra_distillation=model.row.intra_distillation,
            dev=self._shards.dev(model),
            model=sizes(study.model, model.row.model),
            training=TrainingConfig.model_validate({**study.training, **model.row.training}),
        )

    @remembered
    def weights(self, name: str) -> str:
        """A digest of the settings that the weights of a model depend on. Other settings train no model again."""
        return hashlib.sha256(json.dumps(self.config(name).weights()).encode()).hexdigest()[:12]


def main() -> None:
    """Write run.json of one model."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", type=Path, required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_json(options.output, read_run(options.settings).model_dump(mode="json"))


if __name__ == "__main__":
    run(main)
