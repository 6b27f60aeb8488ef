"""Write tables of results as tab-separated text with a header."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from model.writing import whole_file


def write_table(path: str | Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows with the same keys, at least one, completely or not at all. Floats have six decimals."""
    rows = list(rows)
    with whole_file(path) as part, open(part, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows({key: _cell(value) for key, value in row.items()} for row in rows)


def _cell(value: object) -> object:
    return f"{value:.6f}" if isinstance(value, float) else value
