"""Figures, one module a kind: what a study says of it, and how it is drawn from a table."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from workflow_scripts.figures import correlation, learning_curves, pruning, task_correlation, violin
from workflow_scripts.figures.settings import FigureSettings

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
}
