"""Write the card of a model: its directions, training data, scores and limits.

`python -m workflow_scripts.report.model_card --settings … RESULTS CARD.md`

The card has the form of the Hugging Face Hub: YAML between two lines of dashes, then text (Mitchell et al. 2019).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from model.command import parser, run
from model.config.run import RunConfig
from model.text.lines import read_lines, write_lines
from workflow_scripts.metrics import METRICS
from workflow_scripts.report.licences import asks_for, hub_name, strictest
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.report import Card
from workflow_scripts.sources.needs import size
from workflow_scripts.tables.forms import in_markdown

FOLDER = Path(__file__).parent
TEMPLATE = "model_card.md.jinja"
HUB_METRICS = {"tokenised_bleu": "bleu", "chrf++": "chrf"}  # metrics with another name on the Hub


def datasets(about: Card, results: Path) -> list[dict[str, Any]]:
    """A row for each dataset: its licences, the segments left of it, its bytes, the models trained with it."""
    counted = set()
    rows: dict[str, dict[str, Any]] = {}
    for use in about.datasets:
        dataset = use.dataset
        row = rows.setdefault(dataset, {"name": dataset, "licences": [], "segments": 0, "models": [], "bytes": 0})
        row["licences"] = sorted({*row["licences"], use.licence})
        report = _json(results / "text" / f"{use.name}.report.json") if use.kind == "text" else {"corpora": {}}
        left = report["corpora"].get(dataset, {}).get("lines_out", 0)
        if left or use.kind == "dictionary":
            row["models"] = list(dict.fromkeys([*row["models"], use.model]))
        if (dataset, use.name) not in counted:
            counted.add((dataset, use.name))
            row["segments"] += left
    for path, names in about.fetched.items():
        for dataset in names:
            rows[dataset]["bytes"] += _json(Path(f"{path}.json"))["bytes"]
    return [{**row, "size": size(row["bytes"]) if row["bytes"] else "–"} for row in rows.values()]


def front_matter(about: Card, names: list[str], scores: Sequence[dict[str, Any]]) -> str:
    """The YAML of the card, with the keys of the Hub. names: of datasets."""
    binding, languages = strictest(about.licences), [code.split("_")[0] for code in about.languages]
    licence = hub_name(binding)
    metrics = dict.fromkeys(HUB_METRICS.get(metric, metric) for score in scores for metric in score["scores"])
    matter = {
        "language": list(dict.fromkeys(languages)),
        "license": licence,
        **({"license_name": "that-of-its-data"} if licence == "other" else {}),
        "pipeline_tag": "translation",
        "tags": ["translation", *([] if len(about.directions) == 1 else ["multilingual"])],
        "datasets": names,
        "metrics": list(metrics),
    }
    return yaml.safe_dump({key: value for key, value in matter.items() if value}, sort_keys=False, allow_unicode=True)


def card(about: Card, results: Path) -> str:
    """The card as Markdown, with the scores of the default tables."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    scores, rows = [_json(Path(path)) for path in about.scores], datasets(about, results)
    folder, binding = results / "runs" / about.run / "model", strictest(about.licences)
    templates = Environment(
        trim_blocks=True, lstrip_blocks=True, loader=FileSystemLoader(FOLDER), undefined=StrictUndefined
    )
    templates.filters["text"] = lambda text: in_markdown(str(text))
    return templates.get_template(TEMPLATE).render(
        about=about,
        config=about.config,
        distillation=distillation_of(about.config),
        matter=front_matter(about, [row["name"] for row in rows], scores),
        datasets=rows,
        binding=binding,
        asked=list(dict.fromkeys(map(asks_for, binding))),
        scores=scores,
        metrics={key: metric.label for key, metric in METRICS.items()},
        unscored=[d for d in about.directions if d not in {f"{s['source']}-{s['target']}" for s in scores}],
        trained=_json(folder / "config.json"),
        pieces=len(read_lines(folder / "vocabulary.tsv")),
    )


def distillation_of(config: RunConfig) -> dict[str, Any]:
    """The settings of intra-distillation of a run, without p and q if its schedule does not use them."""
    if config.intra_distillation is None:
        return {}
    without = {"p", "q"} if config.intra_distillation.schedule == "constant" else set()
    return config.intra_distillation.model_dump(exclude_none=True, exclude=without)


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def main() -> None:
    """Write one card."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("results", type=Path)
    arguments.add_argument("card")
    options = arguments.parse_args()
    made = card(read_settings(Card, options.settings), options.results)
    write_lines(options.card, made.rstrip("\n").split("\n"))


if __name__ == "__main__":
    run(main)
