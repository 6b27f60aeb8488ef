"""Texts of pairs that tests make up."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from workflow_scripts.text.files import write_batches


def write_pairs(path: str | Path, pair: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write (first side, second side, corpus) rows as Parquet, one column a language code, whole or not at all."""
    names = (*pair.split("-"), "corpus")
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    batch = pa.record_batch([pa.array(column, pa.string()) for column in columns], names)
    write_batches(path, batch.schema, [batch])
