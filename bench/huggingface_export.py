"""Compare models of ours with their exports to Hugging Face, in each class and with each option of a model.

    python -m bench.huggingface_export

The models are tiny and have learned to count, so that their translations end. Needs `pip install '.[bench]'`. It was
run with transformers 4.57.6 and 5.24.0.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from model.batches.placement import Placement, placement_of
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.decoding.steps import forbidden_rows
from model.interop.export import export
from model.interop.import_huggingface import convert
from model.network.folder import load_model, read_weights, save_model
from model.network.transformer import Transformer
from model.text.ragged import Ragged
from model.text.tokenizer import EXPORTED
from model.text.vocabulary import END_ID, Vocabulary

WORDS = [f"{first}{second}" for first in "abcdef" for second in "uvwxyz"]
VOCABULARY = Vocabulary.build(dict.fromkeys(WORDS, 1), ["en", "gl"], 1, 100)
LANGUAGES = {language: VOCABULARY.language_id(language) for language in ("en", "gl")}
SIZES = {"width": 24, "feedforward": 32, "heads": 4, "encoder_layers": 2, "decoder_layers": 1, "max_positions": 16}
VARIANTS: dict[str, dict[str, object]] = {
    "post-norm, learned": {},
    "post-norm, sinusoids": {"positions": "sinusoidal"},
    "pre-norm, learned": {"norm": "pre"},
    "pre-norm, sinusoids": {"norm": "pre", "positions": "sinusoidal"},
    "relu, not scaled": {"activation": "relu", "embedding_scale": "none"},
    "swish, bias": {"activation": "swish", "output_bias": True},
    "post-norm, embedding norm": {"embedding_norm": True},
    "pre-norm, embedding norm": {"embedding_norm": True, "norm": "pre"},
    "target": {"norm": "pre", "language_tokens": "target"},
    "front": {"language_tokens": "front"},
    "none": {"language_tokens": "none"},
    "none, embedding norm": {"language_tokens": "none", "embedding_norm": True, "norm": "pre"},
}
LONGEST = 8
# First word and how many more.
SOURCES = [(first, longer) for longer in range(1, LONGEST + 1) for first in range(len(WORDS) - longer)][:200]


def batch(words: torch.Tensor, placement: Placement) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sources, decoder inputs and answers of the lists of words [B, T] that begin and end with the given ones."""
    english, galician = (np.full(len(words), row) for row in LANGUAGES.values())
    source = placement.source(Ragged.from_lists(words[:, [0, -1]].tolist()), english, galician)
    answer = placement.answer(Ragged.from_lists(words.tolist()), galician)
    inputs = placement.inputs(answer, galician)
    return torch.from_numpy(source), torch.from_numpy(inputs), torch.from_numpy(answer)


def counting(first: torch.Tensor, longer: int) -> torch.Tensor:
    """The rows of the words from `first` [B, 1] on: [B, longer + 1]."""
    return len(VOCABULARY) - len(WORDS) + first + torch.arange(longer + 1)


