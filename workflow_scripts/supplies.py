"""What a study takes from outside: the datasets of each text, the files they lie in, and where those come from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from model.command import UserError
from workflow_scripts.datasets import Item
from workflow_scripts.languages import canonical, short
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.source import Resource
from workflow_scripts.study import HeldOut, Study

NOT_FREE = {"non-commercial", "no-derivatives", "research-only"}
BY_HAND = {"manual", "gated", "withdrawn"}  # states of a dataset that no program can fetch
PLACED = Path("resources", "placed")  # where files that were fetched by hand are looked for


@dataclass(frozen=True)
class Need:
    """A file to fetch, and all datasets of the study that lie in it."""

    resource: Resource
    datasets: list[tuple[Item, tuple[str, ...]]] = field(default_factory=list)


def codes(text: str) -> tuple[str, ...]:
    """Canonical codes of a pair, a direction or a language: `en-gl` → (`eng_Latn`, `glg_Latn`)."""
    return tuple(canonical(code) for code in text.split("-"))


def texts(study: Study) -> list[str]:
    """Every text the study cleans: its pairs in order, then the languages that have monolingual text."""
    pairs = dict.fromkeys(pair for pairs in study.pairs.values() for pair in pairs)
    return [*pairs, *sorted(monolingual_languages(study))]


def study_languages(study: Study) -> list[str]:
    """The languages of all pairs, sorted."""
    return sorted({code for pairs in study.pairs.values() for pair in pairs for code in pair.split("-")})


def monolingual_languages(study: Study) -> set[str]:
    """Languages with monolingual text: those the ids name, and for an id without languages all of the study it has."""
    named = {short(code) for item in study.monolingual for code in item.dataset.languages}
    return named | {c for c in study_languages(study) if _holding(study.monolingual, c)}


def _holding(items: Iterable[Item], text: str) -> list[Item]:
    return [item for item in items if SOURCES[item.dataset.source].has(item, codes(text))]


def corpora_of(study: Study, text: str) -> list[Item]:
    """The datasets a text is made from, in the study's order. Raises UserError where there is none."""
    items = _holding(study.corpora if "-" in text else study.monolingual, text)
    if not items:
        raise UserError(f"pairs: no corpus of the study has {text}; add one under corpora")
    return items


def files_of(study: Study, text: str) -> list[str]:
    """The files a text is read from."""
    found = (SOURCES[i.dataset.source].places(i, codes(text)) for i in corpora_of(study, text))
    return list(dict.fromkeys(place.path for places in found for place in places))


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


def dictionary_items(study: Study, direction: str) -> list[Item]:
    """The dictionaries of a direction, as they are or turned round, in the study's order of precedence."""
    return _holding(study.dictionaries.items, direction)


def needs(study: Study, directions: Iterable[str] = ()) -> dict[str, Need]:
    """All files to fetch by path. `directions`: those that dictionaries are read for. Raises UserError."""
    wanted = [(item, codes(text)) for text in texts(study) for item in corpora_of(study, text)]
    for name in named_testsets(study):
        wanted += testset_parts(study, name)
    wanted += [(item, codes(d)) for d in directions for item in dictionary_items(study, d)]
    found: dict[str, Need] = {}
    for item, languages in wanted:
        for resource in SOURCES[item.dataset.source].resources(item, languages):
            need = found.setdefault(resource.path, Need(resource))
            need.datasets.append((item, languages))
    return found


def addresses(study: Study, resource: Resource) -> list[str]:
    """Where a file may come from, in order: placed by hand, the study's mirrors, the catalogue's addresses."""
    mapped = []
    for address in resource.addresses:
        for prefix, other in study.mirrors.items():
            if address.startswith(prefix):
                mapped.append(other.replace("{mirror}", study.mirror or "mirror") + address.removeprefix(prefix))
    return [str(placed(resource)), *mapped, *resource.addresses]


def placed(resource: Resource) -> Path:
    """Where a user puts a file that no program can fetch."""
    return PLACED / Path(resource.path).relative_to("resources")


def is_at_hand(study: Study, resource: Resource) -> bool:
    """Whether the file was fetched, or lies in a folder where `fetch` will find it."""
    return Path(resource.path).exists() or any(Path(a).exists() for a in addresses(study, resource) if "://" not in a)


def check_licences(study: Study) -> None:
    """Raise UserError for a dataset in use that `licences: no-nc` forbids."""
    items = [*study.corpora, *study.monolingual, *study.dictionaries.items]
    items += [item for name in named_testsets(study) for item, _ in testset_parts(study, name)]
    for item in items:
        limits = NOT_FREE & set(item.record.limits)
        if study.licences == "no-nc" and limits:
            raise UserError(f"{item.id} is {', '.join(sorted(limits))}, and licences: no-nc refuses that; take it out")
