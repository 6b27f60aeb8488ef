"""Convert a model folder of Hugging Face into one of this project: NLLB-200, M2M-100, mBART-50, OPUS-MT, or our export.

`python -m model.interop.import_huggingface FOLDER OUTPUT`

FOLDER is local and has config.json, the weights, the SentencePiece model and the other files of its tokenizer.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from model.command import UserError, parser, run
from model.interop.huggingface import read_folder, read_rows, sizes, weights
from model.interop.huggingface_vocabulary import PIECES, SPM, check_layout, check_spm, vocabulary_of
from model.interop.marian_vocabulary import SOURCE_SPM, TARGET_SPM, marian_vocabulary
from model.interop.published import Checkpoint, check_shapes
from model.network.folder import save_model
from model.records import write_json
from model.text.tokenizer import EXPORTED, MODEL, PUBLISHED, SETTINGS, Tokenizer
from model.text.vocabulary import Vocabulary

SOURCE_MODEL = "source.model"  # in our folder: the SentencePiece model of source languages, where they have their own


@dataclass
class FolderText:
    """What a folder says of its text."""

    folder: Path  # of our subword files
    vocabulary: Vocabulary
    rows: list[int]  # there, for each row of the vocabulary; -1 for one that is new here
    language_tokens: str


def convert(folder: Path, output: Path, source: Sequence[str] = (), target: Sequence[str] = ()) -> None:
    """Write the model folder `output`, completely or not at all.

    source, target: languages of a model of OPUS-MT, where its folder does not say them. Raises UserError if a file is
    not what it should be, for a model that cannot be held here, and if `output` exists.
    """
    if output.exists():
        raise UserError(f"{output}: exists already; remove it, or give another name")
    checkpoint = read_folder(folder)
    with tempfile.TemporaryDirectory() as place:
        text = _text(checkpoint, Path(place), source, target)
        config = sizes(checkpoint, text.language_tokens, min(text.rows) < 0)
        found = weights(checkpoint, config, torch.tensor(text.rows))
        check_shapes(checkpoint, found, config, len(text.vocabulary))
        name = checkpoint.settings["architectures"][0]
        about: dict[str, object] = {"imported": folder.resolve().name, "class": name}
        save_model(output, found, config, text.folder, text.vocabulary, about)
    print(f"{len(text.rows):,} rows, with tokens of {len(text.vocabulary.languages())} languages")


def _text(checkpoint: Checkpoint, place: Path, source: Sequence[str], target: Sequence[str]) -> FolderText:
    """What a folder says of its text, read as its class asks for. place: for our subword files."""
    exported = checkpoint.path / EXPORTED
    if not exported.exists() and "language_tokens" in checkpoint.settings:
        raise UserError(f"{exported}: not found; copy it from the export that this model was made from")
    if not exported.exists() and checkpoint.settings["architectures"][0] == "MarianMTModel":
        return _marian(checkpoint, place, source, target)
    if source or target:
        raise UserError("--source, --target: the folder says its languages itself; leave them out")
    return _exported(checkpoint) if exported.exists() else _fairseq_layout(checkpoint, place)


def _exported(checkpoint: Checkpoint) -> FolderText:
    """Of a model that was exported here. The rows are ours."""
    folder = checkpoint.path / EXPORTED
    vocabulary = Tokenizer(folder).vocabulary
    said = checkpoint.settings.get("language_tokens", "sides")
    return FolderText(folder, vocabulary, list(range(len(vocabulary))), said)


def _fairseq_layout(checkpoint: Checkpoint, place: Path) -> FolderText:
    """Of NLLB-200, M2M-100 and mBART-50."""
    check_layout(checkpoint.path, checkpoint.settings)
    vocabulary, rows = vocabulary_of(checkpoint.path)
    _write(place, {MODEL: checkpoint.path / SPM}, {})
    return FolderText(place, vocabulary, rows, "sides")


def _marian(checkpoint: Checkpoint, place: Path, source: Sequence[str], target: Sequence[str]) -> FolderText:
    """Of OPUS-MT, whose two sides have SentencePiece models of their own."""
    folder, settings = checkpoint.path, checkpoint.settings
    if settings.get("decoder_start_token_id") != settings.get("pad_token_id"):
        raise checkpoint.error("decoder_start_token_id is not pad_token_id, as in OPUS-MT; it cannot be imported")
    for name in (SOURCE_SPM, TARGET_SPM):
        check_spm(folder / name)
    vocabulary, rows, sources, targets, language_tokens = marian_vocabulary(folder, source, target)
    last = max(read_rows(folder / PIECES).values(), default=-1)  # perhaps of a token that is left out
    if last + 1 != settings.get("vocab_size"):
        raise UserError(f"{folder / PIECES}: its last row is {last}, and not vocab_size - 1; give it its own files")
    models, files = {MODEL: folder / TARGET_SPM}, dict[str, str]()
    if (folder / SOURCE_SPM).read_bytes() != (folder / TARGET_SPM).read_bytes():
        if both := [code for code in sources if code in targets]:
            raise UserError(f"{folder}: {both[0]} is on both sides, which split it in two ways; it cannot be imported")
        models[SOURCE_MODEL] = folder / SOURCE_SPM
        files = dict.fromkeys(targets, MODEL) | dict.fromkeys(sources, SOURCE_MODEL)
    _write(place, models, files)
    return FolderText(place, vocabulary, rows, language_tokens)


def _write(place: Path, models: dict[str, Path], files: dict[str, str]) -> None:
    """The files of a subword folder: SentencePiece models by our names, and the languages with one of their own."""
    for name, path in models.items():
        shutil.copy(path, place / name)
    write_json(place / SETTINGS, {**PUBLISHED, **({"files": files} if files else {})})


def main() -> None:
    """Import one folder."""
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="as Hugging Face's classes save it")
    arguments.add_argument("output", type=Path, help="the model folder to write; it must not be there yet")
    for side in ("source", "target"):
        text = f"{side} languages of a model of OPUS-MT, if its folder does not say them"
        arguments.add_argument(f"--{side}", nargs="+", default=(), metavar="CODE", help=text)
    options = arguments.parse_args()
    convert(options.folder, options.output, options.source, options.target)


if __name__ == "__main__":
    run(main)
