"""Say what a study's text is and whose: `python -m workflow_scripts.credits --study study.json CORPORA.md`.

One line a file from its manifest (datasets, bytes, sha256, licence), then the BibTeX of all that is to be cited.
"""

import json
import re
from pathlib import Path

from tabulate import tabulate

from model.command import parser, run
from model.lines import write_lines
from workflow_scripts.catalogue import size
from workflow_scripts.datasets import SOURCES_FOLDER
from workflow_scripts.plan import all_dictionaries
from workflow_scripts.study import Study, read_study
from workflow_scripts.supplies import needs

BIBLIOGRAPHY = SOURCES_FOLDER / "citations.bib"


def bibliography() -> dict[str, str]:
    """Key → BibTeX entry of all that the catalogue cites."""
    entries = re.split(r"\n(?=@)", "\n" + BIBLIOGRAPHY.read_text(encoding="utf-8"))
    return {match[1]: entry.strip() for entry in entries if (match := re.match(r"@\w+\{([^,\s]+)", entry))}


def credits_of(study: Study) -> list[str]:
    """Lines of CORPORA.md, from the manifests of all files that the study needs."""
    manifests = {path: json.loads(Path(f"{path}.json").read_text()) for path in needs(study, all_dictionaries(study))}
    rows = [
        (
            "<br>".join(m["datasets"]),
            size(m["bytes"]),
            m["licence"],
            f"`{path}`",
            f"`{m['sha256']}`",
        )
        for path, m in manifests.items()
    ]
    total = size(sum(m["bytes"] for m in manifests.values()))
    own = sorted({item.id for item in [*study.corpora, *study.monolingual] if item.dataset.source == "file"})
    known = bibliography()
    cited = sorted({m["citation"] for m in manifests.values() if m["citation"]})
    return [
        f"# The text of the study {study.study}",
        "",
        f"{len(rows)} files were fetched, {total} in all. A licence is what the source states, not legal advice.",
        "",
        *tabulate(rows, headers=("datasets", "size", "licence", "file", "sha256"), tablefmt="pipe").split("\n"),
        "",
        *([f"The user's own text: {', '.join(own)}.", ""] if own else []),
        *(
            ["## To be cited", "", "```bibtex", *"\n\n".join(known[key] for key in cited).split("\n"), "```"]
            if cited
            else []
        ),
    ]


def main() -> None:
    """Write CORPORA.md."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("output")
    options = arguments.parse_args()
    write_lines(options.output, credits_of(read_study(options.study)))


if __name__ == "__main__":
    run(main)
