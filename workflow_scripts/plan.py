"""What follows from a study: its models, and which files each step makes and needs.

`python -m workflow_scripts.plan --study study.json --run mrasp_ft/en-gl run.json` writes what a run needs to train.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from model.command import UserError, parser, run
from model.config import ModelConfig, RunConfig, TrainingConfig, sizes, unknown, write_json
from model.folder_config import read_config
from model.objectives import OBJECTIVES
from workflow_scripts.groups import (
    all_pairs,
    dictionaries_of,
    substituted_language,
    vocabulary_of_group,
)
from workflow_scripts.languages import directions, pair_of
from workflow_scripts.representations import word_dictionaries
from workflow_scripts.run_schema import Run
from workflow_scripts.study import Study, read_study
from workflow_scripts.supplies import (
    is_tested,
    monolingual_languages,
)


@dataclass(frozen=True)
class Trained:
    """One model to train: a row of `runs`, or with `per: direction` that row for one direction, by one of its seeds."""

    name: str  # `mrasp`, `mrasp_ft/en-gl`, or `mrasp/seed2` by a seed that is not the row's first
    system: str  # the row's name
    row: Run
    directions: list[str]
    seed: int
    first: bool  # of the row's seeds


def trained_models(study: Study) -> dict[str, Trained]:
    """All models of a study by name."""
    models = {}
    for system, row in study.runs.items():
        learned = directions_of(study, row)
        parts = {f"{system}/{d}": [d] for d in learned} if row.per == "direction" else {system: learned}
        for name, part in parts.items():
            for seed in (seeds := row.seeds or [study.seed]):
                first = seed == seeds[0]
                full = name if first else f"{name}/seed{seed}"
                models[full] = Trained(full, system, row, part, seed, first)
    return models


def labels(study: Study, systems: Iterable[str]) -> dict[str, str]:
    """What people are shown of each run: its label, or its name where it has none or another of them shows the same."""
    wanted = {name: study.runs[name].label or name for name in systems}
    shown = list(wanted.values())
    return {name: label if shown.count(label) == 1 else name for name, label in wanted.items()}


def directions_of(study: Study, row: Run) -> list[str]:
    """The directions that a row of `runs` learns: those of its pairs, from `source` and into `target` if it says so."""
    both = [direction for pair in study.pairs[row.train_on] for direction in directions(pair)]
    ends = {d: d.split("-") for d in both}
    return [d for d in both if row.source in (None, ends[d][0]) and row.target in (None, ends[d][1])]


def model_for(study: Study, system: str, direction: str) -> str | None:
    """The name of the model that translates a direction for a system, or None where it does not train on it.

    Of several seeds it is that of the first.
    """
    row = study.runs[system]
    if direction not in directions_of(study, row):
        return None
    return f"{system}/{direction}" if row.per == "direction" else system


def substituted_directions(study: Study) -> list[str]:
    """Every direction that some run wants substituted shards of."""
    kinds = {"substituted", "codeswitched"}
    wanted = [model for model in trained_models(study).values() if kinds & set(model.row.all_kinds())]
    return list(dict.fromkeys(d for model in wanted for d in model.directions if substituted_language(study, d)))


def all_dictionaries(study: Study) -> list[str]:
    """Every dictionary that some run's substitution or some figure needs, as source-target."""
    of_runs = [d for direction in substituted_directions(study) for d in dictionaries_of(study, direction)]
    return list(dict.fromkeys([*of_runs, *(d for name in study.figures for d in word_dictionaries(study, name))]))


def directions_with(study: Study, model: Trained, kind: str) -> list[str]:
    """The directions of a model that have shards of a kind; of `monolingual` the languages.

    One is substituted only where one of its sides is, and translated back only where its target has monolingual text.
    A target is not restored: that would be the same segments as the source of the other direction.
    """
    if kind == "original":
        return model.directions
    spoken = monolingual_languages(study)
    if kind == "monolingual":
        return sorted(spoken & {code for direction in model.directions for code in direction.split("-")})
    if kind == "backtranslated":
        return [direction for direction in model.directions if direction.split("-")[1] in spoken]
    sides = {direction: substituted_language(study, direction) for direction in model.directions}
    return [d for d, side in sides.items() if side == d.split("-")[0] or (side and kind == "substituted")]


