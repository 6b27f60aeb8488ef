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
    rows = []
    for metric in table.metrics:
        for test_set in table.test_sets:
            some = scores[(scores.metric == metric) & (scores.test_set == test_set)]
            directions = some[["source", "target"]].drop_duplicates().shape[0]
            by_system = {system: _by_direction(some[some.system == system], directions) for system in table.runs}
            baseline = by_system.get(table.baseline or "", {})
            for system, values in by_system.items():
                about = {"metric": METRIC_NAMES[metric], "test set": test_set}
                about["system"] = study.runs[system].label or system
                compared = {} if system == table.baseline else baseline
                rows.append({**about, **{column: _cell(values[column], compared.get(column)) for column in values}})
    return pd.DataFrame(rows).fillna("–")


def _by_direction(scores: pd.DataFrame, directions: int) -> dict[str, float]:
    """`en→gl` → score, in the order of the files, and their mean where the system has all directions of the table."""
    values = {f"{s}→{t}": score for s, t, score in zip(scores.source, scores.target, scores.score, strict=True)}
    return {**values, "mean": sum(values.values()) / directions} if len(values) == directions else values


def _cell(value: float, baseline: float | None) -> str:
    """`31.7`, or `31.7 (+17.2)` beside a baseline."""
    return f"{value:.1f}" if baseline is None else f"{value:.1f} ({value - baseline:+.1f})"


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
        "tex": frame.to_latex(index=False, escape=True).replace("→", r"$\to$").replace("–", "--"),
        "html": frame.to_html(index=False, border=0),
    }
    for ending, text in texts.items():
        part = Path(f"{options.prefix}.{ending}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(f"{options.prefix}.{ending}")


if __name__ == "__main__":
    run(main)
