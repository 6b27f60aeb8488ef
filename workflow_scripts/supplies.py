"""What a study takes from outside: the datasets of each text, the files they lie in, and where those come from."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from model.command import UserError
from model.languages import canonical, short
from workflow_scripts.datasets import Item, nearest
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.source import Resource
from workflow_scripts.study import HeldOut, Study

NOT_FREE = {"non-commercial", "no-derivatives", "research-only"}
UNSTATED = "unstated"  # how the licence of such a dataset begins
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


def pair_languages(study: Study) -> list[str]:
    """The languages of all pairs, sorted."""
    return sorted({code for pairs in study.pairs.values() for pair in pairs for code in pair.split("-")})


def study_languages(study: Study) -> list[str]:
    """The languages of all pairs and of monolingual text, sorted."""
    return sorted({*pair_languages(study), *monolingual_languages(study)})


def monolingual_languages(study: Study) -> set[str]:
    """Languages with monolingual text: those the ids name, and for an id without languages all of the study it has."""
    named = {short(code) for item in study.monolingual for code in item.dataset.languages}
    return named | {c for c in pair_languages(study) if _holding(study.monolingual, c)}


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


def is_tested(study: Study, name: str, direction: str) -> bool:
    """Whether a test set has both languages of a direction; one that is held out has those of every pair."""
    wanted, held_out = set(codes(direction)), isinstance(study.testsets[name], HeldOut)
    return held_out or any(wanted <= set(held) for _, held in testset_parts(study, name))


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
    """Where a file may come from, in order: here already, placed by hand, the study's mirrors, the catalogue's."""
    mapped = []
    for address in resource.addresses:
        for prefix, other in study.mirrors.items():
            if address.startswith(prefix):
                mapped.append(other.replace("{mirror}", study.mirror or "mirror") + address.removeprefix(prefix))
    return [resource.path, str(placed(resource)), *mapped, *resource.addresses]


def placed(resource: Resource) -> Path:
    """Where a user puts a file that no program can fetch."""
    return PLACED / Path(resource.path).relative_to("resources")


def is_at_hand(study: Study, resource: Resource) -> bool:
    """Whether the file was fetched, or lies in a folder where `fetch` will find it."""
    return any(Path(address).exists() for address in addresses(study, resource) if "://" not in address)


def check_fetched(found: dict[str, Need]) -> None:
    """Forget files that are gone. Raise UserError for one whose checksum is not what study or catalogue say now.

    found: what `needs` gives. Another study may have fetched the file from elsewhere.
    """
    for path, need in found.items():
        manifest, wanted = Path(f"{path}.json"), with_known_checksum(need.resource).expected.sha256
        if not manifest.exists():
            continue
        if not Path(path).exists():
            manifest.unlink()
        elif wanted and (has := json.loads(manifest.read_text())["sha256"]) != wanted:
            raise UserError(
                f"{path} has sha256 {has}, and {need.resource.item.id} should have {wanted}; delete the file"
            )


def checksum_file(path: str) -> Path:
    """Where the checksum of a file seen once is kept, in the form that `sha256sum --check` reads."""
    return Path("resources", "checksums", Path(path).relative_to("resources")).with_name(Path(path).name + ".sha256")


def with_known_checksum(resource: Resource) -> Resource:
    """The resource with the checksum that was recorded when it was first seen, unless study or catalogue have one."""
    kept = checksum_file(resource.path)
    if resource.expected.sha256 or resource.expected.md5 or not kept.exists():
        return resource
    return replace(resource, expected=replace(resource.expected, sha256=kept.read_text().split()[0]))


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
