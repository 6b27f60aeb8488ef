"""How near words are to their translations: bars, with a group for each dictionary and a colour for each model.

Lin et al. 2020, figure 3. A line across each bar shows the same for words that are no translations of each other.
"""

from typing import TYPE_CHECKING

from workflow_scripts.figures.panels import bars

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def draw(data: "DataFrame") -> "Figure":
    """data: `model`, `source`, `target`, `cosine`, `random_cosine`; a row for each model and dictionary."""
    from matplotlib.figure import Figure

    data = data.assign(dictionary=data["source"] + "-" + data["target"])
    models, dictionaries = data["model"].unique(), data["dictionary"].unique()
    cosines, at_random = (
        data.pivot(index="dictionary", columns="model", values=column).reindex(index=dictionaries, columns=models)
        for column in ("cosine", "random_cosine")
    )
    width = 2.4 + 0.5 * len(dictionaries)
    figure = Figure((width, 3.4), layout="constrained")
    axis = figure.subplots()
    bars(axis, cosines, at_random, "words at random")
    axis.tick_params("x", rotation=90 if len(dictionaries) > 8 else 0)
    axis.set_ylabel("mean cosine of words\nand their translations")
    beside = int(12 * width / (6 + max(map(len, models))))  # labels that fit beside each other
    columns = max(1, min(beside, len(models) + 1))
    figure.legend(loc="outside upper center", ncols=columns, frameon=False, fontsize="small")
    return figure
