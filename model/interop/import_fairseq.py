"""Convert a fairseq checkpoint, such as mRASP's released weights, into a model folder.

`python -m model.interop.import_fairseq CHECKPOINT.pt OUTPUT --dictionary dict.txt --codes codes.bpe`

The dictionary is that of the training (mRASP: vocab.bpe.32000), the codes are those of subword-nmt. A study with the
same two files as `subwords.codes` and `subwords.vocabulary` gets the same vocabulary.
"""

import hashlib
import tempfile
from pathlib import Path

from model.command import UserError, parser, run
from model.interop.fairseq import FIRST_LINE, read_checkpoint, sizes, weights
from model.interop.published import check_shapes
from model.network.folder import save_model
from model.records import write_json
from model.text.lines import write_lines
from model.text.mrasp_subwords import read_codes, read_vocabulary
from model.text.tokenizer import CODES, SETTINGS
from model.text.vocabulary import SPECIALS

SEED = 1  # of the random rows


def convert(
    path: Path, dictionary: Path, codes: Path, output: Path, heads: int | None = None, activation: str | None = None
) -> None:
    """Write the model folder `output`, completely or not at all.

    heads, activation: for checkpoints that do not have them. Raises UserError if a file is not what it should be, if
    the files do not belong together, and if `output` exists.
    """
    if output.exists():
        raise UserError(f"{output}: exists already; remove it, or give another name")
    lines, vocabulary = read_codes(codes), read_vocabulary(dictionary, ())
    checkpoint = read_checkpoint(path)
    config = sizes(checkpoint, heads, activation)
    found = weights(checkpoint, config, FIRST_LINE + len(vocabulary) - len(SPECIALS), SEED)
    check_shapes(checkpoint, found, config, len(vocabulary))
    with open(path, "rb") as file:
        about: dict[str, object] = {"imported": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    with tempfile.TemporaryDirectory() as subwords:
        write_lines(Path(subwords) / CODES, lines)
        write_json(Path(subwords) / SETTINGS, {"kind": "bpe", "segmenters": {"default": "moses"}})
        save_model(output, found, config, Path(subwords), vocabulary, about)
    print(f"{len(vocabulary):,} rows, with tokens of {', '.join(vocabulary.languages())}")


def main() -> None:
    """Import one checkpoint."""
    arguments = parser(__doc__)
    arguments.add_argument("checkpoint", type=Path)
    arguments.add_argument("output", type=Path, help="the model folder to write; it must not be there yet")
    arguments.add_argument("--dictionary", type=Path, required=True, help="lines of a piece and its count")
    arguments.add_argument("--codes", type=Path, required=True, help="merges of subword-nmt")
    arguments.add_argument("--heads", type=int, help="where the checkpoint does not say them (mRASP: 16)")
    arguments.add_argument("--activation", help="where the checkpoint does not say it (mRASP: gelu)")
    options = arguments.parse_args()
    convert(options.checkpoint, options.dictionary, options.codes, options.output, options.heads, options.activation)


if __name__ == "__main__":
    run(main)
