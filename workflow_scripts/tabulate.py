"""Make a table of scores: `python -m workflow_scripts.tabulate --study … --table main PREFIX a.json b.json …`.

Writes PREFIX.tsv, .md, .tex and .html: rows systems, columns directions, and beside each score the difference to the
table's baseline.
"""

from pathlib import Path

import pandas as pd

from model.command import parser, run
from workflow_scripts.collect_scores import collect, write_table
from workflow_scripts.study import Study, read_study

METRIC_NAMES = {"sacrebleu": "sacreBLEU", "tokenised_bleu": "tokenised BLEU", "chrf": "chrF"}


def tabulate(scores: pd.DataFrame, study: Study, name: str) -> pd.DataFrame:
    """The table as text cells: a row a metric, test set and system; a column a direction, and their mean."""
    table = study.tables[name]
    scores = scores[scores.metric.isin(table.metrics)].copy()
    scores["direction"] = scores.source + "→" + scores.target
    columns = list(dict.fromkeys(scores.direction))
    wide = scores.pivot_table(index=["metric", "test_set", "system"], columns="direction", values="score")[columns]
    wide["mean"] = wide.mean(axis=1)
    rows = []
    for metric in table.metrics:
        for test_set in table.test_sets:
            baseline = wide.loc[metric, test_set, table.baseline] if table.baseline else None
            for system in table.runs:
                row = wide.loc[metric, test_set, system]
                differences = None if system == table.baseline or baseline is None else row - baseline
                label = study.runs[system].label or system
                rows.append(
                    {"metric": METRIC_NAMES[metric], "test set": test_set, "system": label, **_cells(row, differences)}
                )
    return pd.DataFrame(rows)


def _cells(row: pd.Series, differences: pd.Series | None) -> dict[str, str]:
    """`31.7` or `31.7 (+17.2)`, a dash where there is no score."""
    cells = {}
    for column, value in row.items():
        difference = "" if differences is None or pd.isna(differences[column]) else f" ({differences[column]:+.1f})"
        cells[str(column)] = "–" if pd.isna(value) else f"{value:.1f}{difference}"
    return cells


def main() -> None:
    """Write one table in four formats."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--table", required=True)
    arguments.add_argument("prefix", type=Path)
    arguments.add_argument("scores", type=Path, nargs="+")
    options = arguments.parse_args()
    frame = tabulate(collect(options.scores), read_study(options.study), options.table)
    write_table(frame, Path(f"{options.prefix}.tsv"))
    texts = {
        "md": frame.to_markdown(index=False, disable_numparse=True) + "\n",
        "tex": frame.to_latex(index=False),
        "html": frame.to_html(index=False, border=0),
    }
    for ending, text in texts.items():
        part = Path(f"{options.prefix}.{ending}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(f"{options.prefix}.{ending}")


if __name__ == "__main__":
    run(main)
