"""Tables of results, as tab-separated text with a header."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_table(path: str | Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows, at least one and all of the same keys, under a temporary name, then give the file its own.

    A float has six decimals.
    """
    rows, part = list(rows), Path(f"{path}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with open(part, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    part.replace(path)


def _cell(value: object) -> object:
    return f"{value:.6f}" if isinstance(value, float) else value
