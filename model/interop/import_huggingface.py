"""Convert a model folder of Hugging Face into one of this project: NLLB-200, M2M-100, mBART-50, or an export of ours.

`python -m model.interop.import_huggingface FOLDER OUTPUT`

FOLDER is local and has config.json, the weights, sentencepiece.bpe.model and the other files of its tokenizer.
"""

import shutil
import tempfile
from pathlib import Path

import torch

from model.command import UserError, parser, run
from model.interop.huggingface import read_folder, sizes, weights
from model.interop.huggingface_classes import SUBWORDS
from model.interop.huggingface_vocabulary import SPM, vocabulary_of
from model.interop.published import check_shapes
from model.network.folder import save_model
from model.records import write_json
from model.text.tokenizer import MODEL, SETTINGS, Tokenizer
from model.text.vocabulary import Vocabulary


def convert(folder: Path, output: Path) -> None:
    """Write the model folder `output`, completely or not at all.

    Raises UserError if a file is not what it should be, for a model that cannot be held here, and if `output` exists.
    """
    if output.exists():
        raise UserError(f"{output}: exists already; remove it, or give another name")
    checkpoint = read_folder(folder)
    config = sizes(checkpoint)
    about: dict[str, object] = {"imported": folder.resolve().name, "class": checkpoint.settings["architectures"][0]}
    with tempfile.TemporaryDirectory() as place:
        subwords, vocabulary, rows = _subwords(folder, Path(place))
        found = weights(checkpoint, config, torch.tensor(rows))
        check_shapes(checkpoint, found, config, len(vocabulary))
        save_model(output, found, config, subwords, vocabulary, about)
    print(f"{len(vocabulary):,} rows, with tokens of {len(vocabulary.languages())} languages")


def _subwords(folder: Path, place: Path) -> tuple[Path, Vocabulary, list[int]]:
    """The subword folder, the vocabulary, and for each of its rows the row there. place: an empty folder to use."""
    own = folder / SUBWORDS
    if own.exists():  # the model was exported here
        vocabulary = Tokenizer(own).vocabulary
        return own, vocabulary, list(range(len(vocabulary)))
    vocabulary, rows = vocabulary_of(folder)
    shutil.copy(folder / SPM, place / MODEL)
    write_json(place / SETTINGS, {"kind": "sentencepiece", "segmenters": {"default": "spaces"}})
    return place, vocabulary, rows


def main() -> None:
    """Import one folder."""
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="as Hugging Face's classes save it")
    arguments.add_argument("output", type=Path, help="the model folder to write; it must not be there yet")
    options = arguments.parse_args()
    convert(options.folder, options.output)


if __name__ == "__main__":
    run(main)
