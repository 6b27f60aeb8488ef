"""The settings of the steps from shards to the report, one function for each rule."""

import json
import os
import shlex
from collections.abc import Callable, Sequence
from typing import TypeVar

from model.records import Strict
from model.text.languages import canonical
from workflow_scripts.directions import languages
from workflow_scripts.plan.models import Trained
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.training_data import files_of
from workflow_scripts.settings.evaluation import Checkpoint, Comparison, ScoreFiles, Scoring
from workflow_scripts.settings.figures import (
    Curve,
    Curves,
    GroupGains,
    Plot,
    PrunedScores,
    ScoreCurves,
    Sensitivities,
    TextSizes,
)
from workflow_scripts.settings.report import Card, Report, UsedDataset
from workflow_scripts.settings.tables import (
    ClaimTabulation,
    CorporaTabulation,
    ExpectedScore,
    FigureData,
    SampleTabulation,
    ScoreTabulation,
    SearchTabulation,
    TunedModel,
)
from workflow_scripts.settings.training import Configuring
from workflow_scripts.study.fields import MEAN
from workflow_scripts.study.figures import FigureSettings, Gains, Pruning, Scores
from workflow_scripts.study.read import to_json
from workflow_scripts.study.tables import ClaimTable, SampleTable, SearchTable

Figure = TypeVar("Figure", bound=FigureSettings)


def run_config(plan: Plan, run: str) -> Configuring:
    """run.json of a model, and what the study leaves open in it."""
    return plan.runs.settings(run)


def score(plan: Plan, run: str) -> Scoring:
    """The metrics of the study, and what a model is and learned from."""
    model, metrics = plan.models.all[run], plan.study.metrics
    most = plan.training_data.most_pairs(model)
    pairs = {direction: most.get(direction, 0) for direction in model.directions}
    comet, search = _checkpoint(plan, metrics), plan.models.searched(model.system)
    return Scoring(system=model.system, metrics=metrics, comet=comet, search=search, pairs=pairs)


def compare(plan: Plan, baseline: str, test: str) -> Comparison:
    """The metrics of all tables that test differences to a baseline by one test, and its number of samples."""
    study, metrics = plan.study, plan.tables.compared_metrics(baseline, test)
    samples = getattr(study.significance, test)
    return Comparison(metrics=metrics, samples=samples, seed=study.seed, comet=_checkpoint(plan, metrics))


def _checkpoint(plan: Plan, metrics: Sequence[str]) -> Checkpoint | None:
    path = plan.study.comet
    if path is None or "comet" not in metrics:
        return None
    found = os.stat(path)
    return Checkpoint(path=path, bytes=found.st_size, modified=found.st_mtime_ns)


def collect_scores(plan: Plan) -> ScoreFiles:
    """The score files of the default tables, and those of other tables that exist and are not out of date."""
    others = plan.targets.other_score_files
    return ScoreFiles(files=[*plan.tables.score_files(plan.targets.scores), *others], digests=others)


def tabulate(plan: Plan, table: str) -> ScoreTabulation:
    """What a table of scores shows, and its files. A run without a label is shown by its name."""
    row, tests = plan.study.score_tables[table], plan.tables.comparison_files(table)
    scored = plan.tables.scores(table)
    scores = [
        ExpectedScore(run=run, system=plan.models.all[run].system, test_set=test_set, direction=direction, file=file)
        for (run, test_set, direction), file in zip(scored, plan.tables.score_files(scored), strict=True)
    ]
    return ScoreTabulation(
        labels={run: plan.study.runs[run].label or run for run in row.runs},
        baseline=row.baseline,
        significance=row.significance,
        correction=row.correction,
        test_sets=row.test_sets,
        metrics=row.metrics,
        groups=row.groups,
        published=row.published,
        scores=scores,
        comparisons=tests,
        partners=plan.tables.partners(table),
        samples=getattr(plan.study.significance, row.significance) if tests else None,
    )


