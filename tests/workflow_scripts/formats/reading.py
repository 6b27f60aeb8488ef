"""What the tests of formats share: how a reader is called, small blocks, and hostile bytes."""

import io
from contextlib import contextmanager
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import settings
from hypothesis import strategies as st

from workflow_scripts.drops import Drops
from workflow_scripts.formats import line_files

settings.register_profile("same every time", deadline=None, derandomize=True, database=None)
settings.load_profile("same every time")

UNITS = [
    '<tu><tuv xml:lang="en-GB"><seg>One <hi>red</hi> cat<ph>&lt;br/&gt;</ph>.</seg></tuv>'
    '<tuv xml:lang="GL"><seg>Un gato &amp; <bpt>b</bpt>vermello</seg></tuv></tu>',
    '<tu><tuv xml:lang="en"><seg>Alone</seg></tuv><tuv xml:lang="fr"><seg>Seul</seg></tuv></tu>',
    '<tu><tuv lang="en_US"><seg>US</seg></tuv><tuv lang="en"><seg>plain</seg></tuv><tuv lang="gl"><seg/></tuv></tu>',
]
TMX = ('<?xml version="1.0"?>\n<tmx version="1.4"><header/><body>\n' + "\n".join(UNITS) + "\n</body></tmx>").encode()

pieces = st.sampled_from(
    [b"\n", b"\t", b",", b'"', b"\r", b"\x00", b"\xff", b"\xc3", b"\xa9", b"a", b"1", b"\xef\xbb\xbf"]
)
any_bytes = st.binary(max_size=60) | st.lists(pieces, max_size=60).map(b"".join)
any_text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\n\n\r\t\x00\u2028\x85\ufeffa"))
any_block = st.sampled_from([1, 2, 3, 7, 1 << 24])


@contextmanager
def sizes(block=1 << 24, longest=1 << 20, rows=50_000):
    """Other sizes; and no file is refused for its first bytes, which test_encodings.py is about."""
    anything = mock.patch.object(line_files, "refuse_other_encodings", lambda head, label: None)
    with anything, mock.patch.multiple(line_files, BLOCK=block, LONGEST=longest, ROWS=rows):
        yield


def rows_of(batches):
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def read(reader, files, *arguments):
    """Rows and counts of drops of `reader`."""
    drops = Drops()
    streams = [io.BytesIO(file) for file in files] if isinstance(files, list) else io.BytesIO(files)
    return rows_of(reader(streams, "corpus", *arguments, drops)), dict(drops.counts)


def parquet_file(table: pa.Table) -> bytes:
    """The bytes of a table's Parquet file."""
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()
