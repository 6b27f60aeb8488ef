"""Export a model folder in the format of another program.

`python -m model.interop.export MODEL OUTPUT --format ctranslate2`, or `--format huggingface`.

OUTPUT is a new folder. It also has the subword files of this project, from which `model.text.tokenizer.Tokenizer` turns
text into pieces and pieces into text, without torch. docs/how-to/serve.md and publish.md show how to translate with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model.command import UserError, parser, run
from model.config.model import CONFIG
from model.interop import ctranslate2, to_huggingface
from model.network.folder import WEIGHTS
from model.records import unknown
from model.text.tokenizer import VOCABULARY, subword_files


@dataclass(frozen=True)
class Format:
    """A format: the function that writes it, and its number formats of weights."""

    convert: Callable[..., None]  # of model folder, new folder, quantization; where they count, source and target
    quantizations: tuple[str, ...]
    languages: bool  # whether the folder may have languages that it translates between by itself


FORMATS: dict[str, Format] = {
    "ctranslate2": Format(ctranslate2.convert, ctranslate2.QUANTIZATIONS, False),
    "huggingface": Format(to_huggingface.convert, to_huggingface.QUANTIZATIONS, True),
}


def export(
    model: Path,
    output: Path,
    name: str,
    quantization: str | None = None,
    languages: tuple[str | None, str | None] = (None, None),
) -> None:
    """Write the model folder `model` as the new folder `output`, completely or not at all.

    languages: source and target, for a format that takes them. Raises UserError for an unknown format or quantization,
    for languages that have no place there, for an incomplete model folder, and if `output` exists.
    """
    if name not in FORMATS:
        raise UserError(f"--format: {unknown(name, FORMATS)}")
    if quantization not in (None, *FORMATS[name].quantizations):
        raise UserError(f"--quantization: {unknown(quantization, FORMATS[name].quantizations)}")
    if any(languages) and not FORMATS[name].languages:
        raise UserError(f"--source, --target: {name} is told the languages of each text; leave them out")
    if output.exists():
        raise UserError(f"{output}: exists already; remove it, or give another name")
    for file in (CONFIG, WEIGHTS, VOCABULARY, *subword_files(model)):
        if not (model / file).exists():
            raise UserError(f"{model / file}: not found; give the folder named model/ of a finished run")
    FORMATS[name].convert(model, output, quantization, *(languages if FORMATS[name].languages else ()))


def main() -> None:
    """Export one model."""
    arguments = parser(__doc__)
    arguments.add_argument("model", type=Path, help="model folder")
    arguments.add_argument("output", type=Path, help="the folder to write; it must not be there yet")
    arguments.add_argument("--format", required=True, help=" or ".join(FORMATS))
    arguments.add_argument("--quantization", help="of the weights: float32 (default), float16, or int8 for ctranslate2")
    for side in ("source", "target"):
        arguments.add_argument(f"--{side}", help=f"for huggingface: the {side} language if its reader names none")
    options = arguments.parse_args()
    languages = (options.source, options.target)
    export(options.model, options.output, options.format, options.quantization, languages)


if __name__ == "__main__":
    run(main)
