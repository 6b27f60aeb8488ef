"""Make a table of sample translations of several systems.

`python -m workflow_scripts.tables.tabulate_samples --settings … RESULTS PREFIX`.

It has segments of a test set, their references and the translations of each system. PREFIX.md, .tex and .html have a
row for each of these; PREFIX.tsv has a row for each translation.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from model.command import UserError, parser, run
from model.text.lines import read_lines
from workflow_scripts.evaluation.score import scored_lines
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.tables import SampleTabulation
from workflow_scripts.study.tables import SAMPLED
from workflow_scripts.tables.forms import PROSE, write_forms

COLUMNS = ["source", "target", "test_set", "line", "system", "segment", "reference", "hypothesis"]


def samples(
    results: Path, models: Iterable[tuple[str, str, str]], count: int = SAMPLED, lines: Sequence[int] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Test set and direction → some segments, with their line numbers and the translation of each system.

    models: (model, test set, direction) of the translations. count: segments of a direction, evenly spread over those
    that both languages have. lines: line numbers, from 1, in place of count. Raises UserError for a missing line.
    """
    shown: dict[str, list[dict[str, Any]]] = {}
    for name, testset, direction in models:
        folder, hypotheses = results / "testsets" / testset, results / "translations" / name
        sides = (read_lines(folder / f"{code}.txt") for code in direction.split("-"))
        pairs = [(line, *pair) for line, pair in enumerate(zip(*sides, strict=True), 1) if all(pair)]
        chosen = _spread(len(pairs), count) if lines is None else _places([line for line, *_ in pairs], lines, folder)
        fresh = [dict(zip(("line", "source", "reference"), pairs[i], strict=True)) | {"hypotheses": {}} for i in chosen]
        rows = shown.setdefault(f"{testset}: {direction}", fresh)
        found, _ = scored_lines(folder, direction, hypotheses / f"{testset}.{direction}.txt")
        for row, i in zip(rows, chosen, strict=True):
            row["hypotheses"].setdefault(name.split("/")[0], found[i])  # of several seeds the first
    return shown


def _spread(total: int, count: int) -> list[int]:
    """`count` of `total` places: the middles of `count` equal parts; all places if there are fewer."""
    count = min(count, total)
    return [total * (2 * n + 1) // (2 * count) for n in range(count)]


def _places(there: list[int], lines: Sequence[int], folder: Path) -> list[int]:
    for line in lines:
        if line not in there:
            raise UserError(f"{folder}: line {line} is not there in both languages of a direction; choose another")
    return [there.index(line) for line in dict.fromkeys(lines)]


def translations(table: SampleTabulation, results: Path) -> pd.DataFrame:
    """COLUMNS of a table of samples: a row for each translation, by direction, line and system."""
    rows = []
    for key, segments in samples(results, table.translations, table.segments, table.lines).items():
        test_set, direction = key.split(": ")
        for row in segments:
            about = (*direction.split("-"), test_set, row["line"])
            rows += [(*about, s, row["source"], row["reference"], text) for s, text in row["hypotheses"].items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def wide(found: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The table as text: rows for the source, the reference and each translation of each segment."""
    rows = []
    for (source, target, line), of_segment in found.groupby(["source", "target", "line"], sort=False):
        segment, reference = of_segment[["segment", "reference"]].iloc[0]
        systems = [labels[system] for system in of_segment["system"]]
        texts = [("source", segment), ("reference", reference), *zip(systems, of_segment["hypothesis"], strict=True)]
        rows += [(f"{source}→{target}", str(line), *text) for text in texts]
    return pd.DataFrame(rows, columns=["direction", "line", "system", PROSE])


def main() -> None:
    """Write one table in four formats."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("results", type=Path)
    arguments.add_argument("prefix", type=Path)
    options = arguments.parse_args()
    table = read_settings(SampleTabulation, options.settings)
    found = translations(table, options.results)
    below = [f"line: of the test set {test_set}" for test_set in found["test_set"].unique()]
    write_forms(options.prefix, found, wide(found, table.labels), below)


if __name__ == "__main__":
    run(main)
