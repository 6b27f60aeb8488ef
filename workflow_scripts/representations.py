"""What the figures of a model's representations need: dictionaries, and directions of a test set."""

from model.command import UserError
from model.config import unknown
from workflow_scripts.figures.retrieval import Settings as Retrieval
from workflow_scripts.figures.settings import WordSettings
from workflow_scripts.groups import all_pairs, dictionary_pairs, languages
from workflow_scripts.languages import pair_of
from workflow_scripts.run_schema import Run
from workflow_scripts.study import HeldOut, Study
from workflow_scripts.supplies import codes, testset_parts


def word_dictionaries(study: Study, name: str) -> list[str]:
    """The dictionaries of a figure of words, as source-target; of other figures none.

    Those of the pairs that it names, from the language that is substituted where they have it; by default those that
    all its runs could be substituted with. Raises UserError for a pair that the study lacks.
    """
    figure, hub = study.figures[name], study.substitution.language
    if not isinstance(figure, WordSettings):
        return []
    for pair in figure.pairs or ():
        if pair not in all_pairs(study):
            raise UserError(f"figures.{name}.pairs: {unknown(pair, all_pairs(study))}")
    if figure.pairs:
        return ["-".join(sorted(pair.split("-"), key=lambda code: code != hub)) for pair in figure.pairs]
    of_runs = [dictionary_pairs(study, study.runs[run].train_on) for run in figure.runs]
    return [dictionary for dictionary in of_runs[0] if all(dictionary in others for others in of_runs)]


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
