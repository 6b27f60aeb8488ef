"""What the runs of a study ask for and cannot have."""

from model.command import UserError
from model.config import ModelConfig, TrainingConfig
from model.turns import check_batch_tokens, order_of_tasks
from workflow_scripts.groups import all_pairs, dictionaries_of, vocabulary_of
from workflow_scripts.languages import pair_of
from workflow_scripts.plan import (
    Trained,
    all_dictionaries,
    directions_of,
    init_model,
    run_config,
    shards,
    starting_sizes,
    substituted_directions,
    trained_models,
)
from workflow_scripts.schema import INDUCED
from workflow_scripts.study import Study
from workflow_scripts.supplies import (
    check_licences,
    check_mirror,
    check_use,
    dictionary_items,
    monolingual_languages,
    needs,
)


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
