"""Import a model of the sizes of NLLB-200-distilled-600M, and trim it to a text: rows, parameters, time and memory.

    python -m bench.nllb_trimming

The weights are random, and so are the words, so nothing is translated. The SentencePiece model has 256,000 pieces:
8,000 that BPE learns on the words, and others that no word has.
"""

import json
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import torch
from safetensors import safe_open

from bench.process import Usage, measure_call
from model.config.run import RunConfig
from model.interop.import_huggingface import convert
from model.network.folder import write_tensors
from model.text.tokenizer import MODEL, VOCABULARY
from model.text.vocabulary import Vocabulary
from model.training.build import build_model
from workflow_scripts.settings.subwords import Adapted, SentencePiece
from workflow_scripts.subwords.adapt_sentencepiece import adapt
from workflow_scripts.subwords.sentencepiece import learn_model

FIXTURE = Path(__file__).parents[1] / "tests/model/interop/huggingface/nllb"
SPM, PIECES, LEARNED = "sentencepiece.bpe.model", 256_000, 8000
SIZES = {"d_model": 1024, "encoder_ffn_dim": 4096, "decoder_ffn_dim": 4096, "encoder_layers": 12, "decoder_layers": 12}
HEADS = {"encoder_attention_heads": 16, "decoder_attention_heads": 16, "max_position_embeddings": 1024}
TEXT_WORDS = 5000  # different words of the text that the model is trimmed to


def words(number: int) -> Counter[str]:
    """Words of syllables, the first of them the most frequent."""
    generator = random.Random(1)
    syllables = ["".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=2)) for _ in range(300)]
    made = dict.fromkeys("".join(generator.choices(syllables, k=generator.randint(1, 5))) for _ in range(number))
    return Counter({word: 1 + number // rank for rank, word in enumerate(made, 1)})


def write_folder(folder: Path) -> None:
    """A folder as Hugging Face has it: the layout of the fixture with the sizes of NLLB."""
    from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]

    shutil.copytree(FIXTURE, folder)
    settings = SentencePiece(size=LEARNED, algorithm="bpe", character_coverage=1, normalisation="identity")
    proto = ModelProto.FromString(learn_model(words(4 * TEXT_WORDS), settings))
    lowest = min(piece.score for piece in proto.pieces)
    for number in range(PIECES - len(proto.pieces)):
        proto.pieces.add(piece=f"▁#{number}", score=lowest - 1 - number, type=1)
    (folder / SPM).write_bytes(proto.SerializeToString())
    for name in ("added_tokens.json", "tokenizer_config.json"):  # so that languages follow the pieces
        (folder / name).unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text()) | SIZES | HEADS
    languages = len(json.loads((folder / "special_tokens_map.json").read_text())["additional_special_tokens"])
    rows = config["vocab_size"] = PIECES + 1 + languages + 1
    (folder / "config.json").write_text(json.dumps(config))
    sizes = {24: SIZES["d_model"], 32: SIZES["encoder_ffn_dim"], 324: rows}
    with safe_open(FIXTURE / "model.safetensors", "pt") as small:
        shapes = {name: [sizes[n] for n in small.get_slice(name).get_shape()] for name in small.keys()}  # noqa: SIM118
    for name in [name for name in shapes if ".layers.0." in name]:
        for layer in range(1, SIZES["encoder_layers"]):
            shapes[name.replace(".layers.0.", f".layers.{layer}.")] = shapes[name]
    torch.manual_seed(1)
    write_tensors(folder / "model.safetensors", {name: torch.randn(shape) * 0.02 for name, shape in shapes.items()})


def trim(model: Path, text: Counter[str], folder: Path) -> int:
    """Write the SentencePiece model and the vocabulary for a text; the number of rows that stay."""
    old = Vocabulary.read(model / VOCABULARY)
    settings = Adapted(model=str(model), texts=[], languages=["en", "gl"], trim=True, new_pieces=0, min_count=2)
    made, new = adapt((model / MODEL).read_bytes(), old, text, settings)
    shutil.copytree(model, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / MODEL).write_bytes(made)
    new.write(folder / VOCABULARY)
    return len(new)


def parameters(model: Path, subwords: Path) -> int:
    """The parameters of a training that starts from the model, with the rows of the subwords."""
    task = {"objective": "translation", "shards": ["original/en-gl"]}
    folders = {"init": str(model), "subwords": str(subwords), "vocabulary": str(subwords / VOCABULARY)}
    settings = {"run": "nllb", "seed": 1, "tasks": [task], "dev": ["dev/en-gl"], "model": {}, "training": {}}
    run = RunConfig.model_validate({**settings, **folders})
    built, _ = build_model(run, Vocabulary.read(run.vocabulary))
    return sum(weight.numel() for weight in built.parameters())


def told(what: str, usage: Usage) -> None:
    """Print time and memory."""
    print(f"{what}: {usage.wall:.0f} s, {usage.peak:.1f} GB", flush=True)


def main() -> None:
    """Make the folder, import it, trim it, and build the model that a training would start with."""
    with tempfile.TemporaryDirectory() as place:
        given, model, subwords = (Path(place, name) for name in ("given", "model", "subwords"))
        write_folder(given)
        _, usage = measure_call(convert, given, model)
        told("import", usage)
        rows, usage = measure_call(trim, model, words(TEXT_WORDS), subwords)
        told(f"trim from {len(Vocabulary.read(model / VOCABULARY)):,} rows to {rows:,}", usage)
        for kept in (model, subwords):
            count, usage = measure_call(parameters, model, kept)
            told(f"start a training of {count / 1e6:.0f} million parameters", usage)


if __name__ == "__main__":
    main()