def trained(options: dict[str, object]) -> Transformer:
    """A model that has learned to count from the first word of a source to its last, more or less."""
    torch.manual_seed(7)
    model = Transformer(ModelConfig(**{**SIZES, **options}), len(VOCABULARY))  # type: ignore[arg-type]
    with torch.no_grad():  # so that no bias is zero and no norm does nothing; the row of padding stays zero
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.05)
        model.embedding.tokens.weight[0] = 0
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for update in range(500):
        longer = 1 + update % LONGEST
        words = counting(torch.randint(len(WORDS) - longer, (32, 1)), longer)
        source, inputs, answers = batch(words, placement_of(model.config))
        loss = F.cross_entropy(model.logits(model(source, inputs)).flatten(0, 1), answers.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def write(model: Transformer, folder: Path) -> Path:
    """A model folder with this model."""
    subwords = folder / "subwords"
    subwords.mkdir()
    (subwords / "codes").write_text("#version: 0.2\n" + "".join(f"{word[0]} {word[1]}</w>\n" for word in WORDS))
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    save_model(folder / "model", model.state_dict(), model.config, subwords, VOCABULARY, {})
    return folder / "model"


def their_translation(model: Any, source: torch.Tensor, beam: int, begin: Sequence[int]) -> list[int]:
    """Their translation of a source [1, S], by log-probability alone. begin: what the decoder reads before it."""
    forced = {"forced_bos_token_id": begin[1]} if len(begin) > 1 else {}
    target = {"decoder_start_token_id": begin[0], **forced}
    (row,) = model.generate(source, num_beams=beam, length_penalty=0.0, early_stopping=False, **target).tolist()
    text = row[len(begin) :]
    return text[: text.index(END_ID)] if END_ID in text else text


def compare(name: str, folder: Path) -> str:
    """What differs between a model and its export, in words."""
    import transformers

    model = write(trained(VARIANTS[name]), folder)
    export(model, folder / "exported", "huggingface")
    ours, _ = load_model(model, torch.device("cpu"))
    theirs, info = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder / "exported", output_loading_info=True)
    lost = {key: found for key, found in info.items() if found}
    placement, equal, worst, worst_loss = placement_of(ours.config), {1: 0, 5: 0}, 0.0, 0.0
    for first, longer in SOURCES:
        source, inputs, answers = batch(counting(torch.tensor([[first]]), longer), placement)
        with torch.no_grad():
            logits = ours.logits(ours(source, inputs))
            told = {"decoder_input_ids": inputs} if placement.begin != "end" else {}  # as the card says
            found = theirs.eval()(source, labels=answers, **told)
        worst = max(worst, (found.logits - logits).abs().max().item())
        loss = F.cross_entropy(logits.flatten(0, 1), answers.flatten())
        worst_loss = max(worst_loss, (found.loss - loss).abs().item())
        for beam in equal:
            search = SearchConfig(beam=beam, length_penalty=0, patience=100)
            (best, *_), *_ = generate([ours], source, LANGUAGES["gl"], search, forbidden_rows(VOCABULARY))
            equal[beam] += best.ids == their_translation(theirs, source, beam, placement.start(LANGUAGES["gl"]))
    kind = type(theirs).__name__
    return (
        f"{name}, {kind}: logits differ by at most {worst:.1e}, losses by {worst_loss:.1e}; of {len(SOURCES)}"
        f" translations {equal[1]} are equal with beam 1, {equal[5]} with beam 5; {back(theirs, model, folder)};"
        f" tensors lost or new: {lost or 'none'}"
    )


def back(theirs: Any, model: Path, folder: Path) -> str:
    """Whether the weights are the same after they were saved by transformers and imported again."""
    theirs._keys_to_ignore_on_save = None  # as the card says
    theirs.save_pretrained(folder / "saved")
    shutil.copytree(folder / "exported" / EXPORTED, folder / "saved" / EXPORTED)
    convert(folder / "saved", folder / "imported")
    before, after = read_weights(model), read_weights(folder / "imported")
    same = before.keys() == after.keys() and all(torch.equal(before[key], after[key]) for key in before)
    return "weights come back the same" if same else "WEIGHTS DIFFER"


def run_card(folder: Path, line: str) -> list[str]:
    """The lines that the programs of the card print for a line of text, one program after the other."""
    programs = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    program = "\n".join(programs).replace("…", line)
    command = [sys.executable, "-c", program, str(folder), "en", "gl", line]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def main() -> None:
    """Compare all variants, and run a card."""
    import transformers

    print(f"transformers {transformers.__version__}")
    torch.set_num_threads(1)
    for name in VARIANTS:
        with tempfile.TemporaryDirectory() as place:
            print(compare(name, Path(place)))
            (found,) = run_card(Path(place) / "exported", f"{WORDS[3]} {WORDS[6]}")
            print(f"  the card's program: {WORDS[3]} {WORDS[6]} → {found}", flush=True)


if __name__ == "__main__":
    main()
