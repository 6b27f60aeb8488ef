"""The checks of a study that need its plan, the catalogue or files: what it asks for and cannot have."""

import re
from pathlib import Path

from model.command import UserError
from model.config.model import BIG, ModelConfig, is_open
from model.config.run import check_batch_tokens, check_kept_updates
from model.config.task_order import order_of_tasks
from model.config.training import TrainingConfig
from model.records import unknown
from workflow_scripts import metrics
from workflow_scripts.directions import codes, pair_of
from workflow_scripts.plan.dictionaries import DictionaryPlan
from workflow_scripts.plan.models import Trained
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.shards import BACKTRANSLATED, COPIES
from workflow_scripts.plan.texts import holding
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import UNSTATED, Item, nearest
from workflow_scripts.sources.needs import check_fetched
from workflow_scripts.study.preparation import INDUCED

NOT_FREE = {"non-commercial", "no-derivatives", "research-only"}


def check(plan: Plan, where: str) -> None:
    """Raise UserError, with the file of the study, for the first thing that it asks for and cannot have."""
    try:
        check_use(plan)
        check_forms(plan)
        check_mirror(plan)
        check_licences(plan)
        _ = plan.supplies.needs
        check_dictionaries(plan)
        for pair in plan.texts.pairs:
            plan.subwords.vocabulary_of(pair)
        check_runs(plan)
        check_substitution(plan)
        check_backtranslation(plan)
        plan.sensitivities.check()
        plan.tables.check()
        plan.figures.check()
        check_translations(plan)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    metrics.check(plan.study.metrics)
    check_fetched(plan.supplies.needs)
    if plan.study.mode == "offline" and plan.supplies.missing():
        raise UserError(
            f"{where}: mode is offline, and the files listed below are not at hand; put them there\n"
            + plan.supplies.shopping_list()
        )


def check_use(plan: Plan) -> None:
    """Raise UserError for a dataset that has no text for the study. Its name or languages are probably mistaken."""
    for key, items, wanted in (
        ("corpora", plan.study.corpora, plan.texts.pairs),
        ("monolingual", plan.study.monolingual, plan.texts.pair_languages),
    ):
        for item in items:
            asked = item.dataset.languages
            if any(holding([item], text) for text in wanted) or (asked and key == "monolingual"):
                continue
            near = nearest(item.dataset)
            raise UserError(
                f"{key}: {item.id} has no text for this study; mend its name or languages"
                + ("" if asked else ", give the id its languages")
                + (f"; the catalogue has {', '.join(near)}" if near else "")
            )


def check_forms(plan: Plan) -> None:
    """Raise UserError for a corpus whose format or columns do not fit its languages."""
    for text in plan.texts.names:
        for item in plan.texts.corpora(text):
            SOURCES[item.dataset.source].check_form(item, codes(text))


def check_mirror(plan: Plan) -> None:
    """Raise UserError for a missing folder of mirrors. (In offline mode the list of missing files says so.)"""
    study = plan.study
    folder = study.mirror or "mirror"
    used = any("{mirror}" in other for other in study.mirrors.values())
    if used and study.mode != "offline" and "://" not in folder and not Path(folder).is_dir():
        raise UserError(f"mirror: no folder {folder} in {Path.cwd()}; give it with --config mirror=FOLDER")


def check_licences(plan: Plan) -> None:
    """Raise UserError for a dataset that `licences: no-nc` forbids."""
    study = plan.study
    items = [*study.corpora, *study.monolingual]
    items += [item for made in plan.variants.values() for item in made.study.dictionaries.items]
    items += [item for name in plan.testsets.named for item, _ in plan.testsets.parts(name)]
    for item in items:
        if study.licences == "no-nc" and (why := _not_free(item)):
            raise UserError(f"licences: no-nc refuses {item.id}, which is {why}; take it out")


