"""Count the words that dictionaries cover and the copies that substitution made, by language.

`python -m workflow_scripts.substitution.coverage --settings s.json coverage.tsv`

Columns: `entries` and `words` of the dictionary of the language. `running` words of all text that could take words of
the language; of these, the share that the dictionary has (`known`) and the share that can be replaced, because it is
among its top words (`covered`). Copies `tried` and made (`copies`), and their `share`; the share `predicted` from the
entries and the probability, its `standard_error`, and the `difference` in standard errors. Words that were drawn for
replacement (`attempted`) and replaced by another word (`substituted`). The last row is the sum of all languages.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from model.command import UserError, parser, run
from model.shards.files import read_about
from model.text.lines import write_lines
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.substitution import Coverage
from workflow_scripts.substitution.tally import ALL

COLUMNS = (
    *("language", "entries", "words", "running", "known", "covered", "tried", "copies", "share", "predicted"),
    *("standard_error", "difference", "attempted", "substituted"),
)
OF_DICTIONARY = ("entries", "words")  # the same in every tally of a language
COUNTS = (*OF_DICTIONARY, "running", "tried", "copies", "attempted", "substituted")
Tallies = dict[str, dict[str, float]]  # language → name → sum


def read_tallies(folders: Iterable[Path]) -> Tallies:
    """The sums over all part files. Raises UserError for a folder without part files, or without a tally."""
    sums: Tallies = defaultdict(lambda: defaultdict(int))
    for folder in folders:
        parts = sorted(folder.glob("part-*.parquet"))
        tallies = [json.loads(read_about(path).get("tally", "{}")).get("languages") for path in parts]
        if not tallies or None in tallies:
            raise UserError(f"{folder}: holds no tally of substitution; delete it and run the workflow again")
        for language, counts in (row for tally in tallies for row in tally.items()):
            for name, count in counts.items():
                so_far = sums[language][name]
                sums[language][name] = max(so_far, count) if name in OF_DICTIONARY else so_far + count
    return sums


def row(language: str, counts: Mapping[str, float]) -> dict[str, object]:
    """One row of the table. Values that cannot be computed are missing."""
    running, tried = counts["running"], counts["tried"]
    found: dict[str, object] = {"language": language, **{name: counts[name] for name in COUNTS if name in counts}}
    found |= {name: f"{counts[name] / running:.4f}" for name in ("known", "covered") if running}
    if tried:
        error = counts["variance"] ** 0.5
        found |= {"share": f"{counts['copies'] / tried:.5f}", "predicted": f"{counts['predicted'] / tried:.5f}"}
        found["standard_error"] = f"{error / tried:.6f}"
        if error:
            found["difference"] = f"{(counts['copies'] - counts['predicted']) / error:.2f}"
    return found


def main() -> None:
    """Write the table."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("table", type=Path)
    options = arguments.parse_args()
    sums = read_tallies(map(Path, read_settings(Coverage, options.settings).shards))
    rows = [row(language, sums[language]) for language in sorted(sums, key=lambda code: (code == ALL, code))]
    lines = ("\t".join(str(found.get(name, "")) for name in COLUMNS) for found in rows)
    write_lines(options.table, ["\t".join(COLUMNS), *lines])
    print(f"{options.table}: {len(rows) - 1} languages, {sums[ALL]['copies']:,} copies")


if __name__ == "__main__":
    run(main)
