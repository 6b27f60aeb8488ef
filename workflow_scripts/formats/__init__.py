"""How text of any format becomes batches of rows: the table of readers that the catalogue's `format` names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

import pyarrow as pa

from workflow_scripts.drops import Drops
from workflow_scripts.formats.line_files import lines
from workflow_scripts.formats.parquet_files import parquet
from workflow_scripts.formats.tables import tsv
from workflow_scripts.formats.tmx_files import tmx


class Layout(Protocol):
    """What a record of the catalogue says of a table."""

    @property
    def columns(self) -> Mapping[str, int | str]: ...  # noqa: D102
    @property
    def separator(self) -> str: ...  # noqa: D102
    @property
    def header(self) -> bool: ...  # noqa: D102


# streams, label for messages, layout, native codes of the languages asked for, whether the sides of a table are to
# change places, drops → batches with `first` (and `second`) in the order of the languages, and columns of scores
Reader = Callable[[Sequence[BinaryIO], str, Layout, Sequence[str], bool, Drops], Iterator[pa.RecordBatch]]


def _turned(columns: Mapping[str, int | str], turned: bool) -> dict[str, int | str]:
    """The columns of a table; without any, the first two; for `turned`, each text as the other side."""
    columns = columns or {"first": 0, "second": 1}
    other = {"first": "second", "second": "first"} if turned else {}
    return {name: columns[other.get(name, name)] for name in columns}


FORMATS: dict[str, Reader] = {
    "lines": lambda streams, label, layout, codes, turned, drops: lines(streams, label, drops),
    "tsv": lambda streams, label, layout, codes, turned, drops: tsv(
        streams[0], label, _turned(layout.columns, turned), layout.separator, layout.header, drops
    ),
    "tmx": lambda streams, label, layout, codes, turned, drops: tmx(streams[0], label, codes, drops),
    "parquet": lambda streams, label, layout, codes, turned, drops: parquet(
        streams[0], label, _turned(layout.columns, turned), drops
    ),
}
