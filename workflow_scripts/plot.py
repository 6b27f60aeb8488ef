"""Draw learning curves: `python -m workflow_scripts.plot --root runs/ PREFIX mrasp direct/en-gl …`.

Writes PREFIX.svg and PREFIX.png: a column of panels a system, a line a model, its best point marked. The first row
shows the dev loss over updates, the second the dev BLEU of the models that have one.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from model.command import parser, run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Rows = list[dict[str, float]]


class Quantity(NamedTuple):
    """A column of metrics.jsonl, and how it is drawn."""

    name: str
    label: str
    best: Callable[[Iterable[float]], float]


QUANTITIES = (Quantity("dev_loss", "dev loss (nats a subword)", min), Quantity("dev_bleu", "dev BLEU, greedy", max))


def read_metrics(folder: Path) -> Rows:
    """The rows of a run's metrics.jsonl."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def draw(curves: dict[str, Rows], prefix: Path) -> None:
    """curves: model, as `system` or `system/direction`, → rows with `update`, `dev_loss` and maybe `dev_bleu`."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "learning curves"  # the same picture gives the same bytes
    from matplotlib import pyplot

    systems = list(dict.fromkeys(name.split("/")[0] for name in curves))
    shown = [q for q in QUANTITIES if any(q.name in row for rows in curves.values() for row in rows)]
    size = (4.2 * len(systems), 3.4 * len(shown))
    figure, axes = pyplot.subplots(len(shown), len(systems), figsize=size, sharex="col", sharey="row", squeeze=False)
    for panels, quantity in zip(axes, shown, strict=True):
        for axis, system in zip(panels, systems, strict=True):
            of_system = {n.removeprefix(f"{system}/"): r for n, r in curves.items() if n.split("/")[0] == system}
            _panel(axis, of_system, quantity)
        panels[0].set_ylabel(quantity.label)
    for axis, system in zip(axes[0], systems, strict=True):
        axis.set_title(system)
    for axis in axes[-1]:
        axis.set_xlabel("updates")
    figure.tight_layout()
    for ending, about in (("svg", {"Date": None}), ("png", {"Software": None})):
        figure.savefig(f"{prefix}.part", format=ending, dpi=150, metadata=about)
        Path(f"{prefix}.part").replace(f"{prefix}.{ending}")


def _panel(axis: "Axes", curves: dict[str, Rows], quantity: Quantity) -> None:
    for name, rows in curves.items():
        points = [(row["update"], row[quantity.name]) for row in rows if quantity.name in row]
        if not points:
            continue
        updates, values = zip(*points, strict=True)
        (line,) = axis.plot(updates, values, label=name)
        best = values.index(quantity.best(values))
        axis.plot(updates[best], values[best], "o", color=line.get_color(), markersize=5)
    axis.grid(alpha=0.3)
    if axis.lines:
        axis.legend(frameon=False, fontsize="small")


def main() -> None:
    """Draw one figure."""
    arguments = parser(__doc__)
    arguments.add_argument("prefix", type=Path)
    arguments.add_argument("--root", type=Path, required=True, help="folder of the runs")
    arguments.add_argument("runs", nargs="+")
    options = arguments.parse_args()
    draw({name: read_metrics(options.root / name) for name in options.runs}, options.prefix)


if __name__ == "__main__":
    run(main)
