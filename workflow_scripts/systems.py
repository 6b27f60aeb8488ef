"""What tables and figures of whole systems need: scores, translations, and the text that they learn from."""

from collections.abc import Sequence

from model.command import UserError
from model.config import unknown
from workflow_scripts.backtranslation import KIND
from workflow_scripts.figures.gains import Settings as Gains
from workflow_scripts.figures.scores import Settings as Scores
from workflow_scripts.languages import pair_of
from workflow_scripts.plan import directions_of, model_for, shards, table_models, trained_models
from workflow_scripts.study import Study
from workflow_scripts.supplies import is_tested, texts
from workflow_scripts.table_schema import SampleTable, ScoreTable


def scored_models(study: Study, name: str) -> list[tuple[str, str, str]]:
    """(model, test set, direction) of each score that a figure of the kind scores draws."""
    figure = study.figures[name]
    if not isinstance(figure, Scores):
        return []
    return [
        (str(model_for(study, run, direction)), figure.test_set, direction)
        for run in figure.runs
        for direction in scored_directions(study, name)
    ]


def scored_directions(study: Study, name: str) -> list[str]:
    """The directions of a figure of the kind scores: all that its runs and its test set have, or those it names."""
    figure = study.figures[name]
    if not isinstance(figure, Scores):
        return []
    learned = [directions_of(study, study.runs[run]) for run in figure.runs]
    common = [d for d in learned[0] if all(d in of_run for of_run in learned) and is_tested(study, figure.test_set, d)]
    return figure.directions or common


def sampled_models(study: Study, name: str) -> list[tuple[str, str, str]]:
    """(model, test set, direction) of all translations in a table of samples, by its directions and then its runs."""
    table = study.tables[name]
    if not isinstance(table, SampleTable):
        return []
    return [
        (model, table.test_set, direction)
        for direction in table.directions
        for run in table.runs
        if (model := model_for(study, run, direction))
    ]


def sized_texts(study: Study, runs: Sequence[str]) -> list[str]:
    """The pairs and languages whose text some runs learn from; all texts of the study where none is named."""
    models = [model for run in runs for model in trained_models(study).values() if model.system == run]
    folders = [folder.split("/")[-2:] for model in models for folder in shards(study, model)]
    found = [name.split("-")[1] if kind == KIND else pair_of(name) for kind, name in folders]
    return list(dict.fromkeys(found)) if runs else texts(study)


def check(study: Study, where: str) -> None:
    """Raise UserError, with the study's file, for tables and figures that no test set or run can give."""
    for name, table in study.tables.items():
        if isinstance(table, ScoreTable):
            _check_scores(study, name, table, f"{where}: tables.{name}")
        if isinstance(table, SampleTable):
            _check_samples(study, table, f"{where}: tables.{name}")
    for name, figure in study.figures.items():
        if isinstance(figure, Gains):
            _check_gains(study, figure, f"{where}: figures.{name}")
        if isinstance(figure, Scores):
            _check_figure(study, name, figure, f"{where}: figures.{name}")


def _check_scores(study: Study, name: str, table: ScoreTable, key: str) -> None:
    """Each system of a table has a score in it, and each direction that it names."""
    models = trained_models(study)
    scores = [(models[model].system, direction) for model, _, direction in table_models(study, name)]
    systems, columns = {system for system, _ in scores}, {direction for _, direction in scores}
    for run in table.runs:
        if run not in systems:
            known = ", ".join(directions_of(study, study.runs[run]))
            raise UserError(
                f"{key}.runs: {run} has no score here: none of its directions ({known}) is a tested column; take it out"
            )
    for direction in table.directions or []:
        if direction not in columns:
            tested = " and ".join(table.test_sets)
            raise UserError(f"{key}.directions: none of its runs has {direction} on {tested}; take it out")


def _check_samples(study: Study, table: SampleTable, key: str) -> None:
    """Each system of a table of samples has a translation in it, and each direction that it names."""
    for direction in table.directions:
        if not any(model_for(study, run, direction) for run in table.runs):
            raise UserError(f"{key}.directions: none of its runs translates {direction}; take it out")
        if not is_tested(study, table.test_set, direction):
            raise UserError(f"{key}.directions: {table.test_set} has no {direction}; take it out")
    for run in table.runs:
        if not any(model_for(study, run, direction) for direction in table.directions):
            raise UserError(f"{key}.runs: {run} translates none of its directions; take it out")


def _check_figure(study: Study, name: str, figure: Scores, key: str) -> None:
    """Each run of a figure of scores has the directions that it draws."""
    if figure.test_set not in study.testsets:
        raise UserError(f"{key}.test_set: {unknown(figure.test_set, study.testsets)}")
    chosen = scored_directions(study, name)
    if not chosen:
        raise UserError(f"{key}: no direction that all its runs and {figure.test_set} have; name other runs")
    for direction in chosen:
        for run in figure.runs:
            if not model_for(study, run, direction) or not is_tested(study, figure.test_set, direction):
                raise UserError(f"{key}.directions: {run} has no {direction} on {figure.test_set}; take it out")


def _check_gains(study: Study, figure: Gains, key: str) -> None:
    """The table of a figure of gains is there, with groups, and what the figure takes from it."""
    if figure.table not in study.score_tables:
        raise UserError(f"{key}.table: {unknown(figure.table, study.score_tables)}")
    table = study.score_tables[figure.table]
    if not table.groups:
        raise UserError(f"{key}.table: {figure.table} has no groups; give it some")
    for part, named, known in (
        ("runs", figure.runs, table.runs),
        ("metric", [figure.metric], table.metrics),
        ("test_set", [figure.test_set], table.test_sets),
    ):
        for used in named:
            if used not in known:
                raise UserError(f"{key}.{part}: {unknown(used, known)}; {figure.table} has no other")
