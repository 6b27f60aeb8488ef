"""Write the report of a study: `python -m workflow_scripts.report.report --settings … RESULTS report.html`.

The report is one HTML file that opens without network. It has tables that a click on a heading sorts, figures, sample
translations, the corpora and what cleaning dropped from them, the coverage of dictionaries, the settings of each model,
the time and memory of the jobs, the whole study, and the versions of the packages.
"""

import csv
import json
import platform
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from model.command import parser, run
from model.config.run import RunConfig, read_run
from model.text.lines import read_lines
from model.writing import whole_file
from workflow_scripts.jobs.benchmarks import costs, gpus_used
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.report import Report
from workflow_scripts.tables.tabulate_samples import samples
from workflow_scripts.text.held_out import shared_segments

FOLDER = Path(__file__).parent
TEMPLATE = "report.html.jinja"
SIZES = ("width", "feedforward", "heads", "encoder_layers", "decoder_layers")


def gather(settings: Report, results: Path) -> dict[str, Any]:
    """What the template shows, from the files of the default target and the benchmarks of the jobs."""
    study, models = settings.study, settings.models
    cleaning = {text: _json(results / "text" / f"{text}.report.json") for text in settings.texts}
    tables = {name: _read(results / "tables" / f"{name}.html") for name in settings.tables}
    of_scores = {name for name, table in study["tables"].items() if table["kind"] == "scores"}
    figures = {name: _read(results / "figures" / f"{name}.svg") for name in settings.figures}
    return {
        "study": study,
        "tables": {name: table for name, table in tables.items() if name in of_scores},
        "others": {name: table for name, table in tables.items() if name not in of_scores},
        "figures": {name: inlined(svg, name) for name, svg in figures.items()},
        "crossings": {
            name: _rows(results / "figures" / f"{name}.crossings.tsv")
            for name in figures
            if study["figures"][name]["kind"] == "learning_curves"
        },
        "samples": samples(results, settings.translations),
        "corpora": {path: _json(Path(f"{path}.json")) | {"licence": of} for path, of in settings.fetched.items()},
        "cleaning": cleaning,
        "reasons": list(dict.fromkeys(reason for report in cleaning.values() for reason in report["dropped"])),
        "coverage": {variant: _rows(Path(table)) for variant, table in settings.coverage.items()},
        "testsets": {
            name: {f.stem: sum(map(bool, read_lines(f))) for f in sorted((results / "testsets" / name).glob("*.txt"))}
            for name in study["testsets"]
        },
        "shared": shared_with_dev(results / "testsets", study["dev_set"], study["testsets"]),
        "labels": settings.labels,
        "runs": {name: described(results / "runs" / name) for name in models},
        "costs": costs(results / "benchmarks", gpus_used(results / "runs", models)),
        "settings": yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=100),
        "versions": versions(),
    }


def shared_with_dev(testsets: Path, dev: str, names: Iterable[str]) -> dict[str, int]:
    """Set → the number of segments that the dev set shares with it, if any. Prints a warning for each."""
    found = {name: shared_segments(testsets / dev, testsets / name) for name in names if name != dev}
    for name, count in found.items():
        if count:
            said = f"{count} segments stand in {name} too, and {dev} chooses the weights; take other segments"
            print(f"warning: testsets.{dev}: {said}", file=sys.stderr)
    return {name: count for name, count in found.items() if count}


def page(shown: dict[str, Any]) -> str:
    """The report as HTML. shown: what `gather` returns. Tables and figures are escaped already; the rest is here."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        autoescape=True, trim_blocks=True, loader=FileSystemLoader(FOLDER), undefined=StrictUndefined
    )
    return templates.get_template(TEMPLATE).render(shown)


def inlined(svg: str, name: str) -> str:
    """A figure as part of a page: with a name for screen readers, and with ids that no other figure has."""
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{name}-", svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{name.replace("_", " ")}"', 1)


def described(folder: Path) -> dict[str, Any]:
    """A run in the table of models: its start, objectives, sizes, and training settings that are not the default."""
    config, trained = read_run(folder / "run.json"), _json(folder / "model" / "config.json")
    return {
        "init": config.init,
        "learns": [*(task.objective for task in config.tasks), *_passes(config)],
        "sizes": {key: trained["model"][key] for key in SIZES},
        "training": config.training.model_dump(exclude_defaults=True),
        **trained["about"],
    }


def _passes(config: RunConfig) -> list[str]:
    distillation = config.intra_distillation
    return [f"intra-distillation ({distillation.passes} passes, alpha {distillation.alpha:g})"] if distillation else []


def versions() -> dict[str, str]:
    """Package → installed version, of Python and of all packages that this project depends on."""
    project = tomllib.loads(_read(FOLDER.parents[1] / "pyproject.toml"))["project"]
    names = [re.split(r"[^\w.-]", requirement)[0] for requirement in project["dependencies"]]
    return {"Python": platform.python_version(), **{name: _version(name) for name in names}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _json(path: Path) -> dict[str, Any]:
    return json.loads(_read(path))


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(read_lines(path), delimiter="\t"))


def main() -> None:
    """Write the report."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("results", type=Path)
    arguments.add_argument("report", type=Path)
    options = arguments.parse_args()
    made = page(gather(read_settings(Report, options.settings), options.results))
    with whole_file(options.report) as part:
        part.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    run(main)