def tabulate_samples(plan: Plan, table: str) -> SampleTabulation:
    """The translations of a table of samples, and the lines that it shows."""
    row = plan.study.tables[table]
    assert isinstance(row, SampleTable)
    labels, translations = plan.models.labels(row.runs), plan.tables.samples(table)
    return SampleTabulation(labels=labels, segments=row.segments, lines=row.lines, translations=translations)


def tabulate_corpora(plan: Plan, table: str) -> CorporaTabulation:
    """The cleaning reports of the texts of a table's runs."""
    return CorporaTabulation(reports=_reports(plan, plan.study.tables[table].runs))


def tabulate_search(plan: Plan, table: str) -> SearchTabulation:
    """The settings that a table of search settings tries, and the files with what models made of them."""
    row = plan.study.tables[table]
    assert isinstance(row, SearchTable)
    models = [
        TunedModel(system=plan.models.all[model].system, directions=found, file=plan.tables.tuned_file(table, model))
        for model, found in plan.tables.tuned(table).items()
    ]
    return SearchTabulation(
        labels=plan.models.labels(row.runs),
        metric=row.metric,
        comet=_checkpoint(plan, [row.metric]),
        beams=row.beams,
        patiences=row.patiences,
        length_penalties=row.length_penalties,
        seeds=any(len(plan.models.seeds(run)) > 1 for run in row.runs),
        models=models,
    )


def tabulate_claims(plan: Plan, table: str) -> ClaimTabulation:
    """The claims of a table, and the tables and figures that they are about."""
    row, study = plan.study.tables[table], plan.study
    assert isinstance(row, ClaimTable)
    asked = [difference for claim in row.claims for difference in claim.differences]
    figures = {d.figure: study.figures[d.figure].kind for d in asked if d.figure}
    return ClaimTabulation(
        claims=row.claims,
        seeds=[
            min(plan.figures.compared_seeds(difference) for difference in claim.differences) for claim in row.claims
        ],
        regime=row.regime,
        tables={d.table: f"{plan.folder}/tables/{d.table}.tsv" for d in asked if d.table},
        figures={
            name: FigureData(kind=study.figures[name].kind, file=f"{plan.folder}/figures/{name}.tsv")
            for name in figures
        },
    )


def _reports(plan: Plan, runs: list[str]) -> list[str]:
    return [f"{plan.folder}/text/{text}.report.json" for text in plan.training_data.texts_of_systems(runs)]


def collect_metrics(plan: Plan, figure: str) -> Curves:
    """metrics.jsonl of each model of a figure, and the model that it is compared with."""
    models = [plan.models.all[name] for name in plan.figures.models(figure)]
    curves = [
        Curve(
            model=model.without_seed,
            seed=model.seed,
            baseline=plan.figures.baseline(figure, model),
            file=f"{plan.folder}/runs/{model.name}/metrics.jsonl",
        )
        for model in models
    ]
    return Curves(curves=curves)


def score_curves(plan: Plan, figure: str) -> ScoreCurves:
    """The lines of a figure, and their score files."""
    row, files = _figure(plan, figure, Scores), plan.tables.score_files(plan.figures.scores(figure))
    return ScoreCurves(lines=row.lines, number=row.number, scale=row.scale, metric=row.metric, files=files)


def group_gains(plan: Plan, figure: str) -> GroupGains:
    """The columns and rows of a table that a figure draws."""
    row = _figure(plan, figure, Gains)
    groups = [*plan.study.score_tables[row.table].groups, MEAN]
    return GroupGains(groups=groups, runs=row.runs, metric=row.metric, test_set=row.test_set)


def _figure(plan: Plan, name: str, kind: type[Figure]) -> Figure:
    figure = plan.study.figures[name]
    assert isinstance(figure, kind)
    return figure


def text_sizes(plan: Plan, figure: str) -> TextSizes:
    """The cleaning reports of the texts of a figure's runs."""
    return TextSizes(reports=_reports(plan, plan.study.figures[figure].runs))


def sensitivities(plan: Plan, figure: str) -> Sensitivities:
    """The sensitivities that a figure draws."""
    return Sensitivities(files=plan.sensitivities.measured(figure))


