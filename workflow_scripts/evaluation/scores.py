"""Read score files as one table."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from model.command import UserError

COLUMNS = [
    "system", "source", "target", "test_set", "metric", "score", "ci_low", "ci_high", "signature", "train_pairs", "run",
]  # fmt: skip
OF_TEST_SET = ["segments", "test_set_sha256"]


def collect(files: Iterable[str | Path], columns: Sequence[str] = (*COLUMNS, *OF_TEST_SET)) -> pd.DataFrame:
    """The scores of the files that exist: a row for each score, in the order of the files, with these columns.

    Raises UserError for a file without scores.
    """
    rows = []
    for path in files:
        try:
            about = json.loads(Path(path).read_bytes())
            rows += [{**about, "metric": metric, **score} for metric, score in about["scores"].items()]
        except FileNotFoundError:
            continue
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UserError(f"{path}: holds no scores; delete it, and run the workflow again") from None
    return pd.DataFrame(rows, columns=list(columns))
