"""Make a table of dev scores with several settings of the search, to choose one.

`python -m workflow_scripts.tables.tabulate_search --settings … DEV_SET PREFIX`.

PREFIX.md, .tex and .html have a row for each run, beam and patience, a column for each length penalty, and rows with
the mean of the runs. The best setting of each run is marked. Lines below say what to write into the study. PREFIX.tsv
has a row for each run, direction and setting, for the mean of the directions, and for the mean of the runs.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from model.command import UserError, parser, run
from model.text.lines import normalised, read_lines
from workflow_scripts.metrics import METRICS, Scored
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.tables import SearchTabulation, TunedModel
from workflow_scripts.tables.forms import write_forms

SETTING = ["beam", "patience", "length_penalty"]
VALUES = ["score", "ratio"]
COLUMNS = ["system", "source", "target", "metric", *SETTING, *VALUES, "segments", "signature", "best"]
DIGITS = 4  # of scores and ratios: equal to so many, two settings are equally good
MEAN = "mean"  # the row of all runs


def scores(table: SearchTabulation, dev_set: Path) -> pd.DataFrame:
    """A row for each system, direction and setting, in the order of the table, with COLUMNS but `best`.

    `ratio` is the number of words of the hypotheses divided by that of the references. Words are those of BLEU, whose
    brevity penalty begins below 1. dev_set: folder with {language}.txt. Raises UserError for a file that lacks a
    setting.
    """
    rows = [row for model in table.models for row in _of_model(model, table, dev_set)]
    return pd.DataFrame(rows, columns=COLUMNS[:-1])


def _of_model(model: TunedModel, table: SearchTabulation, dev_set: Path) -> Iterator[dict[str, Any]]:
    try:
        about = json.loads(Path(model.file).read_text(encoding="utf-8"))
        found = [(f"{row['source']}-{row['target']}", row) for row in about["translations"]]
        for direction in model.directions:
            source, target = direction.split("-")
            lines = (read_lines(dev_set / f"{code}.txt") for code in (source, target))
            sources, references = ([some[number - 1] for number in about["lines"][direction]] for some in lines)
            scored = Scored(target, sources, table.comet.path if table.comet else None)
            for asked in _settings(table):
                (row,) = [row for of, row in found if of == direction and all(row[key] == asked[key] for key in asked)]
                setting = {key: row[key] for key in SETTING}
                values = _scored(row["hypotheses"], references, scored, table.metric)
                yield {"system": model.system, "source": source, "target": target, **setting, **values}
    except (ValueError, TypeError, KeyError, IndexError):
        raise UserError(f"{model.file}: lacks a setting of the table; delete it, and run the workflow again") from None


def _settings(table: SearchTabulation) -> list[dict[str, float]]:
    """Each setting that the table tries, beams first, then patiences."""
    lists = {"beam": table.beams, "patience": table.patiences, "length_penalty": table.length_penalties}
    tried = {key: values for key, values in lists.items() if values}
    return [dict(zip(tried, values, strict=True)) for values in product(*tried.values())]


def _scored(hypotheses: list[str], references: list[str], scored: Scored, name: str) -> dict[str, Any]:
    texts, metric = [normalised(text) for text in hypotheses], METRICS[name].make(scored)  # as references are
    words = METRICS["sacrebleu"].make(scored).corpus_score(texts, [references])
    return {
        "metric": name,
        "score": round(metric.corpus_score(texts, [references]).score, DIGITS),
        "ratio": round(words.sys_len / max(words.ref_len, 1), DIGITS),
        "segments": len(references),
        "signature": str(metric.get_signature()),
    }


def with_means(found: pd.DataFrame, table: SearchTabulation) -> pd.DataFrame:
    """The scores, then their means over the directions of each system, then the means of these over systems.

    A mean has no `source` and `target`, and that over systems no `system`; nor has it a `beam` or `patience` where each
    run has its own. `best` is true for the best mean of a system and of all systems, the first of equal ones.
    """
    settings = [key for key in SETTING if _settings(table)[0].keys() & {key} or found[key].nunique() == 1]
    of_system = _means(found, ["system", *SETTING])
    of_all = _means(of_system, settings) if len(table.labels) > 1 else of_system[:0]
    means = pd.concat([of_system, of_all], ignore_index=True)
    chosen = means.groupby(means["system"].fillna(""), sort=False)["score"].idxmax()
    means = means.assign(metric=table.metric, best=means.index.isin(chosen))
    made = pd.concat([found.assign(best=False), means], ignore_index=True).reindex(columns=COLUMNS)
    return made.astype({"beam": "Int64", "segments": "Int64"})


def _means(found: pd.DataFrame, of: list[str]) -> pd.DataFrame:
    return found.groupby(of, sort=False)[VALUES].mean().round(DIGITS).reset_index()


def wide(made: pd.DataFrame, table: SearchTabulation) -> pd.DataFrame:
    """The means as text: `23.4 (0.97)` is a score with the ratio of lengths, `23.4 (0.97)*` the best of a system."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    shown = ["beam", "patience"] if table.patiences else ["beam"]
    for cell in made[made["source"].isna()].to_dict("records"):
        system = MEAN if pd.isna(cell["system"]) else table.labels[cell["system"]]
        own = {key: "–" if pd.isna(cell[key]) else f"{cell[key]:g}" for key in shown}
        row = rows.setdefault((str(cell["system"]), *own.values()), {"system": system, **own})
        row[f"penalty {cell['length_penalty']:g}"] = f"{cell['score']:.1f} ({cell['ratio']:.2f}){'*' * cell['best']}"
    return pd.DataFrame(list(rows.values()))


def notes(made: pd.DataFrame, table: SearchTabulation, dev_set: str) -> list[str]:
    """The lines below the table: what it shows, and what to write into the study for each run and for all of them."""
    counts = made["segments"].dropna()
    number = f"{counts.min():,}" if counts.min() == counts.max() else f"{counts.min():,} to {counts.max():,}"
    said = [
        f"{METRICS[table.metric].label} of {number} segments of each direction of {dev_set}, the mean over directions;"
        " in parentheses the words of the translations divided by those of the references",
        "*: the best of a run, and of the mean of all runs; of equal ones the first",
    ]
    if table.seeds:
        said.append("of a run with several seeds it is the model of the first")
    for cell in made[made["best"]].to_dict("records"):
        of_all = pd.isna(cell["system"])
        key = "search" if of_all else f"runs.{cell['system']}.search"
        value = ", ".join(f"{key}.{name}: {cell[name]:g}" for name in _settings(table)[0])
        name = "all runs alike" if of_all else table.labels[cell["system"]]
        said.append(f"for {name}: {value}{', which no run overrides' * of_all}{_at_the_end(cell, table)}")
    return said


def _at_the_end(cell: dict[Any, Any], table: SearchTabulation) -> str:
    """A hint where the best length penalty is the smallest or largest of several."""
    least, most, chosen = min(table.length_penalties), max(table.length_penalties), cell["length_penalty"]
    if least == most or chosen not in (least, most):
        return ""
    size = "larg" if chosen == most else "small"
    return f" (the {size}est here; try {size}er ones too)"


def main() -> None:
    """Write one table in four formats."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("dev_set", type=Path)
    arguments.add_argument("prefix", type=Path)
    options = arguments.parse_args()
    table = read_settings(SearchTabulation, options.settings)
    made = with_means(scores(table, options.dev_set), table)
    write_forms(options.prefix, made, wide(made, table), notes(made, table, options.dev_set.name))


if __name__ == "__main__":
    run(main)
