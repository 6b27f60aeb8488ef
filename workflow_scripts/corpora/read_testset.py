"""Write a test set of one or several datasets, with a file for each language.

`python -m workflow_scripts.corpora.read_testset --settings s.json FOLDER`.

Writes FOLDER/{language}.txt for every language of the study. Line n of each file is the translation of line n of the
others, and empty if the language lacks the segment. The lines of several datasets follow each other. All are brought to
normal form (model/text/lines.py), as training text is, so that both can be compared.
"""

from pathlib import Path

from model.command import UserError, parser, run
from model.text.languages import short
from model.text.lines import normalised
from workflow_scripts.drops import Drops
from workflow_scripts.settings.corpora import ReadingTestset
from workflow_scripts.settings.record import read_settings
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.text.files import write_testset


def read_part(item: Item, languages: tuple[str, ...]) -> dict[str, list[str]]:
    """Short code → lines of one dataset. Raises UserError for a language without text, and for different lengths."""
    source, drops = SOURCES[item.dataset.source], Drops()
    lines: dict[str, list[str]] = {}
    one_by_one = not item.dataset.languages or len(languages) == 1
    for codes in [(code,) for code in languages] if one_by_one else [languages]:
        for batch in source.read(item, codes, drops):
            for code, column in zip(codes, ("first", "second"), strict=False):
                lines.setdefault(short(code), []).extend(map(normalised, batch[column].to_pylist()))
    advice = "mend its files" if item.dataset.source == "file" else "fetch it again"
    if drops.counts:
        raise UserError(f"{item.id}: lines of a test set cannot be read ({dict(drops.counts)}); {advice}")
    lengths = {code: len(found) for code, found in lines.items()}
    if len(set(lengths.values())) > 1:
        raise UserError(f"{item.id}: the languages differ in length ({lengths}); {advice}")
    if empty := [code for code, found in lines.items() if not any(found)]:
        raise UserError(f"{item.id}: no line of it has text in {', '.join(empty)}; mend the file, or name another set")
    return lines


def read_testset(settings: ReadingTestset) -> dict[str, list[str]]:
    """Short code → lines of a test set, for every language of the study."""
    testset: dict[str, list[str]] = {code: [] for code in settings.languages}
    for item, languages in settings.datasets:
        part = read_part(item, languages)
        count = max(map(len, part.values()))
        for code, lines in testset.items():
            lines.extend(part.get(code, [""] * count))
    return testset


def main() -> None:
    """Write one test set."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    write_testset(options.folder, read_testset(read_settings(ReadingTestset, options.settings)))


if __name__ == "__main__":
    run(main)
