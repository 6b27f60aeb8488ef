"""Checks that the names which one key of a study uses for another exist."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from model.command import UserError
from model.config.model import sizes
from model.config.search import SearchConfig
from model.config.training import TrainingConfig
from model.records import first_mistake, unknown
from model.text.languages import check_language, short
from workflow_scripts.directions import directions, pair_of
from workflow_scripts.study.claims import Difference
from workflow_scripts.study.fields import MEAN
from workflow_scripts.study.figures import FigureSettings, LearningCurves, ModelSettings, SensitivitySettings
from workflow_scripts.study.runs import SUBSTITUTED, Run, RunAtUpdate
from workflow_scripts.study.study import Study
from workflow_scripts.study.tables import ClaimTable, SampleTable, ScoreTable, SearchTable, TableSettings

AT_UPDATE = re.compile(r"(\w+)@([1-9][0-9]*)", re.ASCII)  # as in `mrasp@1500`


def with_runs_at_updates(study: Study) -> Study:
    """The study with a row of `runs` for each `run@update` that it names, after all others."""
    rows: list[TableSettings | FigureSettings] = [*study.tables.values(), *study.figures.values()]
    named = [run for row in rows for run in [*row.runs, getattr(row, "baseline", None)]]
    named += [row.init for row in study.runs.values()]
    named += [study.backtranslation.run] if study.backtranslation else []
    found = {}
    for name in filter(None, named):
        parts = AT_UPDATE.fullmatch(name)
        if parts and (row := study.runs.get(parts[1])) and not row.external:
            update = int(parts[2])
            label = f"{row.label or parts[1]} after {update:,} updates"
            found[name] = RunAtUpdate.model_validate(
                {**dict(row), "label": label, "trained": parts[1], "update": update}
            )
    return study.model_copy(update={"runs": {**study.runs, **found}}) if found else study


def check_starts(study: Study) -> None:
    """Raise UserError for a run that starts from itself, or from models that lack a direction it needs."""
    for name, row in study.runs.items():
        seen = [name]
        while (init := study.runs[seen[-1]].init) in study.runs:
            if init in seen:
                raise UserError(f"runs.{name}.init: {' from '.join([*seen, str(init)])} goes in a circle")
            seen.append(str(init))
        start = study.runs.get(row.init or "")
        if start and start.per and not (row.per and set(study.pairs[row.train_on]) <= set(study.pairs[start.train_on])):
            raise UserError(f"runs.{name}.init: {row.init} has one model a direction, and not all that {name} needs")


def check_references(study: Study) -> None:
    """Raise UserError for a name in one key of a study that another key does not have."""
    texts = {pair for pairs in study.pairs.values() for pair in pairs}
    if study.monolingual:
        texts |= {code for pair in texts for code in pair.split("-")}
    for text in study.limits:
        if text not in texts:
            raise UserError(f"limits: {unknown(text, sorted(texts))}")
    group = study.subwords.learn_on
    if group is not None and group not in study.pairs:
        raise UserError(f"subwords.learn_on: {unknown(group, study.pairs)}")
    _check_segmenters(study)
    _check_runs(study)
    _check_external(study)
    check_tables(study)
    _check_figures(study)
    _check_claims(study)
    if "comet" in study.metrics and not (study.comet and Path(study.comet).is_file()):
        raise UserError(f"comet: metrics has it, and there is no checkpoint {study.comet or ''}; say which file it is")
    if study.dev_set not in study.testsets:
        raise UserError(f"dev_set: {unknown(study.dev_set, study.testsets)}")
    dev = study.testsets[study.dev_set]
    if isinstance(dev, list) and not all(item.decontaminate for item in dev):
        raise UserError(f"dev_set: {study.dev_set} has decontaminate: false, but chooses the weights; take that out")


def _check_runs(study: Study) -> None:
    for name, row in study.runs.items():
        if row.train_on not in study.pairs:
            raise UserError(f"runs.{name}.train_on: {unknown(row.train_on, study.pairs)}")
        if row.init and row.init not in study.runs and not Path(row.init, "config.json").exists():
            raise UserError(f"runs.{name}.init: {unknown(row.init, study.runs)}; nor is it a model folder")
        if row.substitution and row.substitution not in study.substitutions:
            raise UserError(f"runs.{name}.substitution: {unknown(row.substitution, study.substitutions)}")
        if row.substitution and not set(SUBSTITUTED) & set(row.all_kinds()):
            raise UserError(f"runs.{name}.substitution: none of its shards are substituted; add some, or take it out")
        section = "model"
        try:
            sizes(study.model, row.model)
            section = "training"
            TrainingConfig.model_validate({**study.training, **row.training})
            section = "search"
            SearchConfig.model_validate({**study.search.model_dump(), **row.search})
        except ValidationError as error:
            raise UserError(f"runs.{name}.{section}.{first_mistake(error)}") from None
        _check_like(study, name, row)
    for name in study.substitutions:
        if name not in {row.substitution for row in study.runs.values()}:
            raise UserError(f"substitutions.{name}: no run has it; give one substitution: {name}, or take it out")


def _check_like(study: Study, name: str, row: Run) -> None:
    """Raise UserError if `training.like` has no effect on a run, or another code of a language than studies have."""
    if study.training.get("like"):
        raise UserError("training.like: give it to the run that adds the language, as runs.….training.like")
    like, where = row.training.get("like") or {}, f"runs.{name}.training.like"
    if like and not row.init:
        raise UserError(f"{where}: the run starts from no model; take it out")
    learned = {code for pair in study.pairs[row.train_on] for code in pair.split("-")}
    for language, other in like.items():
        if language not in learned:
            raise UserError(f"{where}: {unknown(language, learned)}")
        try:
            code = check_language(other)
        except UserError as error:
            raise UserError(f"{where}.{language}: {error}") from None
        if code != other:
            raise UserError(f"{where}.{language}: write {other} as {code}")


def _check_external(study: Study) -> None:
    """Raise UserError for an external system that is not there, and where one cannot stand for a trained model."""
    external = {name: row.external for name, row in study.runs.items() if row.external}
    for name, system in external.items():
        wanted = Path(system.folder) if system.translations else Path(system.folder, "config.json")
        if not wanted.exists():
            raise UserError(f"runs.{name}.external.{system.kind}: {wanted} is not there; mend the path")
    untrained = {
        f"figures.{name}": figure.runs
        for name, figure in study.figures.items()
        if isinstance(figure, LearningCurves | SensitivitySettings)
    }
    without_model = {f"figures.{name}": f.runs for name, f in study.figures.items() if isinstance(f, ModelSettings)}
    without_model |= {f"tables.{name}": t.runs for name, t in study.tables.items() if isinstance(t, SearchTable)}
    without_model |= {f"runs.{name}.init": [row.init] for name, row in study.runs.items() if row.init}
    without_model |= {"backtranslation.run": [study.backtranslation.run]} if study.backtranslation else {}
    for name, system in external.items():
        for key, runs in untrained.items():
            if name in runs:
                raise UserError(f"{key}: {name} is external, and how it was trained is not known; take it out")
        for key, runs in without_model.items():
            if name in runs and system.translations:
                raise UserError(f"{key}: {name} has translations, and no model; name another run")


def _check_figures(study: Study) -> None:
    for name, figure in study.figures.items():
        for used in figure.runs:
            if used not in study.runs:
                raise UserError(f"figures.{name}: {unknown(used, study.runs, 'run')}")
            if isinstance(figure, LearningCurves) and isinstance(row := study.runs[used], RunAtUpdate):
                raise UserError(f"figures.{name}: {used} is one point of a curve; name {row.trained}")
        if isinstance(figure, LearningCurves) and figure.baseline not in [None, *figure.runs]:
            raise UserError(f"figures.{name}.baseline: {figure.baseline} is not among its runs; add it there")
        metric = getattr(figure, "metric", study.metrics[0])
        if metric not in study.metrics:
            raise UserError(f"figures.{name}.metric: {metric} is not among the study's metrics; add it to metrics")


def _check_segmenters(study: Study) -> None:
    codes = {code for pairs in study.pairs.values() for pair in pairs for code in pair.split("-")}
    codes |= {short(code) for item in study.monolingual for code in item.dataset.languages}
    for language in study.segmenters:
        if language not in (*codes, "default"):
            raise UserError(f"segmenters: {unknown(language, sorted(codes))}")


def check_tables(study: Study) -> None:
    """Raise UserError for what a table names and the study lacks."""
    known = {d for pairs in study.pairs.values() for pair in pairs for d in directions(pair)}
    for name, table in study.tables.items():
        for used in [*table.runs, *filter(None, [getattr(table, "baseline", None)])]:
            if used not in study.runs:
                raise UserError(f"tables.{name}: {unknown(used, study.runs, 'run')}")
        if isinstance(table, SampleTable) and table.test_set not in study.testsets:
            raise UserError(f"tables.{name}.test_set: {unknown(table.test_set, study.testsets)}")
        if isinstance(table, SearchTable) and table.metric not in study.metrics:
            raise UserError(f"tables.{name}.metric: {table.metric} is not among the study's metrics; add it to metrics")
    for name, table in study.score_tables.items():
        if table.baseline not in [None, *table.runs]:
            raise UserError(f"tables.{name}.baseline: {table.baseline} is not among its runs; add it there")
        for used in table.test_sets:
            if used not in study.testsets:
                raise UserError(f"tables.{name}.test_sets: {unknown(used, study.testsets)}")
        for used in table.metrics:
            if used not in study.metrics:
                raise UserError(f"tables.{name}.metrics: {used} is not among the study's metrics; add it to metrics")
        columns = table.directions or known
        for used in columns:
            if used not in known:
                raise UserError(f"tables.{name}.directions: {unknown(used, known)}")
        _check_groups(name, table, columns)
        _check_published(name, table, columns)


def _check_claims(study: Study) -> None:
    """Raise UserError for what a claim names and its table or figure lacks."""
    for name, table in study.tables.items():
        for number, claim in enumerate(table.claims if isinstance(table, ClaimTable) else []):
            for asked in claim.differences:
                where = f"tables.{name}.claims.{number}" + ".less" * (asked is claim.less)
                for key, used, known in _named(study, asked):
                    if used not in known:
                        raise UserError(f"{where}.{key}: {unknown(str(used), [*map(str, known)])}")


def _named(study: Study, asked: Difference) -> Iterator[tuple[str, str, Collection[str]]]:
    """(key, what it names, what there is) of a difference; what is named later is only looked at if this is there."""
    if asked.figure:
        figures = {n: f for n, f in study.figures.items() if isinstance(f, ModelSettings) and f.quantities}
        yield "figure", asked.figure, figures
        figure = figures[asked.figure]
        yield "run", asked.run, figure.runs
        yield "baseline", str(asked.baseline), figure.runs
        yield "quantity", asked.quantity or figure.quantities[0], figure.quantities
        return
    yield "table", str(asked.table), [name for name, table in study.score_tables.items() if table.baseline]
    table = study.score_tables[str(asked.table)]
    yield "run", asked.run, [run for run in table.runs if run != table.baseline]
    known = {d for pairs in study.pairs.values() for pair in pairs for d in directions(pair)}
    yield "column", asked.column, [*(table.directions or known), *table.groups, MEAN]
    yield "metric", asked.metric or table.metrics[0], table.metrics
    yield "test_set", asked.test_set or table.test_sets[0], table.test_sets


def _check_groups(name: str, table: ScoreTable, columns: Collection[str]) -> None:
    for group, row in table.groups.items():
        where = f"tables.{name}.groups.{group}"
        if group == MEAN:
            raise UserError(f"{where}: {MEAN} is the column of all directions; name the group otherwise")
        for named, known in ((row.directions, columns), (row.pairs, {pair_of(d) for d in columns})):
            for used in named or []:
                if used not in known:
                    raise UserError(f"{where}: {unknown(used, known)}")


def _check_published(name: str, table: ScoreTable, columns: Collection[str]) -> None:
    for number, row in enumerate(table.published):
        where = f"tables.{name}.published.{number}"
        test_set = [row.test_set] if row.test_set else []
        for key, named, known in (
            ("metric", [row.metric], table.metrics),
            ("test_set", test_set, table.test_sets),
            ("values", row.values, columns),
            ("means", row.means, [*table.groups, MEAN]),
        ):
            for used in named:
                if used not in known:
                    raise UserError(f"{where}.{key}: {unknown(used, known)}; the table has no other")
