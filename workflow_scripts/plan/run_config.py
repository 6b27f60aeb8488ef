"""Write run.json of a model: all that its training needs.

`python -m workflow_scripts.plan.run_config --study study.json --run mrasp_ft/en-gl run.json` writes what a run needs
to train.
"""

from pathlib import Path

from model.command import UserError, parser, run
from model.config.model import sizes
from model.config.run import RunConfig
from model.config.training import TrainingConfig
from model.records import unknown, write_json
from workflow_scripts.plan.models import init_folder, trained_models
from workflow_scripts.plan.shards import dev_shards, folders
from workflow_scripts.plan.subwords import vocabulary_of_group
from workflow_scripts.study.read import read_study
from workflow_scripts.study.study import Study


def run_config(study: Study, name: str) -> RunConfig:
    """run.json of a model. Raises UserError for a name that is none of the study's."""
    models = trained_models(study)
    if name not in models:
        raise UserError(f"run {unknown(name, models)}")
    model = models[name]
    return RunConfig(
        run=name,
        seed=model.seed,
        init=init_folder(study, model),
        subwords=f"results/{study.study}/subwords",
        vocabulary=vocabulary_of_group(study, model.row.train_on),
        tasks=[model.row.task(objective, folders(study, model, objective)) for objective in model.row.objectives],
        mixing=model.row.mixing,
        intra_distillation=model.row.intra_distillation,
        dev=dev_shards(study, model),
        model=sizes(study.model, model.row.model),
        training=TrainingConfig.model_validate({**study.training, **model.row.training}),
    )


def main() -> None:
    """Write run.json of one model."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_json(options.output, run_config(read_study(options.study), options.run).model_dump(mode="json"))


if __name__ == "__main__":
    run(main)
