"""Induce a dictionary from parallel text by IBM Model 1.

`python -m workflow_scripts.dictionaries.induce_dictionary --settings s.json en-es text.parquet en-es.tsv`

IBM Model 1 is run in both directions, over words in lower case. The score of a word pair is the geometric mean of its
two lexical probabilities. Nothing is random, so the same text gives the same dictionary. Of a large text, an even
sample of 200,000 segments is used. Lines: word TAB translation TAB score. The most frequent words come first, and the
best translations of a word.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from model.command import parser, run
from model.progress import track
from model.text.lines import write_lines
from model.text.segmenters import segmenter
from workflow_scripts.dictionaries.ibm_model_1 import cells_and_links, indexed, lexical_probabilities
from workflow_scripts.settings.dictionaries import Inducing
from workflow_scripts.settings.record import read_settings
from workflow_scripts.text.files import lines_of, read_batches
from workflow_scripts.text.matching import WORD_OF_LETTERS

Entry = tuple[str, str, float]
SEGMENTS = 200_000  # most segments of a text that are used
LONGEST = 100  # words of a side; the links of longer segments would take too much memory
MEETINGS = 2  # least links of a word pair in the model; entries need `min_count`


def induce(pairs: Iterable[tuple[list[str], list[str]]], settings: Inducing) -> list[Entry]:
    """(word, translation, score) of the `top_words` most frequent words that have a translation.

    pairs: words of source and target, segment by segment. Only words of letters alone become entries.
    """
    sides = indexed(pair for pair in pairs if max(map(len, pair)) <= LONGEST)
    source, target = (side.without_rare(settings.min_count) for side in sides)
    cells, links = cells_and_links(source, target, min(settings.min_count, MEETINGS))
    forward, backward = lexical_probabilities(cells, links, settings.iterations)
    score = np.sqrt(forward * backward)
    good = np.flatnonzero((score >= settings.min_score) & (cells.links >= settings.min_count))
    found = [
        (source.words[cells.source[i]], target.words[cells.target[i]], round(float(score[i]), 4))
        for i in sorted(good, key=lambda i: (cells.source[i], -score[i], target.words[cells.target[i]]))
    ]
    entries = (entry for entry in found if all(map(WORD_OF_LETTERS.fullmatch, entry[:2])))
    words = [list(rows) for _, rows in groupby(entries, lambda entry: entry[0])]
    return [entry for rows in words[: settings.top_words] for entry in rows[: settings.candidates]]


def read_sample(path: str | Path, columns: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    """The rows of a Parquet file, or an even sample of `most` of them, one at a time."""
    count = pq.read_metadata(path).num_rows
    chosen = np.arange(min(count, most)) * count // max(min(count, most), 1)
    first = 0
    for batch in read_batches(path, columns):
        rows = chosen[np.searchsorted(chosen, first) : np.searchsorted(chosen, first + len(batch))] - first
        yield from zip(*(lines_of(column.take(rows)) for column in batch.columns), strict=True)
        first += len(batch)


def main() -> None:
    """Induce one dictionary."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("direction", help="for instance en-es")
    arguments.add_argument("text", type=Path)
    arguments.add_argument("dictionary", type=Path)
    options = arguments.parse_args()
    settings = read_settings(Inducing, options.settings)
    source, target = options.direction.split("-")
    split_source, split_target = (segmenter(code, settings.segmenters).split for code in (source, target))
    count = min(SEGMENTS, pq.read_metadata(options.text).num_rows)
    rows = track(read_sample(options.text, [source, target], SEGMENTS), count, options.direction, "segments")
    pairs = ((split_source(s.lower(), source), split_target(t.lower(), target)) for s, t in rows)
    entries = induce(pairs, settings)
    write_lines(options.dictionary, (f"{word}\t{translation}\t{score}" for word, translation, score in entries))
    print(f"{options.direction}: {len(entries):,} entries for {len({e[0] for e in entries}):,} words")


if __name__ == "__main__":
    run(main)
