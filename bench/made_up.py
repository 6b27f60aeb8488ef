"""Shards of made-up text, for benches on machines without a corpus:

`python -m bench.made_up FOLDER --rows 64808 --pairs 60000`

FOLDER gets subwords/, train/en-de and dev/en-de. Ids are drawn by Zipf's law, and lengths from a log-normal
distribution, as in sentences. Both sides of a pair are equally long.
"""

from pathlib import Path

import numpy as np

from bench.trial import SEED
from model.command import parser, run
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.tokenizer import CODES, SETTINGS, VOCABULARY
from model.text.vocabulary import Vocabulary
from model.writing import whole_file

LANGUAGES = ("en", "de")
MEDIAN, SPREAD, LONGEST = 22, 0.6, 200  # subwords of a segment: the median, the deviation of its logarithm, the most


def segments(random: np.random.Generator, pairs: int, first: int, rows: int) -> tuple[Ragged, Ragged]:
    """Both sides of some pairs, with ids from `first` to `rows` - 1."""
    lengths = np.clip(np.exp(random.normal(np.log(MEDIAN), SPREAD, pairs)).astype(int), 1, LONGEST)
    chances = 1 / np.arange(1, rows - first + 1)
    ids = random.choice(np.arange(first, rows), (2, int(lengths.sum())), p=chances / chances.sum())
    starts = np.append(0, np.cumsum(lengths))
    return Ragged(ids[0], starts), Ragged(ids[1], starts)


def write(folder: Path, rows: int, pairs: int, dev: int = 200) -> None:
    """Write subwords with so many rows of the vocabulary, and shards of so many pairs for training and dev."""
    subwords, random = folder / "subwords", np.random.default_rng(SEED)
    subwords.mkdir(parents=True)
    for name, text in ((CODES, "#version: 0.2\n"), (SETTINGS, '{"segmenters": {"default": "spaces"}}')):
        with whole_file(subwords / name) as part:
            part.write_text(text)
    vocabulary = Vocabulary.build({f"w{number}": 1 for number in range(rows)}, LANGUAGES, 1, rows)
    vocabulary.write(subwords / VOCABULARY)
    first = sum(map(vocabulary.is_control, range(rows)))
    for name, count in (("train", pairs), ("dev", dev)):
        path = folder / name / "-".join(LANGUAGES)
        path.mkdir(parents=True)
        write_part(path / part_name(0), [segments(random, count, first, rows)], LANGUAGES, vocabulary, SEED, {})


def main() -> None:
    """Write the folder."""
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rows", type=int, default=64_808, help="of the vocabulary; the default is mRASP's")
    arguments.add_argument("--pairs", type=int, default=60_000)
    options = arguments.parse_args()
    write(options.folder, options.rows, options.pairs)


if __name__ == "__main__":
    run(main)
