"""What the runs of a study ask for and cannot have."""

import re
from pathlib import Path

from model.command import UserError
from model.config.model import ModelConfig
from model.config.run import check_batch_tokens
from model.config.task_order import order_of_tasks
from model.config.training import TrainingConfig
from workflow_scripts.directions import pair_of
from workflow_scripts.plan.dictionaries import (
    all_dictionaries,
    dictionaries_of,
    dictionary_items,
    substituted_directions,
)
from workflow_scripts.plan.models import Trained, directions_of, init_model, starting_sizes, trained_models
from workflow_scripts.plan.run_config import run_config
from workflow_scripts.plan.shards import shards
from workflow_scripts.plan.subwords import vocabulary_of
from workflow_scripts.plan.supplies import needs
from workflow_scripts.plan.testsets import named_testsets, testset_parts
from workflow_scripts.plan.texts import _holding, all_pairs, monolingual_languages, pair_languages, texts
from workflow_scripts.sources.datasets import UNSTATED, Item, nearest
from workflow_scripts.study.preparation import INDUCED
from workflow_scripts.study.study import Study


def check(study: Study, where: str) -> None:
    """Raise UserError, with the study's file, for what the study names and cannot have.

    That is a corpus without an address or with the user's own files and not there, one whose licence the study does not
    accept, a pair without a corpus or a vocabulary of its own, and a model with nothing to train on or no dev set.
    """
    try:
        check_use(study)
        check_mirror(study)
        check_licences(study)
        needs(study, all_dictionaries(study))
        for direction in all_dictionaries(study):
            if INDUCED not in study.dictionaries.sources and not dictionary_items(study, direction):
                raise UserError(f"dictionaries.sources: none has {direction}; add another, or {INDUCED}")
        for pair in all_pairs(study):
            vocabulary_of(study, pair)
        for system, row in study.runs.items():
            if not directions_of(study, row):
                ends = [f"{word} {code}" for word, code in (("from", row.source), ("to", row.target)) if code]
                raise UserError(f"runs.{system}: {row.train_on} has no direction {' '.join(ends)}; name another")
        for model in trained_models(study).values():
            check_model(study, model)
        check_substitution(study)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def check_model(study: Study, model: Trained) -> None:
    """Raise UserError for a model with nothing to learn from or no dev set, and for settings that do not work out."""
    config, start = run_config(study, model.name), init_model(study, model)
    if start and start not in trained_models(study):
        raise UserError(f"runs.{model.system}.init: {model.row.init} has no model {start}; let it learn that direction")
    began = starting_sizes(study, model.row)
    for key in set(model.row.model) & set(ModelConfig.model_fields) - {"max_positions"} if began else ():
        given, has = getattr(config.model, key), getattr(began, key)
        if given != has:
            raise UserError(
                f"runs.{model.system}.model.{key}: {given}, but {model.row.init}, which it starts from, has {has};"
                " leave it out, or start from another"
            )
    check_batch_tokens(config.model_copy(update={"model": began}) if began else config)
    for text in (folder.split("/")[-1] for folder in shards(study, model)):
        vocabulary_of(study, pair_of(text))
    if config.mixing == "shares":
        try:
            order_of_tasks(config.tasks, config.training.batches_per_update)
        except UserError as error:
            raise UserError(f"runs.{model.system}.{error}") from None


def check_substitution(study: Study) -> None:
    """Raise UserError for an allowed language without a dictionary, and for a direction that has none to draw on."""
    hub, allowed = study.substitution.language, study.substitution.languages or []
    with_hub = {code for pair in all_pairs(study) if hub in pair.split("-") for code in pair.split("-")}
    for code in allowed:
        if code not in with_hub or (code == hub and not study.substitution.graph):
            raise UserError(f"substitution.languages: {code} has no pair with {hub}, so no dictionary; take it out")
    for direction in substituted_directions(study):
        if not dictionaries_of(study, direction):
            raise UserError(f"substitution: no dictionary of {hub} is allowed and in the group of {direction}")


def warnings(study: Study) -> list[str]:
    """What a study may ask for and somebody would want to know.

    That is languages that denoising has no text of, and runs that are over before their learning rate is at its peak.
    """
    spoken, found = monolingual_languages(study), []
    for system, row in study.runs.items():
        own = {code for direction in directions_of(study, row) for code in direction.split("-")}
        for objective in row.objectives:
            if row.kinds(objective) == ["monolingual"] and (lacking := sorted(own - set(spoken))):
                key = f"runs.{system}.objectives.{objective}"
                found.append(f"{key}: no monolingual text in {', '.join(lacking)}; it learns without")
    return [*found, *_long_warmups(study)]


def _long_warmups(study: Study) -> list[str]:
    """A line for each warm-up and number of updates that do not go together, with the runs that have them."""
    runs: dict[tuple[int, int], list[str]] = {}
    for system, row in study.runs.items():
        settings = TrainingConfig.model_validate({**study.training, **row.training})
        if settings.warmup >= settings.updates:
            runs.setdefault((settings.warmup, settings.updates), []).append(system)
    return [
        f"training.warmup: {warmup} updates, and {', '.join(systems)} will have {updates}: all within the warm-up;"
        " lower it, or raise training.updates"
        for (warmup, updates), systems in runs.items()
    ]


NOT_FREE = {"non-commercial", "no-derivatives", "research-only"}


def check_use(study: Study) -> None:
    """Raise UserError for a dataset that gives the study nothing: its name or languages are likely mistaken."""
    pairs = [text for text in texts(study) if "-" in text]
    for key, items, wanted in (
        ("corpora", study.corpora, pairs),
        ("monolingual", study.monolingual, pair_languages(study)),
    ):
        for item in items:
            asked = item.dataset.languages
            if any(_holding([item], text) for text in wanted) or (asked and key == "monolingual"):
                continue
            near = nearest(item.dataset)
            raise UserError(
                f"{key}: {item.id} has no text for this study; mend its name or languages"
                + ("" if asked else ", give the id its languages")
                + (f"; the catalogue has {', '.join(near)}" if near else "")
            )


def check_mirror(study: Study) -> None:
    """Raise UserError for a folder of mirrors that is not there; in offline mode the list of files says so."""
    folder = study.mirror or "mirror"
    used = any("{mirror}" in other for other in study.mirrors.values())
    if used and study.mode != "offline" and "://" not in folder and not Path(folder).is_dir():
        raise UserError(f"mirror: no folder {folder} in {Path.cwd()}; give it with --config mirror=FOLDER")


def check_licences(study: Study) -> None:
    """Raise UserError for a dataset in use that `licences: no-nc` forbids."""
    items = [*study.corpora, *study.monolingual, *study.dictionaries.items]
    items += [item for name in named_testsets(study) for item, _ in testset_parts(study, name)]
    for item in items:
        if study.licences == "no-nc" and (why := _not_free(item)):
            raise UserError(f"{item.id} is {why}, and licences: no-nc refuses that; take it out")


def _not_free(item: Item) -> str:
    """What a dataset's limits, or the name of its licence, say against its use for anything; own text says nothing."""
    record = item.record
    if limits := NOT_FREE & set(record.limits):
        return ", ".join(sorted(limits))
    if re.search(r"\b(NC|ND)\b", record.licence):
        return f"under {record.licence}"
    stated = item.dataset.source == "file" or not record.licence.startswith(UNSTATED)
    return "" if stated else "of unstated licence"
