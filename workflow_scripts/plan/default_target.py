"""What the default target makes: tables, figures, and the models that these need, with those trained before them."""

from pathlib import Path

from workflow_scripts.plan.figures import figure_models, scored_models
from workflow_scripts.plan.tables import sampled_models, score_files, table_models
from workflow_scripts.plan.training_data import with_teachers
from workflow_scripts.study.figures import Gains, Scores, Sizes
from workflow_scripts.study.study import Study


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
