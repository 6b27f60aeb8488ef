"""What the default target makes: tables, figures, and the models that these need, with those trained before them."""

from collections.abc import Iterable
from pathlib import Path

from workflow_scripts.backtranslation import KIND, translator
from workflow_scripts.figures.gains import Settings as Gains
from workflow_scripts.figures.scores import Settings as Scores
from workflow_scripts.figures.sizes import Settings as Sizes
from workflow_scripts.plan import (
    Trained,
    directions_with,
    figure_models,
    init_model,
    score_files,
    table_models,
    trained_models,
)
from workflow_scripts.study import Study
from workflow_scripts.systems import sampled_models, scored_models


def default_tables(study: Study) -> list[str]:
    """The names of the tables that the default target makes."""
    return [name for name, table in study.tables.items() if table.default]


def default_scores(study: Study) -> list[tuple[str, str, str]]:
    """(model, test set, direction) of each score in these tables, once."""
    return list(dict.fromkeys(score for table in default_tables(study) for score in table_models(study, table)))


def collected_scores(study: Study) -> list[str]:
    """The score files of these tables, and those of others as far as they have been made: what `scores.tsv` is of."""
    others = (score for table in study.tables for score in table_models(study, table))
    there = [path for path in score_files(study, others) if Path(path).exists()]
    return list(dict.fromkeys([*score_files(study, default_scores(study)), *there]))


def default_figures(study: Study) -> list[str]:
    """The names of the figures that the default target draws."""
    return [name for name, figure in study.figures.items() if figure.default]


def default_models(study: Study) -> list[str]:
    """The models of these tables and figures, and those that they need, by name, in the study's order."""
    scored = [model for model, _, _ in default_scores(study)]
    sampled = [model for table in default_tables(study) for model, _, _ in sampled_models(study, table)]
    shown = [model for figure in default_figures(study) for model in models_drawn(study, figure)]
    return with_teachers(study, [*scored, *sampled, *shown])


def models_drawn(study: Study, name: str) -> list[str]:
    """The models that a figure needs to be trained: of one of scores those that are scored, of one of text none."""
    figure = study.figures[name]
    if isinstance(figure, Sizes):
        return []
    if isinstance(figure, Gains):
        return [model for model, _, _ in table_models(study, figure.table)]
    if isinstance(figure, Scores):
        return [model for model, _, _ in scored_models(study, name)]
    return figure_models(study, name)


def with_teachers(study: Study, names: Iterable[str]) -> list[str]:
    """Some models and all that are trained before them for their sake, in the study's order."""
    models, found, waiting = trained_models(study), set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += teachers(study, models[name])
    return [name for name in models if name in found]


def teachers(study: Study, model: Trained) -> list[str]:
    """The models that one starts from, or whose translations it learns from."""
    start = init_model(study, model)
    taught = directions_with(study, model, KIND) if KIND in model.row.all_kinds() else []
    return list(dict.fromkeys([*([start] if start else []), *(translator(study, direction) for direction in taught)]))