def _not_free(item: Item) -> str:
    """Why a dataset is not free for all uses, by its limits or licence; empty if it is free, or the user's own text."""
    record = item.record
    if limits := NOT_FREE & set(record.limits):
        return ", ".join(sorted(limits))
    if re.search(r"\b(NC|ND)\b", record.licence):
        return f"under {record.licence}"
    stated = item.dataset.source == "file" or not record.licence.startswith(UNSTATED)
    return "" if stated else "of unstated licence"


def check_dictionaries(plan: Plan) -> None:
    """Raise UserError for a dictionary that no source has, unless dictionaries may be induced."""
    for made in plan.variants.values():
        key = f"{made.key}.dictionaries" if made.name else "dictionaries"
        for name in made.all if INDUCED not in made.study.dictionaries.sources else ():
            if not made.items(name):
                raise UserError(f"{key}.sources: none has {name}; add another, or {INDUCED}")


def check_runs(plan: Plan) -> None:
    """Raise UserError for a run without a direction, and for a model that cannot be trained."""
    for system, row in plan.study.runs.items():
        if not plan.models.directions(system):
            ends = [f"{word} {code}" for word, code in (("from", row.source), ("to", row.target)) if code]
            raise UserError(f"runs.{system}: {row.train_on} has no direction {' '.join(ends)}; name another")
    for name in plan.models.trained:
        check_model(plan, plan.models.all[name])


def check_translations(plan: Plan) -> None:
    """Raise UserError for a file that is missing among the translations of an external system."""
    folders, study = plan.models.externals("translations"), plan.study
    asked = [row for table in study.tables for row in (*plan.tables.scores(table), *plan.tables.samples(table))]
    asked += [row for figure in study.figures for row in plan.figures.scores(figure)]
    for model, testset, direction in asked:
        if model in folders and not (path := Path(folders[model], f"{testset}.{direction}.txt")).is_file():
            raise UserError(
                f"runs.{model}.external.translations: no file {path}; put it there, a line for each segment"
            )


def check_model(plan: Plan, model: Trained) -> None:
    """Raise UserError for a model without training text or dev set, and for settings that contradict each other."""
    config, start = plan.runs.config(model.name), plan.models.start(model)
    if start and start not in plan.models.all:
        raise UserError(f"runs.{model.system}.init: {model.row.init} has no model {start}; let it learn that direction")
    began = plan.models.starting_sizes(model.system)
    unknown_yet = {"max_positions", *(BIG if began and is_open(began) else ())}
    for key in set(model.row.model) & set(ModelConfig.model_fields) - unknown_yet if began else ():
        given, has = getattr(config.model, key), getattr(began, key)
        if given != has:
            raise UserError(
                f"runs.{model.system}.model.{key}: {given}, but {model.row.init}, which it starts from, has {has};"
                " leave it out, or start from another"
            )
    if plan.runs.settings(model.name).training is None:  # else `run_config` checks what it chooses
        check_kept_updates(config)
    check_batch_tokens(config.model_copy(update={"model": began}) if began else config)
    for text in {folder.split("/")[-1]: None for folder in plan.shards.of_model(model)}:
        plan.subwords.vocabulary_of(pair_of(text))
    if config.mixing == "shares":
        try:
            order_of_tasks(config.tasks, config.training.batches_per_update)
        except UserError as error:
            raise UserError(f"runs.{model.system}.{error}") from None


def check_substitution(plan: Plan) -> None:
    """Raise UserError for an allowed language without a dictionary, and for a direction without any."""
    for made in plan.variants.values():
        _check_variant(plan, made)
    for model in plan.models.all.values():
        _check_words_left(plan, model)


def _check_variant(plan: Plan, made: DictionaryPlan) -> None:
    settings = made.study.substitution
    hub, pairs = settings.language, [pair.split("-") for pair in plan.texts.pairs]
    with_hub = {code for pair in pairs if hub in pair for code in pair}
    for code in settings.languages or []:
        if code not in with_hub or (code == hub and not settings.graph):
            raise UserError(f"{made.key}.languages: {code} has no pair with {hub}, so no dictionary; take it out")
    for direction in made.substituted_directions:
        if not made.of_direction(direction):
            raise UserError(f"{made.key}: no dictionary of {hub} is allowed and in the group of {direction}")


