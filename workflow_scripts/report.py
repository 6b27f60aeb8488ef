"""Write the report of a study: `python -m workflow_scripts.report --study study.json RESULTS report.html`.

One HTML file that opens without network: tables, figures, sample translations, what each corpus gave and what was
dropped from it and why, and the settings of every model.
"""

import json
from pathlib import Path
from typing import Any

from model.command import parser, run
from model.lines import read_lines
from workflow_scripts.plan import all_dictionaries, table_models, trained_models
from workflow_scripts.score import scored_lines
from workflow_scripts.study import Study, read_study
from workflow_scripts.supplies import needs, texts
from workflow_scripts.text import read_testset

TEMPLATE = Path(__file__).with_name("report.html.jinja")
SAMPLES = 5


def gather(study: Study, results: Path) -> dict[str, Any]:
    """What the template shows, from files of the study's default target alone."""
    tables = [name for name, table in study.tables.items() if table.default]
    scores = list(dict.fromkeys(s for name in tables for s in table_models(study, name)))
    models = trained_models(study)
    shown = [n for n in models if (results / "runs" / n / "model" / "config.json").exists()]
    return {
        "study": study,
        "tables": {name: (results / "tables" / f"{name}.html").read_text() for name in tables},
        "figures": {
            name: _svg(results / "figures" / f"{name}.svg") for name, figure in study.figures.items() if figure.default
        },
        "cleaning": {pair: _json(results / "text" / f"{pair}.report.json") for pair in texts(study)},
        "corpora": {path: _json(Path(f"{path}.json")) for path in needs(study, all_dictionaries(study))},
        "testsets": {
            name: {f.stem: sum(map(bool, read_lines(f))) for f in sorted((results / "testsets" / name).glob("*.txt"))}
            for name in study.testsets
        },
        "runs": {n: {**_json(results / "runs" / n / "run.json"), **_about(results / "runs" / n)} for n in shown},
        "samples": samples(results, scores),
    }


def samples(results: Path, scores: list[tuple[str, str, str]]) -> dict[str, list[dict[str, Any]]]:
    """Test set and direction → some segments, evenly spread over it, with what each system made of them."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for name, testset, direction in scores:
        folder, hypotheses = results / "testsets" / testset, results / "translations" / name
        pairs = read_testset(folder, direction)
        count = min(SAMPLES, len(pairs))
        chosen = [len(pairs) * (2 * n + 1) // (2 * count) for n in range(count)]
        fresh = [{"source": pairs[i][0], "reference": pairs[i][1], "hypotheses": {}} for i in chosen]
        rows = shown.setdefault(f"{testset}: {direction}", fresh)
        found, _ = scored_lines(folder, direction, hypotheses / f"{testset}.{direction}.txt")
        for row, i in zip(rows, chosen, strict=True):
            row["hypotheses"][name.split("/")[0]] = found[i]
    return shown


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _about(folder: Path) -> dict[str, Any]:
    return _json(folder / "model" / "config.json")["about"]


def _svg(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]


def main() -> None:
    """Write the report."""
    from jinja2 import Environment

    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("results", type=Path)
    arguments.add_argument("report", type=Path)
    options = arguments.parse_args()
    shown = gather(read_study(options.study), options.results)
    page = Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8")).render(shown)
    part = options.report.with_name(options.report.name + ".part")
    part.write_text(page, encoding="utf-8")
    part.replace(options.report)


if __name__ == "__main__":
    run(main)
