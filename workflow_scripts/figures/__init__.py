"""Figures, one module a kind: what a study says of it, and how it is drawn from a table."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from model.command import UserError
from model.config import first_mistake, unknown
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


def parse_figure(name: str, entry: Any) -> FigureSettings:
    """A figure as a study writes it: of learning curves, where it names no other kind. Raises UserError."""
    if not isinstance(entry, dict):
        raise UserError(f"{name}: is no mapping; write for instance {{runs: [mrasp]}}")
    kind = str(entry.get("kind", "learning_curves"))
    if kind not in KINDS:
        raise UserError(f"{name}.kind: {unknown(kind, KINDS)}")
    try:
        return KINDS[kind].settings.model_validate(entry)
    except ValidationError as error:
        raise UserError(f"{name}: {first_mistake(error)}") from None
