"""The readers of text files: each turns one format into batches of rows. The key `format` of a dataset names one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

import pyarrow as pa

from workflow_scripts.drops import Drops
from workflow_scripts.formats.line_files import lines
from workflow_scripts.formats.parquet_files import parquet
from workflow_scripts.formats.tables import tsv
from workflow_scripts.formats.tmx_files import tmx


class Layout(Protocol):
    """The keys of a catalogue record that describe a table, and how it spells languages."""

    @property
    def columns(self) -> Mapping[str, int | str]: ...  # noqa: D102
    @property
    def separator(self) -> str: ...  # noqa: D102
    @property
    def header(self) -> bool: ...  # noqa: D102
    @property
    def native(self) -> Mapping[str, str]: ...  # noqa: D102


# (streams, label for messages, layout, canonical codes of the languages, whether to swap the sides of a table, drops)
# → batches with `first` (and `second`), in the order of the languages, and columns of scores
Reader = Callable[[Sequence[BinaryIO], str, Layout, Sequence[str], bool, Drops], Iterator[pa.RecordBatch]]


def _turned(columns: Mapping[str, int | str], turned: bool) -> dict[str, int | str]:
    """The columns of a table, by default the first two; with `turned`, the sides are swapped."""
    columns = columns or {"first": 0, "second": 1}
    other = {"first": "second", "second": "first"} if turned else {}
    return {name: columns[other.get(name, name)] for name in columns}


FORMATS: dict[str, Reader] = {
    "lines": lambda streams, label, layout, codes, turned, drops: lines(streams, label, drops),
    "tsv": lambda streams, label, layout, codes, turned, drops: tsv(
        streams[0], label, _turned(layout.columns, turned), layout.separator, layout.header, drops
    ),
    "tmx": lambda streams, label, layout, codes, turned, drops: tmx(streams[0], label, codes, layout.native, drops),
    "parquet": lambda streams, label, layout, codes, turned, drops: parquet(
        streams[0], label, _turned(layout.columns, turned), drops
    ),
}
