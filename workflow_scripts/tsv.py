"""Tables of results as TSV."""

from pathlib import Path

import pandas as pd

from model.writing import whole_file


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as TSV, whole or not at all."""
    with whole_file(path) as part:
        frame.to_csv(part, sep="\t", index=False)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that a step of this workflow wrote. Only empty cells are missing values: `nan` is a language."""
    names = dict.fromkeys(("run", "model", "baseline"), str)
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=[""], dtype=names)
