"""What all sources have in common: from a record of the catalogue to files and text. A source overrides parts."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import pyarrow as pa

from model.command import UserError
from model.records import unknown
from model.text.languages import short
from workflow_scripts.drops import Drops
from workflow_scripts.fetching.archives import open_member
from workflow_scripts.fetching.download import Expected
from workflow_scripts.fetching.packages import PREFIX, download_command
from workflow_scripts.formats import FORMATS
from workflow_scripts.sources.datasets import Item, Record
from workflow_scripts.sources.languages import native

Languages = Sequence[str]  # one or two canonical codes
PLACEHOLDER = re.compile(r"{([^{}]*)}")
LONGEST = 150  # characters of a file name; file systems allow 255 bytes, and endings are added


def file_name(address: str) -> str:
    """The last part of an address as the name of a file: ASCII letters, digits, `_`, `.`, `-`, `+`, `@` and `%`.

    Other characters are percent-encoded, and a dot at the start, so that distinct names stay distinct.
    """
    path, mark, query = address.partition("?")
    name = quote(path.rstrip("/").rpartition("/")[2] + mark + query, safe="+@").replace("~", "%7E")
    name = "%2E" + name[1:] if name.startswith(".") else name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return name if len(name) <= LONGEST else f"{name[:64]}-{digest}-{name[-64:]}"


@dataclass(frozen=True)
class Resource:
    """One file to fetch, which all studies share."""

    path: str  # below the working directory
    addresses: tuple[str, ...]
    expected: Expected
    item: Item
    languages: tuple[str, ...]  # of the dataset that asked for it; other datasets may be in the same file
    size: int | None = None  # bytes by the catalogue, which may be rounded

    @property
    def licence(self) -> str:
        """The licence of the dataset that asked for it, with its limits."""
        return self.item.record.licence_of(self.languages)


@dataclass(frozen=True)
class Place:
    """Where text is: a file, and a member of it if it is an archive."""

    path: str
    member: str | None = None


class Source:
    """A source whose files have addresses on the web, and whose datasets are in the catalogue."""

    name: ClassVar[str]
    style: ClassVar[str] = "alpha2"  # how the source spells languages, see languages.native
    alphabetical: ClassVar[bool] = False  # whether a pair's file names the languages in the order of their codes

    def native(self, record: Record, languages: Languages) -> list[str]:
        """How the source spells languages in the names of a record."""
        own = _own_codes(record, languages)
        return [own.get(short(code)) or native(self.name, self.style, code) for code in languages]

    def has(self, item: Item, languages: Languages) -> bool:
        """Whether an item of a study holds this language or pair."""
        asked = item.dataset.languages
        if asked:
            return set(asked) == set(languages) and len(asked) == len(languages)
        return self.lists(item, languages)

    def lists(self, item: Item, languages: Languages) -> bool:
        """Whether the catalogue lists this language or pair."""
        return item.record.find(languages) is not None

    def served(self, item: Item, languages: Languages) -> tuple[str, ...]:
        """The languages in the order of the file: that of the catalogue, or else that of the id."""
        record = item.record
        named = any("{first}" in template for template in (record.address or "", *record.members))
        if self.alphabetical and named and len(languages) == 2:
            return tuple(code for _, code in sorted(zip(self.native(record, languages), languages, strict=True)))
        if found := record.find(languages):
            return found[0]
        asked = item.dataset.languages
        return asked if set(asked) == set(languages) else tuple(languages)

    def fill(self, template: str, item: Item, languages: Languages, key: str = "address") -> str:
        """A template with its placeholders filled in. Raises UserError, with its key of the item, for unknown ones."""
        sides = ("first", "second") if len(languages) == 2 else ("code",)
        known = {"corpus": item.dataset.corpus, "version": item.dataset.version}
        names = set(PLACEHOLDER.findall(template))
        if names & set(sides):  # a source may have no name for a language that a literal address is about
            known |= zip(sides, self.native(item.record, self.served(item, languages)), strict=True)
        for name in sorted(names - known.keys()):
            if name not in ("first", "second", "code"):
                placeholders = [f"{{{one}}}" for one in ("corpus", "version", *sides)]
                raise UserError(f"{item.id}: {key} {template}: {unknown(f'{{{name}}}', placeholders)}")
            raise UserError(f"{item.id}: {template} needs {{{name}}}; give the id its languages")
        return PLACEHOLDER.sub(lambda found: known[found[1]], template)

    def path(self, item: Item, address: str) -> str:
        """The local path of a file. It has a digest of an address that the study gives."""
        dataset, name = item.dataset, file_name(address.partition("?")[0])
        own = f"{hashlib.sha256(address.encode()).hexdigest()[:8]}/" if item.address else ""
        return f"resources/{self.name}/{dataset.corpus}/{dataset.version}/{own}{name}"

    def resources(self, item: Item, languages: Languages) -> list[Resource]:
        """The files to fetch for a language or pair. Raises UserError if no address is known."""
        record = item.record
        if not record.address:
            state = "" if record.status == "unverified" else f" ({record.status})"
            raise UserError(f"{item.id}: no address is known{state}; give the item one (key address), or take it out")
        asked = [(code,) for code in languages] if "{code}" in record.address else [tuple(languages)]
        return [self._resource(item, record, codes) for codes in asked]

    def _resource(self, item: Item, record: Record, languages: tuple[str, ...]) -> Resource:
        mirrors = (self.fill(mirror, item, languages, "mirrors") for mirror in record.mirrors)
        addresses = (self.fill(record.address or "", item, languages), *mirrors)
        for package in (address for address in addresses if address.startswith(PREFIX)):
            _ = download_command(package)  # a mistake in it is said before anything is fetched
        found = record.find(languages)
        facts = found[1] if found else None
        one_file = not any(mark in (record.address or "") for mark in ("{first}", "{code}"))
        of_file = record if one_file or item.sha256 or not facts else facts
        expected = Expected(sha256=of_file.sha256, bytes=of_file.bytes if of_file.sha256 else None)
        return Resource(self.path(item, addresses[0]), addresses, expected, item, languages, of_file.bytes)

    def places(self, item: Item, languages: Languages) -> list[Place]:
        """Where the text of each side is, in the order of `languages`; one place if both sides share a table."""
        record = item.record
        paths = [resource.path for resource in self.resources(item, languages)]
        if not record.members:
            return [Place(path) for path in paths]
        if len(record.members) == 1 and "{code}" in record.members[0]:
            return [Place(paths[0], self.fill(record.members[0], item, [code], "members")) for code in languages]
        members = [Place(paths[0], self.fill(member, item, languages, "members")) for member in record.members]
        return members if tuple(languages) == self.served(item, languages) else members[::-1]

    def check_form(self, item: Item, languages: Languages) -> None:
        """Raise UserError for a dataset whose format or columns do not fit its languages."""
        _check_form(item, item.record, len(languages), len(self.places(item, languages)))

    def read(self, item: Item, languages: Languages, drops: Drops) -> Iterator[pa.RecordBatch]:
        """Text of one or two languages in batches, sides in the order of `languages`. Raises UserError."""
        record = item.record
        places = self.places(item, languages)
        for place in places:
            if not Path(place.path).exists():
                raise UserError(f"{item.id}: {place.path} is not there; let the workflow fetch it, or mend the path")
        self.check_form(item, languages)
        turned = tuple(languages) != self.served(item, languages)
        layout = record.model_copy(update={"native": _own_codes(record, languages)})
        with ExitStack() as stack:
            streams = [stack.enter_context(open_member(place.path, place.member)) for place in places]
            yield from FORMATS[record.format](streams, item.id, layout, languages, turned, drops)


def _own_codes(record: Record, languages: Languages) -> dict[str, str]:
    """Short code → how the files of a record or dataset spell the language, where that is stated."""
    found = record.find(languages)
    return {**record.native, **(found[1].native if found else {})}


def _check_form(item: Item, record: Record, languages: int, files: int) -> None:
    """Raise UserError for a dataset whose format or columns do not fit its languages."""
    sides = {"first", "second"} if languages == 2 else {"first"}
    if record.format not in FORMATS:
        raise UserError(f"{item.id}: {unknown(record.format, FORMATS, 'format')}")
    if record.format == "lines" and (record.columns or files != languages):
        raise UserError(f"{item.id}: {files} file for {languages} languages; say its format: tsv, tmx or parquet")
    if record.format in ("tsv", "parquet") and record.columns and not sides <= set(record.columns):
        wanted = " and ".join(sorted(sides))
        raise UserError(f"{item.id}: columns has {', '.join(record.columns)}; name {wanted}, in the id's order")