def _check_words_left(plan: Plan, model: Trained) -> None:
    """Raise UserError for substituted shards of which all would be empty, since no language may lend words."""
    made = plan.variants[model.row.substitution]
    sides = {d: made.substituted_language(d) for d in model.directions}
    ways = [(d, side) for d, side in sides.items() if side]
    if COPIES not in model.row.all_kinds() or not ways:
        return
    for direction, side in ways:
        lending = [name.split("-")[1] for name in made.of_direction(direction)]
        other = next((code for code in direction.split("-") if code != side), side)
        if made.study.substitution.allowed_languages(lending, side, other):
            return
    raise UserError(
        f"runs.{model.system}.shards: {COPIES}: no language is left to take words of, because"
        f" {made.key}.exclude_target leaves out the language on the other side; add pairs of other languages to the"
        f" group, or set {made.key}.exclude_target: false"
    )


def check_backtranslation(plan: Plan) -> None:
    """Raise UserError for back-translated shards that cannot be made.

    No run translates; that run waits for back-translated shards itself, or lacks a direction; or no target language of
    a run has monolingual text.
    """
    if plan.study.backtranslation:
        _check_translating_run(plan, plan.study.backtranslation.run)
    for system, row in plan.study.runs.items():
        if BACKTRANSLATED in row.shards:
            _ = plan.backtranslation.settings
            _check_translated_text(plan, plan.models.of_system(system))


def _check_translating_run(plan: Plan, run: str) -> None:
    runs = plan.study.runs
    if run not in runs:
        raise UserError(f"backtranslation.run: {unknown(run, runs)}")
    start: str | None = run
    while start in runs:
        if BACKTRANSLATED in runs[start].shards:
            chain = "" if start == run else f", which {run} starts from"
            raise UserError(f"backtranslation.run: {run} is to make what runs.{start}.shards has{chain}; name another")
        start = runs[start].init


def _check_translated_text(plan: Plan, models: list[Trained]) -> None:
    found = [direction for model in models for direction in plan.shards.directions(model, BACKTRANSLATED)]
    if not found:
        raise UserError(
            f"runs.{models[0].system}.shards: {BACKTRANSLATED}, and monolingual has no text in a language of"
            f" {models[0].row.train_on}; list some, or take it out"
        )
    for direction in found:
        plan.backtranslation.translator(direction)


def warnings(plan: Plan) -> list[str]:
    """Warnings about a study: what is allowed, but probably a mistake.

    Denoising has no text in some language of a run; or a run ends before its learning rate reaches its peak.
    """
    spoken, found = plan.texts.monolingual, []
    for system, row in plan.models.trained_rows.items():
        own = {code for direction in plan.models.directions(system) for code in direction.split("-")}
        for objective in row.objectives:
            if row.kinds(objective) == ["monolingual"] and (lacking := sorted(own - spoken)):
                key = f"runs.{system}.objectives.{objective}"
                found.append(f"{key}: no monolingual text in {', '.join(lacking)}; it learns without")
    return [*found, *_long_warmups(plan)]


def _long_warmups(plan: Plan) -> list[str]:
    """A line for each warm-up that is as long as the training or longer, with the runs that have it."""
    runs: dict[tuple[int, int], list[str]] = {}
    for system, row in plan.models.trained_rows.items():
        settings = TrainingConfig.model_validate({**plan.study.training, **row.training})
        if settings.warmup >= settings.updates:
            runs.setdefault((settings.warmup, settings.updates), []).append(system)
    return [
        f"training.warmup: {warmup} updates, and {', '.join(systems)} will have {updates}: all within the warm-up;"
        " lower it, or raise training.updates"
        for (warmup, updates), systems in runs.items()
    ]
