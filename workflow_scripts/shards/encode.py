"""Encode a text as a folder of shards of subword ids.

`python -m workflow_scripts.shards.encode --settings … --subwords … --vocabulary … en-gl text.parquet
shards/original/en-gl`. With `--part 2-of-8`, only the part files of that share, for `gather_shards`. The text may be
the folder of a test set: then the lines that both languages have, in order. If the settings say how sources were made
by back-translation, the kind of the shards is `backtranslated`. With a language in place of a direction, it is
`monolingual`.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

from model.command import UserError, parser, run
from model.shards.files import WINDOW, part_name, write_part
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import BT_ID, UNKNOWN_ID
from model.writing import whole_folder
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.shards import Encoding
from workflow_scripts.shards.parts import WHOLE, Sides, parse_part, write_parts
from workflow_scripts.text.files import read_testset

SETTINGS = {"kind": "original"}


class UnknownPieces:
    """How many subwords of each language are `<unk>`, of those that were encoded.

    BPE has `<unk>` for letters that its text did not have, sentencepiece for words of a script that it did not learn.
    """

    MOST = 0.01  # of the subwords of a language, before a warning

    def __init__(self) -> None:
        self._pieces: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    def count(self, direction: str, sides: Sides) -> Sides:
        """Count the sides of a direction, and return them."""
        for language, side in dict(zip(direction.split("-"), sides, strict=False)).items():
            self._pieces[language] += len(side.values)
            self._lost[language] += int((side.values == UNKNOWN_ID).sum())
        return sides

    def tell(self) -> None:
        """Print the share of each language, as a warning where it is large."""
        for language, pieces in self._pieces.items():
            share = self._lost[language] / max(1, pieces)
            line = f"{language}: {share:.2%} of {pieces:,} subwords are <unk>"
            if share <= self.MOST:
                print(line)
            else:
                mend = (
                    "the vocabulary lacks its letters; learn subwords on text of it, or lower subwords.extend_min_count"
                )
                print(f"warning: {line}: {mend}", file=sys.stderr, flush=True)


def encode(text: pa.RecordBatch, direction: str, tokenizer: Tokenizer) -> Sides:
    """The ids of both sides of a direction, which are columns of the text. Of one language, it is on both sides."""
    source, *target = (tokenizer.encode_lines(text[code], code) for code in direction.split("-"))
    return source, target[0] if target else source


def tagged(sides: Sides) -> Sides:
    """The sides with `<bt>` before each source that has ids (Caswell et al. 2019)."""
    rows, target = sides
    filled = rows.lengths() > 0
    ids = np.insert(rows.values, rows.starts[:-1][filled], BT_ID)
    return Ragged(ids, rows.starts + np.concatenate([[0], np.cumsum(filled)])), target


def encode_testset(
    folder: Path, direction: str, tokenizer: Tokenizer, seed: int, shard: Path, unknown: UnknownPieces
) -> int:
    """Encode the lines of a test set in order. Returns their number. Raises UserError if there is none."""
    pairs, (source, target) = read_testset(folder, direction), direction.split("-")
    if not pairs:
        raise UserError(f"{folder}: holds no segment for {direction}; leave the pair out, or name another dev_set")
    columns = [pa.array(side, pa.string()) for side in zip(*pairs, strict=True)]
    batches = pa.table(columns, [source, target]).to_batches(WINDOW)
    sides = (unknown.count(direction, encode(batch, direction, tokenizer)) for batch in batches)
    with whole_folder(shard) as made:
        return write_part(made / part_name(0), sides, (source, target), tokenizer.vocabulary, seed, SETTINGS)


def main() -> None:
    """Encode one direction, or a share of it."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--subwords", required=True)
    arguments.add_argument("--vocabulary", required=True)
    arguments.add_argument("--part", type=parse_part, default=WHOLE, help="a share, 1-of-8 to 8-of-8")
    arguments.add_argument("direction", help="or one language")
    arguments.add_argument("text", type=Path, help="{pair}.parquet, or the folder of a test set")
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    settings, tokenizer = read_settings(Encoding, options.settings), Tokenizer(options.subwords, options.vocabulary)
    made_by = settings.backtranslation
    kind = "backtranslated" if made_by else "original" if "-" in options.direction else "monolingual"
    about = {"kind": kind, **(made_by.model_dump() if made_by else {})}
    direction, text, vocabulary, seed = options.direction, options.text, tokenizer.vocabulary, settings.seed
    unknown = UnknownPieces()
    if text.is_dir():
        rows = encode_testset(text, direction, tokenizer, seed, options.folder, unknown)
    else:

        def make(_: int, batch: pa.RecordBatch) -> Sides:
            sides = unknown.count(direction, encode(batch, direction, tokenizer))
            return tagged(sides) if made_by and made_by.tagged else sides

        rows = write_parts(options.folder, options.part, text, direction, make, vocabulary, seed, about)
    print(f"{direction}: {rows:,} segments")
    unknown.tell()


if __name__ == "__main__":
    run(main)
