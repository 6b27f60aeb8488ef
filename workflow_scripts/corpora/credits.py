"""List the corpora of a study with their licences, and what to cite.

`python -m workflow_scripts.corpora.credits --settings s.json TEXT CORPORA.md`.

CORPORA.md has a line for each file, from its manifest (datasets, size, licence, sha256), a line for each text with what
each filter dropped, and the BibTeX entries of everything to be cited.
"""

import json
import re
from pathlib import Path
from typing import Any

from tabulate import tabulate

from model.command import parser, run
from model.text.lines import write_lines
from workflow_scripts.settings.corpora import CreditedFile, Crediting
from workflow_scripts.settings.record import read_settings
from workflow_scripts.sources.datasets import SOURCES_FOLDER
from workflow_scripts.sources.needs import size

BIBLIOGRAPHY = SOURCES_FOLDER / "citations.bib"


def bibliography() -> dict[str, str]:
    """Key → BibTeX entry of everything that the catalogue cites."""
    entries = re.split(r"\n(?=@)", "\n" + BIBLIOGRAPHY.read_text(encoding="utf-8"))
    return {match[1]: entry.strip() for entry in entries if (match := re.match(r"@\w+\{([^,\s]+)", entry))}


def files_table(files: dict[str, CreditedFile], manifests: dict[str, dict[str, Any]]) -> list[str]:
    """A line for each file: the datasets of the study in it, size, licence, path, checksum."""
    rows = []
    for path, file in files.items():
        about = manifests[path]
        row = ("<br>".join(file.datasets), size(about["bytes"]), file.licence, f"`{path}`", f"`{about['sha256']}`")
        rows.append(row)
    return tabulate(rows, headers=("datasets", "size", "licence", "file", "sha256"), tablefmt="pipe").split("\n")


def cleaning_table(reports: dict[str, dict[str, Any]]) -> list[str]:
    """A line for each text: segments in, segments out, and how many each filter dropped."""
    reasons = list(dict.fromkeys(reason for report in reports.values() for reason in report["dropped"]))
    rows = [
        (text, report["lines_in"], report["lines_out"], *(report["dropped"].get(reason, 0) for reason in reasons))
        for text, report in reports.items()
    ]
    total = ("all", *(sum(column) for column in list(zip(*rows, strict=True))[1:]))
    headers = ("text", "in", "out", *(reason.replace("_", " ") for reason in reasons))
    table = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in (*rows, total)]
    alignment = ("left", *["right"] * (len(headers) - 1))
    return tabulate(table, headers=headers, tablefmt="pipe", colalign=alignment, disable_numparse=True).split("\n")


def credits_of(settings: Crediting, folder: Path) -> list[str]:
    """The lines of CORPORA.md, from the manifests of all files of the study. folder: has the cleaning reports."""
    manifests = {path: json.loads(Path(f"{path}.json").read_text()) for path in settings.files}
    reports = {text: json.loads((folder / f"{text}.report.json").read_text()) for text in settings.texts}
    fetched = size(sum(m["bytes"] for m in manifests.values()))
    known = bibliography()
    cited = [known[key] for key in settings.citations]
    return [
        f"# The text of the study {settings.study}",
        "",
        f"{len(manifests)} files were fetched, {fetched} in all. Licences are as the sources state them.",
        "",
        *(files_table(settings.files, manifests) if settings.files else []),
        "",
        *([f"The user's own text: {', '.join(settings.own)}.", ""] if settings.own else []),
        "## What is left of it",
        "Segments, or pairs of them, and by which reason the others were dropped: the first that applied.",
        "",
        *cleaning_table(reports),
        "",
        *(["## To be cited", "", "```bibtex", *"\n\n".join(cited).split("\n"), "```"] if cited else []),
    ]


def main() -> None:
    """Write CORPORA.md."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("text", type=Path, help="folder with the cleaning reports")
    arguments.add_argument("output")
    options = arguments.parse_args()
    write_lines(options.output, credits_of(read_settings(Crediting, options.settings), options.text))


if __name__ == "__main__":
    run(main)
