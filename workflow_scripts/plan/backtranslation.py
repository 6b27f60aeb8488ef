"""Back-translation: which directions get synthetic sources, and which model makes them.

The target of a direction is monolingual text, its source a translation of that by a model of the other direction
(Sennrich et al. 2016; mRASP, table 4).
"""

from model.command import UserError
from model.config.search import SearchConfig
from model.records import unknown
from model.shards.files import WINDOW
from workflow_scripts.plan.models import Trained, model_for, trained_models
from workflow_scripts.plan.shards import directions_with
from workflow_scripts.study.preparation import Backtranslation
from workflow_scripts.study.study import Study

KIND = "backtranslated"


def settings_of(study: Study) -> Backtranslation:
    """The key of the study. Raises UserError where it has none."""
    if study.backtranslation is None:
        raise UserError("backtranslation: the study does not say which run translates; add backtranslation: {run: …}")
    return study.backtranslation


def other_way(direction: str) -> str:
    """The direction a model translates to make sources: `en-gl` → `gl-en`."""
    source, target = direction.split("-")
    return f"{target}-{source}"


def translator(study: Study, direction: str) -> str:
    """The name of the model that makes the sources of a direction. Raises UserError where the run has none."""
    run, back = settings_of(study).run, other_way(direction)
    name = model_for(study, run, back)
    if name is None:
        raise UserError(f"backtranslation.run: {run} does not train on {back}, to make {direction} of; name another")
    return name


def search_of(study: Study) -> SearchConfig:
    """How the sources are searched for: as the study's `search` says, but for what `backtranslation.search` says."""
    return SearchConfig.model_validate({**study.search.model_dump(), **settings_of(study).search})


def text_files(study: Study) -> range:
    """The numbers of the files that segments are translated in, as many a job as a window of a shard has rows.

    They follow from the study alone, so that translations do not depend on the number of jobs; where a language has
    fewer segments than asked for, the last files are empty.
    """
    return range(-(-settings_of(study).segments // WINDOW))


def check(study: Study, where: str) -> None:
    """Raise UserError, with the study's file, for shards that cannot be made.

    That is without a run that translates, from one that waits for such shards itself or lacks a direction, and for a
    run that has no monolingual text in any of its targets.
    """
    try:
        if study.backtranslation:
            _check_run(study, study.backtranslation.run)
        for system, row in study.runs.items():
            if KIND in row.shards:
                settings_of(study)
                _check_text(study, [model for model in trained_models(study).values() if model.system == system])
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _check_run(study: Study, run: str) -> None:
    if run not in study.runs:
        raise UserError(f"backtranslation.run: {unknown(run, study.runs)}")
    start: str | None = run
    while start in study.runs:
        row = study.runs[start]
        if KIND in row.shards:
            chain = "" if start == run else f", which {run} starts from"
            raise UserError(f"backtranslation.run: {run} is to make what runs.{start}.shards has{chain}; name another")
        start = row.init


def _check_text(study: Study, models: list[Trained]) -> None:
    found = [direction for model in models for direction in directions_with(study, model, KIND)]
    if not found:
        row = models[0].row
        raise UserError(
            f"runs.{models[0].system}.shards: {KIND}, and monolingual has no text in a language of {row.train_on};"
            " list some, or take it out"
        )
    for direction in found:
        translator(study, direction)
