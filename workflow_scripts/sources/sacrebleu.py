"""Source `sacrebleu`: the test sets that sacreBLEU names, with its addresses and MD5 sums, read by its own code.

`sacrebleu:wmt14/1/en-de` is the set `wmt14`, `sacrebleu:wmt14/full/en-de` the set `wmt14/full`. Only the readers of the
library are used, because its downloader keeps any answer and extracts archives without checking names.
"""

import copy
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from model.command import UserError
from model.records import unknown
from workflow_scripts.drops import Drops
from workflow_scripts.fetching.archives import members, open_member
from workflow_scripts.fetching.download import Expected
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.source import Languages, Resource, Source


class SacreBleu(Source):
    """The files are those of the library; languages are spelled in ISO 639-1."""

    name = "sacrebleu"

    def lists(self, item: Item, languages: Languages) -> bool:
        """Whether the library has the pair in either direction."""
        if len(languages) != 2:
            return False
        try:
            first, second = self.native(item.record, languages)
        except UserError:  # it has no name for one of them
            return False
        return bool({f"{first}-{second}", f"{second}-{first}"} & set(_test_set(item).langpairs))

    def resources(self, item: Item, languages: Languages) -> list[Resource]:
        """The files of the set, the same for all pairs."""
        found = _test_set(item)
        sums = found.md5 or [None] * len(found.data)
        return [
            Resource(self.path(item, address), (address,), Expected(md5=md5), item, tuple(languages))
            for address, md5 in zip(found.data, sums, strict=True)
        ]

    def check_form(self, item: Item, languages: Languages) -> None:
        """Nothing: a study does not say how these files are read."""

    def read(self, item: Item, languages: Languages, drops: Drops) -> Iterator[pa.RecordBatch]:
        """Source and first reference of the direction in the id, or of the other direction if the library lacks it."""
        asked = self.native(item.record, item.dataset.languages or languages)
        wanted = self.native(item.record, languages)
        found = copy.copy(_test_set(item))
        pair = next((p for p in ("-".join(asked), "-".join(reversed(asked))) if p in found.langpairs), None)
        if pair is None:
            raise UserError(f"{item.id}: sacreBLEU's {found.name} has no {'-'.join(asked)}")
        with tempfile.TemporaryDirectory() as folder:
            found._outdir, found._rawdir = folder, f"{folder}/raw"
            for resource in self.resources(item, languages):
                _unpack(resource.path, Path(found._rawdir), found._get_tarball_filename(resource.addresses[0]))
            found.maybe_download = lambda: None
            try:
                sides = [list(found.source(pair)), [row[0].strip() for row in found.references(pair)]]
            except Exception as error:  # the readers raise whatever their parsers raise
                raise UserError(
                    f"{item.id}: cannot be read ({error}); delete {resource.path} and fetch again"
                ) from None
        if pair.split("-")[0] != wanted[0]:
            sides.reverse()
        yield pa.RecordBatch.from_pydict(dict(zip(("first", "second"), sides, strict=True)))


def _test_set(item: Item) -> Any:
    from sacrebleu.dataset import DATASETS

    dataset = item.dataset
    name = dataset.corpus if dataset.version == "1" else f"{dataset.corpus}/{dataset.version}"
    if name not in DATASETS:
        raise UserError(f"{item.id}: {unknown(name, DATASETS, 'sacreBLEU test set')}")
    return DATASETS[name]


def _unpack(path: str, folder: Path, name: str) -> None:
    """Copy a file, and the members of an archive, where the library reads them. Raises UserError for unsafe names."""
    folder.mkdir(exist_ok=True)
    shutil.copyfile(path, folder / name)
    for member in members(path):
        target = folder / member
        if not member.endswith("/") and not target.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            with open_member(path, member) as stream, open(target, "wb") as file:
                shutil.copyfileobj(stream, file)


SOURCE = SacreBleu()
