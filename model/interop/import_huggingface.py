"""Convert a model folder of Hugging Face into one of this project: NLLB-200, M2M-100 or mBART-50.

`python -m model.interop.import_huggingface FOLDER OUTPUT`

FOLDER is local and has config.json, the weights, sentencepiece.bpe.model and the other files of its tokenizer.
"""

import shutil
import tempfile
from pathlib import Path

import torch

from model.command import UserError, parser, run
from model.interop.huggingface import read_folder, sizes, weights
from model.interop.huggingface_vocabulary import SPM, vocabulary_of
from model.interop.published import check_shapes
from model.network.folder import save_model
from model.records import write_json
from model.text.tokenizer import MODEL, SETTINGS


def convert(folder: Path, output: Path) -> None:
    """Write the model folder `output`, completely or not at all.

    Raises UserError if a file is not what it should be, for a model that cannot be held here, and if `output` exists.
    """
    if output.exists():
        raise UserError(f"{output}: exists already; remove it, or give another name")
    checkpoint = read_folder(folder)
    config, (vocabulary, rows) = sizes(checkpoint), vocabulary_of(folder)
    found = weights(checkpoint, config, torch.tensor(rows))
    check_shapes(checkpoint, found, config, len(vocabulary))
    about: dict[str, object] = {"imported": folder.resolve().name, "class": checkpoint.settings["architectures"][0]}
    with tempfile.TemporaryDirectory() as subwords:
        shutil.copy(folder / SPM, Path(subwords) / MODEL)
        write_json(Path(subwords) / SETTINGS, {"kind": "sentencepiece", "segmenters": {"default": "spaces"}})
        save_model(output, found, config, Path(subwords), vocabulary, about)
    print(f"{len(vocabulary):,} rows, with tokens of {len(vocabulary.languages())} languages")


def main() -> None:
    """Import one folder."""
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="as Hugging Face's classes save it")
    arguments.add_argument("output", type=Path, help="the model folder to write; it must not be there yet")
    options = arguments.parse_args()
    convert(options.folder, options.output)


if __name__ == "__main__":
    run(main)
