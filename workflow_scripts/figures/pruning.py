"""What a model loses where the parameters that a language needs least are set to zero: a line a run.

Xu et al. 2023, figures 3 and 9.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from workflow_scripts.figures.settings import SensitivitySettings
from workflow_scripts.table_schema import MetricName

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

Ratio = Annotated[float, Field(gt=0, le=0.9)]  # a tenth is spared


class Settings(SensitivitySettings):
    """What a study says of it."""

    kind: Literal["pruning"] = "pruning"
    ratios: list[Ratio] = Field([0.1, 0.2, 0.3, 0.4, 0.5], min_length=1, description="shares of the weights that go")
    test_set: str = "test"
    metric: MetricName = "sacrebleu"


def draw(data: "DataFrame") -> "Figure":
    """data: `run`, `language`, `source`, `target`, `metric`, `ratio`, `drop`; a row a direction of a pruned model."""
    from matplotlib.figure import Figure

    figure = Figure((4.6, 3.4), layout="tight")
    axis = figure.subplots()
    for run, rows in data.groupby("run", sort=False):
        means = rows.groupby("ratio")["drop"].mean()
        axis.plot(100 * means.index, means, "o-", markersize=4, label=run)
    axis.set_xlabel("parameters set to zero (%)")
    axis.set_ylabel(f"drop in {data['metric'].iloc[0].replace('_', ' ')}, mean over directions")
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, fontsize="small")
    return figure
