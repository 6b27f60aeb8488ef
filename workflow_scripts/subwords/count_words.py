"""Count the words of a text, to learn subwords or to extend a vocabulary.

`python -m workflow_scripts.subwords.count_words --settings s.json --texts text/ en-gl counts.parquet`

If subwords are learned from the counts, lines are over-sampled (workflow_scripts/subwords/sampling.py). This needs the
numbers of rows of all texts, which are in the folder. Else each line counts once. Rows of the output: language, word,
count, sorted by word.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.command import UserError, parser, run
from model.progress import bar
from model.records import unknown
from model.text.lexicon import Lexicon
from model.text.segmenters import segmenter
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.subwords import Counting, Sampling
from workflow_scripts.subwords.counts import MOST_COUNTED, SCHEMA, WordCounts
from workflow_scripts.subwords.sampling import Share, Weights, shares
from workflow_scripts.text.files import read_windows, write_batches


def share_of(sampling: Sampling, folder: Path, text: str, language: str) -> Share:
    """The share of a text in the lines of a language. Raises UserError for a text that subwords are not learned on."""
    if text not in sampling.texts:
        raise UserError(f"subwords: {unknown(text, sampling.texts, 'text')}")
    rows = {name: pq.read_metadata(folder / f"{name}.parquet").num_rows for name in sampling.texts}
    return shares(rows, sampling.monolingual, sampling.temperature, sampling.seed)[text, language]


def count_words(path: Path, language: str, lexicon: Lexicon, weights: Weights, most: int = MOST_COUNTED) -> WordCounts:
    """Count the words of a column of text, each line as often as its weight says."""
    counts, rows = WordCounts(most), pq.read_metadata(path).num_rows
    with bar(rows, f"words {path.stem} {language}", "segments") as shown:
        for _, batch in read_windows(path, [language], 0, rows):
            weight = weights.next(batch.num_rows)
            kept = np.flatnonzero(weight)
            numbers = lexicon.split(batch.column(0).take(pa.array(kept)))
            # Sums of whole numbers, exact in these floats up to 2^53.
            times = np.bincount(numbers.values, np.repeat(weight[kept], numbers.lengths()), len(lexicon.words))
            counts.add(lexicon.words, times.astype(np.int64))
            shown.update(batch.num_rows)
    return counts


def count_text(settings: Counting, folder: Path, text: str) -> Iterator[pa.RecordBatch]:
    """The rows of the output, one language after the other, of which one at a time is held."""
    path, sampling = folder / f"{text}.parquet", settings.sampling
    for language in text.split("-"):
        if sampling:
            share = share_of(sampling, folder, text, language)
            weights = Weights(share, sampling.seed, text, language)
        else:
            share = Share(rows := pq.read_metadata(path).num_rows, rows)
            weights = Weights(share)
        lexicon = Lexicon(language, segmenter(language, settings.segmenters), lambda words: [[] for _ in words])
        counts = count_words(path, language, lexicon, weights)
        print(f"{text} {language}: {share.taken:,} lines {share.copies:,} times, {share.extra:,} of them once more")
        print(f"{text} {language}: {counts}")
        counts.warn(f"{text} {language}")
        yield from counts.batches(language)


def main() -> None:
    """Count one text."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--texts", type=Path, required=True, help="folder with {text}.parquet")
    arguments.add_argument("text", help="a pair such as en-gl, or a language")
    arguments.add_argument("counts", type=Path)
    options = arguments.parse_args()
    rows = count_text(read_settings(Counting, options.settings), options.texts, options.text)
    write_batches(options.counts, SCHEMA, rows)


if __name__ == "__main__":
    run(main)
