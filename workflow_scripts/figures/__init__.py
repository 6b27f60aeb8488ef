"""Figures, one module a kind: what a study says of it, and how it is drawn from a table."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from model.config import Strict
from workflow_scripts.figures import (
    correlation,
    gains,
    learning_curves,
    projection,
    pruning,
    retrieval,
    scores,
    similarity,
    sizes,
    task_correlation,
    violin,
)
from workflow_scripts.figures.settings import FigureSettings
from workflow_scripts.schema import parse_kind

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Kind(NamedTuple):
    """A kind of figure."""

    settings: type[FigureSettings]
    draw: Callable[["DataFrame"], "Figure"]  # what the table holds stands in its docstring


KINDS = {
    "learning_curves": Kind(learning_curves.Settings, learning_curves.draw),
    "correlation": Kind(correlation.Settings, correlation.draw),
    "task_correlation": Kind(task_correlation.Settings, task_correlation.draw),
    "violin": Kind(violin.Settings, violin.draw),
    "pruning": Kind(pruning.Settings, pruning.draw),
    "similarity": Kind(similarity.Settings, similarity.draw),
    "projection": Kind(projection.Settings, projection.draw),
    "retrieval": Kind(retrieval.Settings, retrieval.draw),
    "scores": Kind(scores.Settings, scores.draw),
    "gains": Kind(gains.Settings, gains.draw),
    "sizes": Kind(sizes.Settings, sizes.draw),
}


USUAL_KIND = "learning_curves"  # of a figure that names none


def parse_figure(entry: Any) -> Strict:
    """A figure as a study writes it."""
    return parse_kind(entry, {name: kind.settings for name, kind in KINDS.items()}, USUAL_KIND)
