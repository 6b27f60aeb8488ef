"""Draw the monolingual segments of a direction to translate back.

`python -m workflow_scripts.backtranslation.draw_segments --settings s.json en-gl text/gl.parquet FOLDER` writes
`segments.0.txt`, … of 65,536 lines each, in the order of the text. A hash of seed, direction and row decides. So a
larger number of segments has all segments of a smaller number.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from model.command import parser, run
from model.shards.files import WINDOW
from model.text.lines import write_lines
from workflow_scripts.draws import stream, uniform
from workflow_scripts.settings.backtranslation import Drawing
from workflow_scripts.settings.record import read_settings
from workflow_scripts.text.files import lines_of, read_batches

STEP = 2**20  # rows drawn from at once


def drawn(key: np.uint64, rows: int, count: int) -> np.ndarray:
    """The numbers of the `count` rows with the smallest random numbers, sorted [int64]. rows: how many there are."""
    kept = np.arange(0)
    for start in range(0, rows, STEP):
        kept = np.concatenate([kept, np.arange(start, min(start + STEP, rows))])
        kept = kept[np.argsort(uniform(key, kept), kind="stable")[:count]]
    return np.sort(kept)


def lines_at(text: Path, language: str, rows: np.ndarray) -> Iterator[str]:
    """The segments at some rows of a text. rows: sorted."""
    start = 0
    for batch in read_batches(text, [language]):
        first, last = np.searchsorted(rows, [start, start + batch.num_rows])
        yield from lines_of(batch[language].take(rows[first:last] - start))
        start += batch.num_rows


def main() -> None:
    """Draw the segments of one direction."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("direction")
    arguments.add_argument("text", type=Path, help="{language}.parquet")
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    settings, rows = read_settings(Drawing, options.settings), pq.read_metadata(options.text).num_rows
    chosen = drawn(stream(settings.seed, options.direction, "backtranslated"), rows, settings.segments)
    lines = lines_at(options.text, options.direction.split("-")[1], chosen)
    for number in range(settings.files):
        write_lines(options.folder / f"segments.{number}.txt", islice(lines, WINDOW))
    print(f"{options.direction}: {len(chosen):,} of {rows:,} segments to translate")


if __name__ == "__main__":
    run(main)
