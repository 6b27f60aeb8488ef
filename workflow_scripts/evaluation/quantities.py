"""The numbers that the table of a figure comes down to, for each of its models: what a claim can be about.

The settings of a figure name its quantities (workflow_scripts/study/figures.py).
"""

from collections.abc import Callable

import pandas as pd

COLUMNS = ["run", "quantity", "value"]


def of_correlation(data: pd.DataFrame) -> pd.DataFrame:
    """The mean correlation of any two languages, for `all`, the `high` tenth or the `low` rest of the parameters."""
    some = data[data["language"] < data["other"]]
    return _means(some, "part", "correlation")


def of_task_correlation(data: pd.DataFrame) -> pd.DataFrame:
    """The mean over languages of the correlation of two objectives, for `all`, `high` or `low` parameters."""
    some = data[data["objective"] < data["other"]]
    return _means(some, "part", "correlation")


def of_violin(data: pd.DataFrame) -> pd.DataFrame:
    """The `standard deviation` of sensitivity, and its quantiles `0.25`, `0.5` and `0.75`."""
    some = data[data["measure"] != "density"].sort_values("measure", ascending=False, kind="stable")
    named = some["at"].map("{:g}".format).where(some["measure"] == "quantile", some["measure"])
    return _means(some.assign(quantity=named), "quantity", "value")


def of_pruning(data: pd.DataFrame) -> pd.DataFrame:
    """The mean drop over directions, by the share of the parameters that is zero, as `0.3`."""
    some = data[data["ratio"] > 0]
    return _means(some.assign(quantity=some["ratio"].map("{:g}".format)), "quantity", "drop")


def of_similarity(data: pd.DataFrame) -> pd.DataFrame:
    """Means over dictionaries of the cosine of `translations`, of words at `random`, and of how much the first is
    `above` the second.
    """
    found = data.rename(columns={"model": "run", "cosine": "translations", "random_cosine": "random"})
    found = found.assign(above=found["translations"] - found["random"])
    long = found.melt("run", ["above", "translations", "random"], "quantity", "value")
    return _means(long, "quantity", "value")


def of_retrieval(data: pd.DataFrame) -> pd.DataFrame:
    """The mean over directions of the share of lines whose nearest line is their translation: `accuracy`."""
    found = data.rename(columns={"model": "run"}).assign(quantity="accuracy")
    return _means(found, "quantity", "accuracy")


def _means(data: pd.DataFrame, quantity: str, value: str) -> pd.DataFrame:
    means = data.groupby(["run", quantity], sort=False)[value].mean().reset_index()
    return means.set_axis(COLUMNS, axis=1)


# Kind of figure → its quantities: COLUMNS, of the table of the figure.
KINDS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "correlation": of_correlation,
    "task_correlation": of_task_correlation,
    "violin": of_violin,
    "pruning": of_pruning,
    "similarity": of_similarity,
    "retrieval": of_retrieval,
}