def collect_pruned_scores(plan: Plan, figure: str) -> PrunedScores:
    """The score files of a figure's models, pruned and not pruned."""
    unpruned = plan.tables.score_files(plan.sensitivities.unpruned_scores(figure))
    pruned = plan.sensitivities.pruned_scores(figure)
    return PrunedScores(metric=_figure(plan, figure, Pruning).metric, pruned=pruned, unpruned=unpruned)


def plot(plan: Plan, figure: str) -> Plot:
    """The kind of a figure, and the names of its runs."""
    row = plan.study.figures[figure]
    return Plot(kind=row.kind, labels=plan.models.labels(row.runs))


def model_card(plan: Plan, run: str) -> Card:
    """What the study says of a model, the datasets it was trained with, and its scores in the default tables."""
    model, uses = plan.models.all[run], plan.training_data.uses(run)
    made_from = [plan.models.all[teacher] for teacher in plan.training_data.with_teachers([run])]
    elsewhere = plan.training_data.from_elsewhere(run)
    texts, spoken = {use.name for use in uses}, languages(model.directions)
    return Card(
        run=run,
        label=model.row.label,
        directions=model.directions,
        languages={code: canonical(code) for code in spoken},
        others=sorted({code for m in made_from for code in languages(m.directions)} - set(spoken)),
        teachers=plan.training_data.teachers(model),
        start=plan.models.start(model) or model.row.init,
        elsewhere=list(elsewhere),
        licences=sorted({*(use.licence for use in uses), *elsewhere.values()}),
        config=plan.runs.config(run),
        kinds=model.row.all_kinds(),
        limits={text: limit for text, limit in plan.study.limits.items() if text in texts},
        test_sets={
            name: None if name in plan.testsets.held_out else [item.id for item in plan.testsets.items(name)]
            for name in plan.study.testsets
        },
        seen=sorted(set(plan.study.testsets) - set(plan.testsets.decontaminated)),
        command=_translation_command(plan, model),
        sampling=plan.models.search(model.system).sampling,
        datasets=[
            UsedDataset(
                model=use.model, kind=use.kind, name=use.name, dataset=use.item.dataset.name, licence=use.licence
            )
            for use in uses
        ],
        fetched={path: sorted(names) for path, names in files_of(uses, plan.supplies.needs).items()},
        scores=plan.tables.score_files(plan.targets.scores_of(run)),
    )


def _translation_command(plan: Plan, model: Trained) -> str:
    """The command that translates the first direction of a model as the study does."""
    source, target = model.directions[0].split("-")
    folder = f"{plan.folder}/runs/{model.name}/model"
    said = plan.models.search(model.system).model_dump(mode="json", exclude_defaults=True)
    search = f" --search {shlex.quote(json.dumps(said))}" if said else ""
    return f"python -m model.translate --model {folder} --source {source} --target {target}{search}"


def report(plan: Plan) -> Report:
    """The whole study, and what the default target makes."""
    return Report(
        study=to_json(plan.study),
        tables=plan.targets.tables,
        figures=plan.targets.figures,
        models=plan.targets.models,
        labels=plan.models.labels(plan.study.runs),
        translations=plan.targets.scores,
        coverage={name: plan.variants[name].coverage for name in plan.targets.coverage},
        texts=plan.texts.names,
        fetched={path: need.resource.licence for path, need in plan.supplies.needs.items()},
    )


RULES: dict[str, Callable[..., Strict]] = {
    "run_config": run_config,
    "score": score,
    "compare": compare,
    "collect_scores": collect_scores,
    "tabulate": tabulate,
    "tabulate_samples": tabulate_samples,
    "tabulate_corpora": tabulate_corpora,
    "tabulate_search": tabulate_search,
    "tabulate_claims": tabulate_claims,
    "collect_metrics": collect_metrics,
    "score_curves": score_curves,
    "group_gains": group_gains,
    "text_sizes": text_sizes,
    "sensitivities": sensitivities,
    "collect_pruned_scores": collect_pruned_scores,
    "plot": plot,
    "model_card": model_card,
    "report": report,
}
