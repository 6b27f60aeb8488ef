"""The test and dev sets of a study, and the languages of each."""

from model.command import UserError
from model.text.languages import canonical
from workflow_scripts.directions import codes
from workflow_scripts.plan.texts import study_languages
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.preparation import HeldOut
from workflow_scripts.study.study import Study


def named_testsets(study: Study) -> list[str]:
    """Test and dev sets that come from somewhere, unlike those held out from the study's own text."""
    return [name for name, testset in study.testsets.items() if not isinstance(testset, HeldOut)]


def testset_parts(study: Study, name: str) -> list[tuple[Item, tuple[str, ...]]]:
    """(dataset, canonical codes) of each part of a test set: all languages at once, or the pair of its id."""
    testset = study.testsets[name]
    parts = []
    for item in [] if isinstance(testset, HeldOut) else testset:
        asked = item.dataset.languages
        has = SOURCES[item.dataset.source].has
        held = asked or tuple(c for c in map(canonical, study_languages(study)) if has(item, (c,)))
        if not held:
            raise UserError(f"testsets.{name}: {item.id} has no language of this study; name its pair in the id")
        parts.append((item, held))
    return parts


def is_tested(study: Study, name: str, direction: str) -> bool:
    """Whether a test set has both languages of a direction; one that is held out has those of every pair."""
    wanted, held_out = set(codes(direction)), isinstance(study.testsets[name], HeldOut)
    return held_out or any(wanted <= set(held) for _, held in testset_parts(study, name))
