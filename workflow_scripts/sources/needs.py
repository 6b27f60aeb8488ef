"""The files of datasets: which they are, where they may come from, and what is known of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from model.command import UserError
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.source import Resource

Part = tuple[Item, tuple[str, ...]]  # a dataset, and the canonical codes of the languages to read
BY_HAND = {"manual", "gated", "withdrawn"}  # `status` of datasets that no program can fetch
PLACED = Path("resources", "placed")  # where users put files that they fetched by hand


class Mirrored(Protocol):
    """What has mirrors: a study, or the settings of `fetch`."""

    @property
    def mirrors(self) -> Mapping[str, str]:
        """Start of an address → address or folder to use instead."""

    @property
    def mirror(self) -> str | None:
        """The value of `{mirror}` in these."""


@dataclass(frozen=True)
class Need:
    """A file to fetch, and all datasets of the study in it."""

    resource: Resource
    datasets: list[Part] = field(default_factory=list)


def needs_of(parts: Iterable[Part]) -> dict[str, Need]:
    """All files to fetch for some datasets, by path. Raises UserError for a dataset without an address.

    Also for two datasets whose files have one path and different addresses.
    """
    found: dict[str, Need] = {}
    for item, languages in parts:
        for resource in SOURCES[item.dataset.source].resources(item, languages):
            need = found.setdefault(resource.path, Need(resource))
            if (other := need.resource).addresses[0] != resource.addresses[0]:
                raise UserError(
                    f"{item.id} and {other.item.id}: {resource.addresses[0]} and {other.addresses[0]} would both be"
                    f" {resource.path}; give one of them another corpus or version in its id"
                )
            need.datasets.append((item, languages))
    return found


def size(count: int | None) -> str:
    """A number of bytes as text: `1.58MB`."""
    return "unknown" if count is None else tqdm.format_sizeof(count, "B")


def total(found: Iterable[Need]) -> str:
    """`12 files, 3.4 GB and 2 of unknown size`."""
    sizes = [need.resource.size for need in found]
    unknown = sizes.count(None)
    known = size(sum(count for count in sizes if count))
    return f"{len(sizes)} files, {known}" + (f" and {unknown} of unknown size" if unknown else "")


def addresses(mirrored: Mirrored, resource: Resource) -> list[str]:
    """Where a file may come from, in order: its own path, placed by hand, mirrors of the study, the catalogue."""
    mapped = []
    for address in resource.addresses:
        for prefix, other in mirrored.mirrors.items():
            if address.startswith(prefix):
                mapped.append(other.replace("{mirror}", mirrored.mirror or "mirror") + address.removeprefix(prefix))
    return [resource.path, str(placed(resource)), *mapped, *resource.addresses]


def placed(resource: Resource) -> Path:
    """Where a user puts a file that no program can fetch."""
    return PLACED / Path(resource.path).relative_to("resources")


def is_at_hand(mirrored: Mirrored, resource: Resource) -> bool:
    """Whether the file was fetched, or is in a folder where `fetch` will find it."""
    return any(Path(address).exists() for address in addresses(mirrored, resource) if "://" not in address)


def check_fetched(found: dict[str, Need]) -> None:
    """Raise UserError for a fetched file whose checksum is not what the study or the catalogue says now.

    Another study may have fetched it from elsewhere. Removes the manifest of a file that does not exist any more.
    found: what `needs_of` returns.
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
    """Where the checksum of a file is recorded with `mode: tofu`, in the format of `sha256sum --check`."""
    return Path("resources", "checksums", Path(path).relative_to("resources")).with_name(Path(path).name + ".sha256")


def with_known_checksum(resource: Resource) -> Resource:
    """The resource with its recorded checksum, if neither the study nor the catalogue has one."""
    kept = checksum_file(resource.path)
    if resource.expected.sha256 or resource.expected.md5 or not kept.exists():
        return resource
    return replace(resource, expected=replace(resource.expected, sha256=kept.read_text().split()[0]))
