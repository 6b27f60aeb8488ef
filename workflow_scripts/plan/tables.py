"""What tables and figures of whole systems need: scores, translations, and the text that they learn from."""

from collections.abc import Iterable

from model.command import UserError
from workflow_scripts.directions import directions
from workflow_scripts.plan.models import directions_of, model_for, trained_models
from workflow_scripts.plan.testsets import is_tested
from workflow_scripts.plan.texts import all_pairs
from workflow_scripts.study.study import Study
from workflow_scripts.study.tables import SampleTable, ScoreTable


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


def check(study: Study, where: str) -> None:
    """Raise UserError, with the study's file, for tables and figures that no test set or run can give."""
    for name, table in study.tables.items():
        if isinstance(table, ScoreTable):
            _check_scores(study, name, table, f"{where}: tables.{name}")
        if isinstance(table, SampleTable):
            _check_samples(study, table, f"{where}: tables.{name}")


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
