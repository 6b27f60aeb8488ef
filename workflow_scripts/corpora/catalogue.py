"""List, show and check the datasets of the catalogue: `python -m workflow_scripts.corpora.catalogue list|show|check …`.

list [WORD …]    a line for each corpus: id, kind, number of known datasets, status, licence and limits. Each word is a
                 source (opus), or a language (swh) or pair (en-eu) that the corpus must have
show ID          everything known of a dataset, with the addresses of its files and where they are kept
check STUDY      every file that a study needs, with address, size, licence, and whether it is at hand
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml
from tabulate import tabulate

from model.command import UserError, parser, run
from model.text.languages import canonical
from workflow_scripts.directions import codes
from workflow_scripts.plan.plan import Plan
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import PATTERN, DatasetId, Item, Record, catalogue, record_of
from workflow_scripts.sources.needs import is_at_hand, size, total, with_known_checksum
from workflow_scripts.sources.source import Resource
from workflow_scripts.study.read import read_study


def list_records(words: Sequence[str]) -> str:
    """A line for each corpus with all languages and pairs among the words, of the sources among them or of all."""
    sources = [word for word in words if word in SOURCES]
    wanted = [codes(word) for word in words if word not in SOURCES]
    rows = [
        (
            f"{name}:{key}",
            record.kind,
            len(record.datasets) or "",
            record.status,
            record.licence,
            ", ".join(record.limits),
        )
        for name in sources or SOURCES
        for key, record in catalogue(name).items()
        if key != PATTERN and all(_has(record, languages) for languages in wanted)
    ]
    headers = ("dataset", "kind", "known", "status", "licence", "limits")
    return tabulate(rows, headers=headers, tablefmt="plain", maxcolwidths=[None, None, None, None, 50, None])


def _has(record: Record, languages: tuple[str, ...]) -> bool:
    """Whether a pair is among the datasets of a record, or a language in any of them."""
    if len(languages) == 2:
        return record.find(languages) is not None
    return any(languages[0] in map(canonical, key.split("-")) for key in record.datasets)


def show(text: str) -> str:
    """Everything known of one dataset, as YAML. Raises UserError for an unknown dataset."""
    dataset = DatasetId.parse(text)
    if dataset.source not in SOURCES:
        raise UserError(f"unknown source {dataset.source!r}; known are {', '.join(SOURCES)}")
    record = record_of(dataset)
    about = record.model_dump(exclude_unset=True, exclude={"datasets"})
    if not dataset.languages:
        about["datasets"] = list(record.datasets)
    else:
        found = record.find(dataset.languages)
        about |= found[1].model_dump(exclude_unset=True) if found else {}
        files = SOURCES[dataset.source].resources(Item(id=text), dataset.languages)
        about["files"] = {resource.path: list(resource.addresses) for resource in files}
    listed = dataset.key in catalogue(dataset.source)
    note = "" if listed else "not in the catalogue: this follows from the pattern of the source; nobody saw it\n"
    return f"{dataset}\n{note}" + yaml.safe_dump(about, sort_keys=False, allow_unicode=True, width=120)


def check(path: str) -> str:
    """A table of the files that a study needs. Raises UserError for a dataset without an address."""
    study = read_study(path)
    found = Plan(study).supplies.needs
    rows = [
        (
            need.resource.path,
            size(need.resource.size),
            need.resource.licence,
            "yes" if is_at_hand(study, need.resource) else "no",
            "yes" if _pinned(need.resource) else "no",
            need.resource.item.record.status,
            need.resource.addresses[0],
        )
        for need in found.values()
    ]
    headers = ("file", "size", "licence", "at hand", "checksum known", "status", "address")
    return f"{tabulate(rows, headers=headers, tablefmt='plain')}\n{total(found.values())}"


def _pinned(resource: Resource) -> bool:
    expected = with_known_checksum(resource).expected
    return bool(expected.sha256 or expected.md5)


def main() -> None:
    """List, show or check."""
    arguments = parser(__doc__)
    commands = arguments.add_subparsers(dest="command", required=True, metavar="list|show|check")
    commands.add_parser("list").add_argument("words", nargs="*")
    commands.add_parser("show").add_argument("id")
    commands.add_parser("check").add_argument("study", type=Path)
    options: argparse.Namespace = arguments.parse_args()
    if options.command == "list":
        print(list_records(options.words))
    elif options.command == "show":
        print(show(options.id))
    else:
        print(check(options.study))


if __name__ == "__main__":
    run(main)
