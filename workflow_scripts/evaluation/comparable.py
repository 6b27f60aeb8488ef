"""Scores can be compared only if they are of the same segments and computed in the same way."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from model.command import UserError
from workflow_scripts.text.files import read_testset

SCORED = ["run", "test_set", "source", "target"]  # columns that identify a score, but for the metric


def digest_of(segments: Iterable[tuple[str, str]]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the (source, reference) segments that a direction is scored on.

    Lines that one of the two languages lacks are not among them, so other languages of a test set change nothing.
    """
    text = "".join(f"{source}\t{reference}\n" for source, reference in segments)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def outdated(scores: pd.DataFrame, testsets: Path) -> pd.Series:
    """Why each score cannot be used, because its test set has changed; empty if it can.

    scores: has `test_set`, `source`, `target`, `test_set_sha256` and `segments`. testsets: folder of all test sets. The
    result has the rows of `scores`.
    """

    @cache
    def now(test_set: str, source: str, target: str) -> tuple[str, int]:
        if not (testsets / test_set).is_dir():
            return "", 0
        segments = read_testset(testsets / test_set, f"{source}-{target}")
        return digest_of(segments), len(segments)

    columns = ["test_set", "source", "target", "test_set_sha256", "segments"]
    rows = [scores[column] for column in columns]
    return pd.Series(
        [_difference(digest, count, *now(*of)) for *of, digest, count in zip(*rows, strict=True)], scores.index, str
    )


def _difference(digest: object, count: object, digest_now: str, count_now: int) -> str:
    if (digest, count) == (digest_now, count_now):
        return ""
    if not isinstance(digest, str):
        return "its score file does not say on which test set it was scored; score it again"
    was = f"{count} segments, sha256 {digest}"
    is_now = f"{count_now} segments, {digest_now}" if digest_now else "gone"
    return f"scored on another test set ({was}; it is now {is_now}); score it again"


def check_signatures(scores: pd.DataFrame) -> None:
    """Raise UserError for two scores of one metric, test set and direction with different signatures.

    scores: has SCORED, `metric` and `signature`, with a row for each score.
    """
    same = ["metric", "test_set", "source", "target"]
    first = scores.groupby(same, sort=False)[["run", "signature"]].transform("first")
    other = scores[scores["signature"] != first["signature"]]
    if len(other):
        row, against = other.iloc[0], first.loc[other.index[0]]
        raise UserError(
            f"{row.metric} of {row.source}→{row.target} on {row.test_set}: {row.run} has the signature {row.signature}"
            f" and {against.run} {against.signature}; score both again with one sacreBLEU"
        )
