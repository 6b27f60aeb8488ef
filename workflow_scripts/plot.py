"""Draw learning curves: `python -m workflow_scripts.plot --root runs/ PREFIX mrasp direct/en-gl …`.

Writes PREFIX.svg and PREFIX.png: a panel a system: dev loss over updates, a line a model, its best point marked.
"""

import json
from pathlib import Path

from model.command import parser, run


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's metrics.jsonl."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def draw(curves: dict[str, list[dict[str, float]]], prefix: Path) -> None:
    """curves: model, as `system` or `system/direction`, → rows with `update` and `dev_loss`."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "learning curves"  # the same picture gives the same bytes
    from matplotlib import pyplot

    systems = list(dict.fromkeys(name.split("/")[0] for name in curves))
    figure, axes = pyplot.subplots(1, len(systems), figsize=(4.2 * len(systems), 3.4), sharey=True, squeeze=False)
    for axis, system in zip(axes[0], systems, strict=True):
        for name, rows in curves.items():
            if name.split("/")[0] != system:
                continue
            updates, losses = [row["update"] for row in rows], [row["dev_loss"] for row in rows]
            (line,) = axis.plot(updates, losses, label=name.removeprefix(f"{system}/"))
            best = losses.index(min(losses))
            axis.plot(updates[best], losses[best], "o", color=line.get_color(), markersize=5)
        axis.set(title=system, xlabel="updates")
        axis.grid(alpha=0.3)
        axis.legend(frameon=False, fontsize="small")
    axes[0][0].set_ylabel("dev loss (nats a subword)")
    figure.tight_layout()
    for ending, about in (("svg", {"Date": None}), ("png", {"Software": None})):
        figure.savefig(f"{prefix}.part", format=ending, dpi=150, metadata=about)
        Path(f"{prefix}.part").replace(f"{prefix}.{ending}")


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
