"""What a study takes from outside: the datasets of each text, the files they lie in, and where those come from."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tabulate import tabulate
from tqdm import tqdm

from model.command import UserError
from workflow_scripts.directions import codes
from workflow_scripts.plan.dictionaries import dictionary_items
from workflow_scripts.plan.testsets import named_testsets, testset_parts
from workflow_scripts.plan.texts import corpora_of, texts
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.source import Resource
from workflow_scripts.study.study import Study


def size(count: int | None) -> str:
    """Bytes for people to read: `1.58MB`."""
    return "unknown" if count is None else tqdm.format_sizeof(count, "B")


@dataclass(frozen=True)
class Need:
    """A file to fetch, and all datasets of the study that lie in it."""

    resource: Resource
    datasets: list[tuple[Item, tuple[str, ...]]] = field(default_factory=list)


def total(found: Iterable[Need]) -> str:
    """`12 files, 3.4 GB and 2 of unknown size`."""
    sizes = [need.resource.size for need in found]
    unknown = sizes.count(None)
    known = size(sum(count for count in sizes if count))
    return f"{len(sizes)} files, {known}" + (f" and {unknown} of unknown size" if unknown else "")


def shopping_list(study: Study, found: Iterable[Need]) -> str:
    """The files that are not at hand: size, licence, address, and where to put what is fetched by hand."""
    missing = [need for need in found if not is_at_hand(study, need.resource)]
    rows = [
        (need.resource.addresses[0], size(need.resource.size), need.resource.licence, placed(need.resource))
        for need in missing
    ]
    table = tabulate(rows, headers=("address", "size", "licence", "put it at"), tablefmt="plain")
    return f"{table}\nmissing: {total(missing)}" if missing else "nothing is missing"


BY_HAND = {"manual", "gated", "withdrawn"}  # states of a dataset that no program can fetch
PLACED = Path("resources", "placed")  # where files that were fetched by hand are looked for


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
