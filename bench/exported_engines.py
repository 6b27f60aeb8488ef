"""Compare translations by models of ours with those of their exports, in CTranslate2 and in ONNX Runtime.

    python -m bench.exported_engines

The models are those of bench/huggingface_export.py. The ONNX files are made of the export to Hugging Face. Needs
`pip install '.[bench]' 'optimum-onnx[onnxruntime]'`. It was run with optimum-onnx 0.1.0, onnxruntime 1.32.0,
transformers 4.57.6 and CTranslate2 4.8.5.
"""

import tempfile
from pathlib import Path

import torch

from bench.huggingface_export import (
    LANGUAGES,
    SOURCES,
    VARIANTS,
    VOCABULARY,
    batch,
    counting,
    their_translation,
    trained,
    write,
)
from model.batches.placement import placement_of
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.decoding.steps import forbidden_rows
from model.interop.ctranslate2_search import converted_search, load_converted
from model.interop.export import export
from model.network.folder import load_model

SHOWN = (
    "post-norm, learned", "post-norm, sinusoids", "pre-norm, learned", "pre-norm, sinusoids", "target", "front", "none",
)  # fmt: skip
TASK = "text2text-generation-with-past"


def compare(name: str, folder: Path) -> str:
    """How many translations are equal, in words."""
    from optimum.exporters.onnx import main_export
    from optimum.onnxruntime import ORTModelForSeq2SeqLM

    model = write(trained(VARIANTS[name] | {"max_positions": 64}), folder)  # the exporter tries longer texts
    export(model, folder / "exported", "huggingface")
    main_export(str(folder / "exported"), folder / "onnx", task=TASK, do_validation=False)
    theirs = ORTModelForSeq2SeqLM.from_pretrained(folder / "onnx")
    ours, _ = load_model(model, torch.device("cpu"))
    placement, equal = placement_of(ours.config), {"ONNX Runtime": {1: 0, 5: 0}, "CTranslate2": {1: 0, 5: 0}}
    converted, forbidden = load_converted(model, threads=1), forbidden_rows(VOCABULARY)
    for first, longer in SOURCES:
        source, _, _ = batch(counting(torch.tensor([[first]]), longer), placement)
        for beam in (1, 5):
            search = SearchConfig(beam=beam, length_penalty=0, patience=100)
            (best, *_), *_ = generate([ours], source, LANGUAGES["gl"], search, forbidden)
            found = their_translation(theirs, source, beam, placement.start(LANGUAGES["gl"]))
            equal["ONNX Runtime"][beam] += best.ids == found
            ((other, *_),) = converted_search([converted], source, LANGUAGES["gl"], search, forbidden)
            equal["CTranslate2"][beam] += best.ids == other.ids
    said = (f"{engine} {of[1]} with beam 1, {of[5]} with beam 5" for engine, of in equal.items())
    return f"{name}: of {len(SOURCES)} translations these are equal: {'; '.join(said)}"


def main() -> None:
    """Compare a model of each class."""
    torch.set_num_threads(1)
    for name in SHOWN:
        with tempfile.TemporaryDirectory() as place:
            print(compare(name, Path(place)), flush=True)


if __name__ == "__main__":
    main()
