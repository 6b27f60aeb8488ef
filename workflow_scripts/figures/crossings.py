"""Where learning curves cross, and whether they still fall: numbers for the figure `learning_curves`.

A curve of a run with several seeds is the mean of their curves. Between evaluations, curves are straight lines.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pandas import DataFrame, Series

LAST = 0.2  # the part of a training, up to its end, whose change of dev loss says whether the curve still falls


class Quantity(NamedTuple):
    """A column of the data, and how it is drawn."""

    name: str
    label: str
    best: Callable[["Series[float]"], int]  # the place of the best value
    sign: int  # 1: the lower the better; -1: the higher


QUANTITIES = (
    Quantity("dev_loss", "dev loss (nats a subword)", lambda values: int(values.argmin()), 1),
    Quantity("dev_bleu", "dev BLEU, greedy", lambda values: int(values.argmax()), -1),
)


def over_seeds(rows: "DataFrame", quantity: str) -> "DataFrame":
    """`mean`, `low` and `high` over the seeds of one model by update, at the updates that all seeds have.

    rows: `seed`, `update` and the quantity; a row an evaluation.
    """
    values = rows.pivot(index="update", columns="seed", values=quantity).dropna()
    return pd.DataFrame({"mean": values.mean(axis=1), "low": values.min(axis=1), "high": values.max(axis=1)})


def crossing(curve: "Series[float]", baseline: "Series[float]", sign: int) -> float | None:
    """The update from which on a curve stays better than another, up to the end of the shorter one; None if never.

    Both: values by update. If it is better at all updates that both have, this is the first of them.
    """
    if not len(curve) or not len(baseline):
        return None
    first, last = max(curve.index[0], baseline.index[0]), min(curve.index[-1], baseline.index[-1])
    updates = np.unique([*curve.index, *baseline.index])
    updates = updates[(updates >= first) & (updates <= last)]
    if not len(updates):
        return None
    behind = sign * (_at(curve, updates) - _at(baseline, updates))
    not_better = np.flatnonzero(behind >= 0)
    if not len(not_better):
        return float(first)
    place = not_better[-1]
    if place == len(updates) - 1:
        return None
    share = behind[place] / (behind[place] - behind[place + 1])
    return float(updates[place] + share * (updates[place + 1] - updates[place]))


def last_change(loss: "Series[float]") -> float | None:
    """The change of a loss by update over the last fifth of the updates, for each 1,000 of them.

    None if the first evaluation is later than the beginning of this fifth.
    """
    if not len(loss) or (begin := (1 - LAST) * (end := loss.index[-1])) < loss.index[0]:
        return None
    return float((loss.iloc[-1] - _at(loss, begin)) / (end - begin) * 1000)


def _at(curve: "Series[float]", updates: "np.ndarray | float") -> np.ndarray:
    return np.asarray(np.interp(updates, curve.index, curve))


def of_models(data: "DataFrame") -> Iterator[tuple[str, str | None, "DataFrame"]]:
    """(model, its baseline or None, its rows) of each model of a figure's table."""
    for model, rows in data.groupby("model", sort=False):
        baseline = rows["baseline"].iloc[0]
        yield str(model), baseline if isinstance(baseline, str) else None, rows


def crossings(data: "DataFrame") -> "DataFrame":
    """A row for each model of a figure: `model`, `seeds`, `updates`, `dev_loss`, `change` and its crossings.

    `updates` and `dev_loss` are of the last evaluation that all seeds have, `change` is `last_change`. With a
    `baseline`, `dev_loss_from` and `dev_bleu_from` are the updates from which on the model stays better.
    """
    models, found = list(of_models(data)), []
    curves = {model: {q.name: over_seeds(rows, q.name)["mean"] for q in QUANTITIES} for model, _, rows in models}
    for model, baseline, rows in models:
        loss = curves[model]["dev_loss"]
        end, last = (loss.index[-1], loss.iloc[-1]) if len(loss) else (None, None)
        row = {"model": model, "seeds": rows["seed"].nunique(), "updates": end, "dev_loss": last}
        row |= {"change": last_change(loss), "baseline": baseline}
        for q in QUANTITIES:
            other = curves[baseline][q.name] if baseline else None
            row[f"{q.name}_from"] = None if other is None else crossing(curves[model][q.name], other, q.sign)
        found.append(row)
    return pd.DataFrame(found)
