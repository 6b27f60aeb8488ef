"""Write a shard folder, or one share of it: the common part of `encode` and `substitute`.

A text is divided into part files of PART rows, and these into windows of WINDOW rows. Each window is shuffled. The
content of a part file depends on the text, the settings and the seed, but not on the job that writes it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from model.command import UserError
from model.progress import bar
from model.shards.files import PART, WINDOW, part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from model.writing import whole_folder
from workflow_scripts.draws import stream, uniform
from workflow_scripts.text.files import read_windows

Share = tuple[int, int]  # (number of the share, from 0; number of shares)
WHOLE: Share = (0, 1)
Sides = tuple[Ragged, Ragged]  # ids of the sources and of the targets
# (number of the first row, a window of text with the languages of the direction as columns) → any number of rows
Make = Callable[[int, pa.RecordBatch], Sides]


def parse_part(text: str) -> Share:
    """`2-of-8` → (1, 8). Raises UserError for anything else."""
    found = re.fullmatch(r"([1-9][0-9]*)-of-([1-9][0-9]*)", text)
    if not found or int(found[1]) > int(found[2]):
        raise UserError(f"--part: {text!r} is none; write 1-of-8, 2-of-8 and so on until 8-of-8")
    return int(found[1]) - 1, int(found[2])


def my_parts(rows: int, index: int, count: int) -> range:
    """The numbers of the part files of a share of a text. A text has at least one part file; a share may have none."""
    parts = max(1, -(-rows // PART))
    return range(parts * index // count, parts * (index + 1) // count)


class Windows:
    """The windows of a text, encoded and shuffled one by one, and counts of their rows."""

    def __init__(self, text: str | Path, direction: str, make: Make, seed: int):
        self.text, self.languages, self.make = text, direction.split("-"), make
        self.key, self.counts = stream(seed, direction, "shuffle"), Counter[str]()

    def of_part(self, number: int, shown: tqdm) -> Iterator[Sides]:
        """The windows of a part file, without rows that have no ids on some side."""
        first, last = number * PART, (number + 1) * PART
        for start, batch in read_windows(self.text, self.languages, first, last, WINDOW):
            source, target = self.make(start, batch)
            rows = np.flatnonzero((source.lengths() > 0) & (target.lengths() > 0))
            if len(self.languages) == 1:  # the target would be the source again
                target = Ragged(target.values[:0], np.zeros_like(target.starts))
            order = rows[np.argsort(uniform(self.key, start, rows), kind="stable")]
            self.counts.update(segments=batch.num_rows, without_ids=len(source) - len(rows))
            shown.update(batch.num_rows)
            yield source.take(order), target.take(order)

    def counted(self) -> dict[str, int]:
        """The counts since the last call."""
        counts, self.counts = self.counts, Counter()
        return dict(counts)


def write_parts(
    folder: str | Path,
    part: Share,
    text: str | Path,
    direction: str,
    make: Make,
    vocabulary: Vocabulary,
    seed: int,
    settings: Mapping[str, object],
    tally: Callable[[], Mapping[str, object]] = dict,
    languages: tuple[str, str] | None = None,
) -> int:
    """Write the part files of a share as a folder, whole or not at all. Returns their number of rows.

    direction: or one language; then the targets are empty.
    tally: called after each part file for the counts of `make` since the last call. They are stored in the metadata of
        the part file, with the number of segments it was made of and the number of rows without ids.
    languages: of the sides of the shard, if they are not those of the direction.
    Raises UserError for a text without segments in these languages.
    """
    of_text, about_text = direction.split("-"), pq.read_metadata(text)
    rows, source, target = about_text.num_rows, of_text[0], of_text[-1]
    if not rows or not {source, target} <= set(about_text.schema.names):
        raise UserError(f"{text}: holds no segment for {direction}; leave the pair out of the study")
    windows, numbers, written = Windows(text, direction, make, seed), my_parts(rows, *part), 0
    shape = {
        "text_rows": rows,
        "parts": max(1, -(-rows // PART)),
    }  # for `gather_shards`: what must be there
    codes, about = languages or (source, target), (vocabulary, seed, {**settings, **shape})
    total = max(0, min(rows, numbers.stop * PART) - numbers.start * PART)
    with whole_folder(folder) as new, bar(total, f"{settings['kind']} {direction}", "segments") as shown:
        for number in numbers:
            sides = windows.of_part(number, shown)
            written += write_part(
                new / part_name(number), sides, codes, *about, lambda: {**windows.counted(), **tally()}
            )
    return written
