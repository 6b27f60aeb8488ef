"""Make a table of scores: `python -m workflow_scripts.tabulate --study … --table main PREFIX a.json b.json …`.

Writes PREFIX.tsv, .md, .tex and .html: rows systems, columns directions, and beside each score the difference to the
table's baseline.
"""

from pathlib import Path

import pandas as pd

from model.command import parser, run
from workflow_scripts.collect_scores import collect, write_table
from workflow_scripts.languages import pair_of
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
            columns = {group: set(pairs) for group, pairs in table.groups.items()}
            by_system = {system: _values(some[some.system == system], directions, columns) for system in table.runs}
            baseline = by_system.get(table.baseline or "", {})
            for system, values in by_system.items():
                about = {"metric": METRIC_NAMES[metric], "test set": test_set}
                about["system"] = study.runs[system].label or system
                compared = {} if system == table.baseline else baseline
                rows.append({**about, **{column: _cell(values[column], compared.get(column)) for column in values}})
    return pd.DataFrame(rows).fillna("–")


def _values(scores: pd.DataFrame, directions: int, groups: dict[str, set[str]]) -> dict[str, float]:
    """`en→gl` → score, in the order of the files; the mean of each group of pairs; and that of all.

    The last only where the system has all directions of the table, and that of a group where it has all its pairs.
    """
    rows = list(zip(scores.source, scores.target, scores.score, strict=True))
    values = {f"{source}→{target}": score for source, target, score in rows}
    means = {}
    for name, pairs in groups.items():
        of_group = [(pair_of(f"{s}-{t}"), score) for s, t, score in rows if pair_of(f"{s}-{t}") in pairs]
        if {pair for pair, _ in of_group} == pairs:
            means[name] = sum(score for _, score in of_group) / len(of_group)
    if len(values) == directions:
        means["mean"] = sum(values.values()) / directions
    return {**values, **means}


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
