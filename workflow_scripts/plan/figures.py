"""What the figures of a model's representations need: dictionaries, and directions of a test set."""

from model.command import UserError
from model.records import unknown
from workflow_scripts.directions import codes, languages, pair_of
from workflow_scripts.plan.dictionaries import word_dictionaries
from workflow_scripts.plan.models import directions_of, model_for, trained_models
from workflow_scripts.plan.testsets import is_tested, testset_parts
from workflow_scripts.plan.texts import all_pairs
from workflow_scripts.study.figures import Gains, Retrieval, Scores, WordSettings
from workflow_scripts.study.preparation import HeldOut
from workflow_scripts.study.runs import Run
from workflow_scripts.study.study import Study


def figure_models(study: Study, figure: str) -> list[str]:
    """The names of the models in a figure, in its order of runs; of several seeds the first."""
    models = [model for model in trained_models(study).values() if model.first]
    return [model.name for system in study.figures[figure].runs for model in models if model.system == system]


def compared_directions(study: Study, name: str) -> list[str]:
    """The directions of a figure of retrieval: between each two languages that all its runs read and its test set has.

    A test set that is held out has the languages of a pair side by side, and no others.
    """
    figure = study.figures[name]
    if not isinstance(figure, Retrieval):
        return []
    read = [_read_languages(study, study.runs[run]) for run in figure.runs]
    common = sorted(set.intersection(*read))
    both = (f"{source}-{target}" for source in common for target in common if source != target)
    if isinstance(study.testsets[figure.test_set], HeldOut):
        return [direction for direction in both if pair_of(direction) in all_pairs(study)]
    parts = [set(held) for _, held in testset_parts(study, figure.test_set)]
    return [direction for direction in both if any(set(codes(direction)) <= held for held in parts)]


def _read_languages(study: Study, row: Run) -> set[str]:
    """The languages that a run's encoder reads in translation."""
    return {row.source} if row.source else set(languages(study.pairs[row.train_on])) - {row.target}


def check(study: Study, where: str) -> None:
    """Raise UserError, with the study's file, for figures of representations that cannot be made.

    That is of runs with one model a direction, of no dictionary or direction, and of a test set that is not there.
    """
    try:
        for name in study.figures:
            _check_figure(study, name)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    for name, figure in study.figures.items():
        if isinstance(figure, Gains):
            _check_gains(study, figure, f"{where}: figures.{name}")
        if isinstance(figure, Scores):
            _check_scored(study, name, figure, f"{where}: figures.{name}")


def _check_figure(study: Study, name: str) -> None:
    figure = study.figures[name]
    if not isinstance(figure, WordSettings | Retrieval):
        return
    for run in figure.runs:
        if study.runs[run].per:
            raise UserError(f"figures.{name}.runs: {run} has one model a direction; name runs of one model")
    if isinstance(figure, WordSettings):
        if not word_dictionaries(study, name):
            raise UserError(f"figures.{name}: its runs have no dictionary in common; name pairs")
    elif figure.test_set not in study.testsets:
        raise UserError(f"figures.{name}.test_set: {unknown(figure.test_set, study.testsets)}")
    elif not compared_directions(study, name):
        raise UserError(f"figures.{name}: {figure.test_set} has no two languages that all runs read; name another")


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


def _check_scored(study: Study, name: str, figure: Scores, key: str) -> None:
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