def folders(study: Study, model: Trained, objective: str) -> list[str]:
    """Folders of the shards that an objective of a model learns from. Raises UserError where there are none.

    One that learns from text in one language takes the sources of shards, so it takes both directions of a pair.
    """
    kinds, alone = model.row.kinds(objective), OBJECTIVES[objective].data != "parallel"
    if alone:
        pairs = dict.fromkeys(map(pair_of, model.directions))
        model = replace(model, directions=[direction for pair in pairs for direction in directions(pair)])
    found = [
        f"results/{study.study}/shards/{kind}/{direction}"
        for kind in kinds
        for direction in directions_with(study, model, kind)
    ]
    if not found:
        lacks = " and ".join(dict.fromkeys(_lacking(study, kind) for kind in kinds))
        key = f"objectives.{objective}: {lacks}" if alone else f"shards: {model.name} has {lacks}"
        raise UserError(f"runs.{model.system}.{key}")
    return found


def _lacking(study: Study, kind: str) -> str:
    if kind == "monolingual":
        return "monolingual has no text in a language of its pairs; list some there, or take shards: [original]"
    if kind == "backtranslated":
        return "no monolingual text to translate back"
    return f"no {study.substitution.language} source to substitute"


def shards(study: Study, model: Trained) -> list[str]:
    """Folders of all shards a model trains on."""
    return list(dict.fromkeys(folder for name in model.row.objectives for folder in folders(study, model, name)))


def dev_shards(study: Study, model: Trained) -> list[str]:
    """Folders of the dev shards of a model, of the directions that the dev set has. Raises UserError for none."""
    directions = [direction for direction in model.directions if is_tested(study, study.dev_set, direction)]
    if not directions:
        raise UserError(f"dev_set: {study.dev_set} has no direction of {model.name}; name another")
    return [f"results/{study.study}/shards/dev/{direction}" for direction in directions]


def starting_sizes(study: Study, row: Run) -> ModelConfig | None:
    """The sizes of the model that a row starts from; None where it starts from nothing.

    Raises UserError for a model folder from elsewhere that is damaged.
    """
    if row.init is None:
        return None
    if row.init in study.runs:
        start = study.runs[row.init]
        return starting_sizes(study, start) or sizes(study.model, start.model)
    return read_config(row.init)


def init_folder(study: Study, model: Trained) -> str | None:
    """The model folder a model starts from, or None."""
    start = init_model(study, model)
    return f"results/{study.study}/runs/{start}/model" if start else model.row.init


def init_model(study: Study, model: Trained) -> str | None:
    """The model of the study that a model starts from, or None. Of a run with several seeds it is that of the first."""
    init = model.row.init
    if init is None or init not in study.runs:
        return None
    return f"{init}/{model.directions[0]}" if study.runs[init].per else init


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


def table_models(study: Study, table: str) -> list[tuple[str, str, str]]:
    """(model, test set, direction) of each score in a table; those of other kinds have none."""
    row = study.score_tables.get(table)
    if row is None:
        return []
    wanted = row.directions or [d for pair in all_pairs(study) for d in directions(pair)]
    tested = {testset: [d for d in wanted if is_tested(study, testset, d)] for testset in row.test_sets}
    models: dict[tuple[str, str], list[str]] = {}
    for model in trained_models(study).values():
        for direction in model.directions:
            models.setdefault((model.system, direction), []).append(model.name)
    return [
        (name, testset, direction)
        for system in row.runs
        for testset in row.test_sets
        for direction in tested[testset]
        for name in models.get((system, direction), [])
    ]


def score_files(study: Study, scores: Iterable[tuple[str, str, str]]) -> list[str]:
    """The files of some scores, each of a (model, test set, direction)."""
    return [f"results/{study.study}/scores/{name}/{testset}.{direction}.json" for name, testset, direction in scores]


def comparison_files(study: Study, table: str) -> list[str]:
    """The tests of a table's differences to its baseline, where both systems have one seed."""
    row, models = study.score_tables[table], trained_models(study)
    if row.baseline is None or row.significance == "none" or not _has_one_seed(study, row.baseline):
        return []
    return [
        f"results/{study.study}/comparisons/{row.baseline}/{name}/{testset}.{direction}.{row.significance}.json"
        for name, testset, direction in table_models(study, table)
        if (system := models[name].system) != row.baseline and _has_one_seed(study, system)
        if model_for(study, row.baseline, direction)
    ]


def _has_one_seed(study: Study, system: str) -> bool:
    return len(study.runs[system].seeds or [study.seed]) == 1


def compared_metrics(study: Study, baseline: str, test: str) -> list[str]:
    """The metrics that some table tests differences to a baseline in by one test."""
    tables = [row for row in study.score_tables.values() if (row.baseline, row.significance) == (baseline, test)]
    return list(dict.fromkeys(metric for table in tables for metric in table.metrics))


def figure_models(study: Study, figure: str) -> list[str]:
    """The names of the models in a figure, in its order of runs; of several seeds the first."""
    models = [model for model in trained_models(study).values() if model.first]
    return [model.name for system in study.figures[figure].runs for model in models if model.system == system]


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
