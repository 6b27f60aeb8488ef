"""Beam search with CTranslate2, an engine without torch, if its package is installed.

Hypotheses and scores are those of `model.decoding.beam_search`, up to rounding, with four differences:
- The probability of forbidden rows goes to the other rows; ours is lost. Scores differ by this probability, which is
  almost zero for a trained model.
- A hypothesis that reaches the longest length is cut, and its score lacks that of </s>. Ours is forced to end.
- An empty hypothesis counts only if </s> is the most probable first token. Ours counts if it is among the K best.
- If more than K hypotheses end in a sentence's last step, the last of the K best is chosen with a length larger by one.
"""

import contextlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from model.batches.placement import placement_of
from model.config.model import ModelConfig, read_config
from model.config.search import SearchConfig
from model.decoding.generate import longest
from model.decoding.steps import Hypothesis
from model.network.folder import WEIGHTS
from model.text.tokenizer import VOCABULARY
from model.text.vocabulary import END_ID, PAD_ID, Vocabulary

FOLDER = "ctranslate2"  # of the converted model, in the folder of the model it was made of
NO_PENALTY = 1e-6  # an exponent of 0 would make CTranslate2 stop at the first hypothesis that ends


@dataclass(frozen=True)
class Converted:
    """A model loaded by CTranslate2, with its vocabulary and its sizes."""

    translator: Any
    pieces: list[str]
    config: ModelConfig


def is_installed() -> bool:
    """Whether the package is installed. Does not import it."""
    return importlib.util.find_spec("ctranslate2") is not None


def load_converted(folder: Path, threads: int) -> Converted:
    """Load a model folder with CTranslate2. Converts it first, unless a converted model newer than its weights exists.

    The converted model is kept in the folder. If the folder is not writable, it is converted again each time.
    """
    import ctranslate2

    with _converted(folder) as path:
        translator = ctranslate2.Translator(str(path), device="auto", inter_threads=1, intra_threads=threads)
    return Converted(translator, Vocabulary.read(folder / VOCABULARY).pieces, read_config(folder))


@contextlib.contextmanager
def _converted(folder: Path) -> Iterator[Path]:
    """The folder of the converted model. It may be deleted when the context ends."""
    from model.interop.ctranslate2 import convert

    kept = folder / FOLDER
    if _is_newer(kept / "model.bin", folder / WEIGHTS):
        yield kept
        return
    with _temporary(folder) as place:
        convert(folder, place / FOLDER, None)
        if place.parent == folder:
            with contextlib.suppress(FileNotFoundError):
                kept.rename(place / "older")
            with contextlib.suppress(OSError):  # another process was faster; its model is the same
                (place / FOLDER).rename(kept)
        made = place / FOLDER
        yield made if made.exists() else kept


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A temporary folder: inside this one, or elsewhere if this one is not writable."""
    parent = folder if os.access(folder, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}.", suffix=".part", dir=parent) as place:
        yield Path(place)


def _is_newer(made: Path, origin: Path) -> bool:
    return made.exists() and os.stat(made).st_mtime_ns >= os.stat(origin).st_mtime_ns


def converted_search(
    models: Sequence[Converted], source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[Hypothesis]]:
    """Like `model.decoding.generate.generate`, for one model."""
    (model,) = models
    rows = {piece: row for row, piece in enumerate(model.pieces)}
    limits = longest([model.config], source, config.max_length_factor).tolist()
    begun = placement_of(model.config).before  # tokens of a hypothesis that are forced: that of the language
    # CTranslate2 adds </s> itself.
    sources = [[model.pieces[i] for i in ids if i not in (PAD_ID, END_ID)] for ids in source.tolist()]
    suppressed = [[model.pieces[i]] for i in forbidden.nonzero()[:, 0].tolist()]

    def call(sentences: list[int], limit: int) -> list[list[Hypothesis]]:
        results = model.translator.translate_batch(
            [sources[s] for s in sentences],
            target_prefix=[[model.pieces[language]]] * len(sentences),
            beam_size=config.beam,
            num_hypotheses=config.beam,
            length_penalty=config.length_penalty or NO_PENALTY,
            max_decoding_length=limit + begun,
            max_input_length=0,
            suppress_sequences=suppressed or None,
            return_scores=True,
        )
        return [_hypotheses(result, rows, config.length_penalty, begun) for result in results]

    found = call(list(range(len(sources))), max(limits))
    # A call has one limit for all its sentences. Those that went beyond their own limit are searched again with it.
    beyond = [s for s, all_of_it in enumerate(found) if max(len(h.ids) for h in all_of_it) >= limits[s] < max(limits)]
    for limit in sorted({limits[s] for s in beyond}):
        again = [s for s in beyond if limits[s] == limit]
        for s, hypotheses in zip(again, call(again, limit), strict=True):
            found[s] = hypotheses
    return [hypotheses[: config.nbest] for hypotheses in found]


def _hypotheses(result: Any, rows: dict[str, int], length_penalty: float, begun: int) -> list[Hypothesis]:
    """Hypotheses without the `begun` forced tokens, best first. CTranslate2 counts these in the length; we do not."""
    found = []
    for pieces, score in zip(result.hypotheses, result.scores, strict=True):
        length = len(pieces) - begun + 1  # words and </s>, which is not returned
        normalised = score * ((length + begun) / length) ** length_penalty
        found.append(Hypothesis([rows[p] for p in pieces[begun:]], normalised))
    return sorted(found, key=lambda h: h.score, reverse=True)
