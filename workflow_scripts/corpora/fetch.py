"""Fetch and check one file that a study needs.

`python -m workflow_scripts.corpora.fetch --settings s.json resources/…`.

Writes the file as served and, beside it, the manifest PATH.json with its origin, checksum, size, licence and citation.
The study's `mode` says what may be fetched: `locked`, what has a known checksum; `tofu` (trust on first use), all, and
the checksums seen are kept below resources/checksums and hold from then on; `offline`, only from folders.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from model.command import UserError, parser, run
from model.records import unknown, write_json
from model.text.lines import write_lines
from model.writing import lock
from workflow_scripts.fetching.archives import count_lines
from workflow_scripts.fetching.connection import without_login
from workflow_scripts.fetching.download import download
from workflow_scripts.settings.corpora import Fetching
from workflow_scripts.settings.record import read_settings
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import catalogue, nearest
from workflow_scripts.sources.needs import (
    BY_HAND,
    Need,
    addresses,
    checksum_file,
    needs_of,
    placed,
    with_known_checksum,
)
from workflow_scripts.sources.source import Resource

TEXT_FORMATS = ("lines", "tsv", "tmx", "parquet", "muse", "dic", "dictd")  # that are read to their end to check them


def allowed_addresses(settings: Fetching, resource: Resource) -> list[str]:
    """Where the file may be taken from now. Raises UserError, with what to do, if there is no such place."""
    found = addresses(settings, resource)
    folders = [address for address in found if "://" not in address and Path(address).exists()]
    web = [address for address in found if "://" in address or address.startswith("pkg:")]
    record = resource.item.record
    by_hand = f"fetch {resource.addresses[0]} by hand and put it at {placed(resource)}"
    near = (
        [] if resource.item.dataset.key in catalogue(resource.item.dataset.source) else nearest(resource.item.dataset)
    )
    if not (resource.expected.sha256 or resource.expected.md5) and settings.mode == "locked":
        raise UserError(
            f"{resource.item.id}: no checksum is known of {Path(resource.path).name}; give it one (key sha256), or run "
            "once with --config mode=tofu, which records what arrives"
            + (f". The catalogue does not list it; it has {', '.join(near)}" if near else "")
        )
    if folders:
        return [*folders, *([] if settings.mode == "offline" or record.status in BY_HAND else web)]
    if settings.mode == "offline":
        raise UserError(f"{resource.item.id}: mode is offline and the file is not at hand; {by_hand}")
    if record.status in BY_HAND:
        raise UserError(f"{resource.item.id}: no program can fetch this ({record.status}); {by_hand}")
    return web


def check_content(need: Need, part: Path) -> None:
    """Read all datasets in a file to their end. Raises UserError if one is missing, damaged or of unequal sides."""
    for item, languages in need.datasets:
        source = SOURCES[item.dataset.source]
        places = [p for p in source.places(item, languages) if p.path == need.resource.path]
        if item.record.format not in TEXT_FORMATS:
            continue
        counts = [count_lines(part, place.member) for place in places]
        if item.record.kind == "bitext" and item.record.format == "lines" and len(set(counts)) > 1:
            sides = ", ".join(f"{place.member} {count:,}" for place, count in zip(places, counts, strict=True))
            raise UserError(f"{item.id}: the sides of {part} differ in length ({sides} lines); do not use this file")


def fetched_before(resource: Resource) -> dict[str, object] | None:
    """The manifest of a file that is here, if the file is as it was fetched and as it is expected now; else None."""
    expected = {"sha256": resource.expected.sha256, "md5": resource.expected.md5}
    wanted = {kind: checksum.lower() for kind, checksum in expected.items() if checksum}
    try:
        manifest: dict[str, object] = json.loads(Path(f"{resource.path}.json").read_text(encoding="utf-8"))
        wanted["sha256"] = wanted.get("sha256", str(manifest["sha256"]))
        found = {}
        for kind in wanted:
            with open(resource.path, "rb") as file:
                found[kind] = hashlib.file_digest(file, kind).hexdigest()
    except (FileNotFoundError, ValueError, KeyError):
        return None
    same = any(expected.values()) and found == wanted and found["sha256"] == manifest["sha256"]
    return manifest if same else None


def fetch(settings: Fetching, need: Need) -> dict[str, object]:
    """Fetch and check one file, and put it in its place. Returns its manifest.

    A file that is here already keeps its manifest, so other studies see no change.
    """
    resource = with_known_checksum(need.resource)
    path = Path(resource.path)
    if before := fetched_before(resource):
        check_content(need, path)
        return before
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        origin = download(allowed_addresses(settings, resource), part, resource.expected, resource.item.id)
    except UserError as error:
        if resource is need.resource:  # the checksum was not recorded here
            raise
        raise UserError(f"{error}; if the file has changed for good, delete {checksum_file(resource.path)}") from None
    check_content(need, part)
    if origin["url"] in [here.resolve().as_uri() for here in (path, placed(resource))]:
        origin["url"] = without_login(resource.addresses[0])  # a file placed here came from there
    manifest = {
        **origin,
        "licence": resource.licence,
        "citation": resource.item.record.citation,
        "retrieved_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if not resource.expected.sha256:
        write_lines(checksum_file(resource.path), [f"{manifest['sha256']}  {resource.path}"])
    part.replace(path)
    write_json(f"{path}.json", manifest)  # last, because it shows that the file is complete
    return manifest


def main() -> None:
    """Fetch, check, record."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("path", help="one of the files that the study needs")
    options = arguments.parse_args()
    settings = read_settings(Fetching, options.settings)
    wanted = needs_of(settings.datasets)
    if options.path not in wanted:
        raise UserError(f"{options.settings}: {unknown(options.path, wanted, 'file')}")
    path = Path(options.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(f".{path.name}.lock"), "a") as file:
        lock(file, file.name, wait=True)  # another study may be fetching the file; then it is here afterwards
        manifest = fetch(settings, wanted[options.path])
    print(f"{options.path}: {manifest['bytes']:,} bytes from {manifest['url']}, sha256 {manifest['sha256']}")


if __name__ == "__main__":
    run(main)
