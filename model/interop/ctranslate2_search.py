"""Beam search with CTranslate2, an engine without torch, if its package is installed.

Hypotheses and scores are those of `model.decoding.beam_search`, up to rounding, with four differences:
- The probability of forbidden rows goes to the other rows; ours is lost. Scores differ by this probability, which is
  almost zero for a trained model.
- A hypothesis that reaches the longest length is cut, and its score lacks that of </s>. Ours is forced to end.
- An empty hypothesis counts only if </s> is the most probable first token. Ours counts if it is among the K best.
- If more than K hypotheses end in a sentence's last step, the last of the K best is chosen with a length larger by one.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from model.batches.placement import placement_of
from model.command import UserError
from model.config.model import CONFIG, ModelConfig, read_config
from model.config.search import SearchConfig
from model.decoding.generate import longest
from model.decoding.steps import Hypothesis
from model.network.folder import WEIGHTS, check_files
from model.text.tokenizer import VOCABULARY, subword_files
from model.text.vocabulary import END_ID, PAD_ID, Vocabulary

FOLDER = "ctranslate2"  # in a model folder: has a folder with its conversion
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


def load_converted(folder: Path, threads: int, precision: str = "auto") -> Converted:
    """Load a model folder with CTranslate2. Converts it first, unless the folder has a conversion of these very files.

    The conversion is kept in the folder. If the folder is not writable, it is made again each time. precision: as
    `search.precision`. Raises UserError if this machine does not have it.
    """
    import ctranslate2

    kind = "default" if precision == "auto" else precision
    with _converted(folder, ctranslate2.__version__) as path:
        try:
            translator = ctranslate2.Translator(
                str(path), device="auto", compute_type=kind, inter_threads=1, intra_threads=threads
            )
        except ValueError as error:
            raise UserError(f"search.precision: {precision}: CTranslate2 refuses it here ({error})") from None
    return Converted(translator, Vocabulary.read(folder / VOCABULARY).pieces, read_config(folder))


@contextlib.contextmanager
def _converted(folder: Path, version: str) -> Iterator[Path]:
    """The folder of the converted model. It may be deleted when the context ends.

    Its name is the digest of what it was made of, so a conversion of other files is never taken for it.
    """
    from model.interop.ctranslate2 import convert

    kept = folder / FOLDER / digest_of_model(folder, version)
    if kept.exists():
        yield kept
        return
    with _temporary(folder) as place:
        made = place / kept.name
        convert(folder, made, None)
        if place.parent == folder:
            _keep(made, kept)
        yield made if made.exists() else kept


def digest_of_model(folder: Path, version: str) -> str:
    """16 digits of the SHA-256 of everything a conversion depends on: the files of a model folder and CTranslate2.

    By content, because copies can keep any time and size. Raises UserError if a file is missing.
    """
    check_files(folder)
    digest = hashlib.sha256(version.encode())
    for name in (WEIGHTS, CONFIG, VOCABULARY, *subword_files(folder)):
        with open(folder / name, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _keep(made: Path, kept: Path) -> None:
    """Move a conversion to its place, and delete those of other files."""
    kept.parent.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):  # another process was faster; its conversion is the same
        made.rename(kept)
    for other in set(kept.parent.iterdir()) - {kept}:
        shutil.rmtree(other, ignore_errors=True) if other.is_dir() else other.unlink(missing_ok=True)


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A temporary folder: inside this one, or elsewhere if this one is not writable."""
    parent = folder if os.access(folder, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}.", suffix=".part", dir=parent) as place:
        yield Path(place)


def converted_search(
    models: Sequence[Converted], source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[Hypothesis]]:
    """Like `model.decoding.generate.generate`, for one model."""
    (model,) = models
    rows = {piece: row for row, piece in enumerate(model.pieces)}
    limits = longest([model.config], source, config.max_length_factor).tolist()
    placement = placement_of(model.config)
    begun = placement.before_answer  # tokens of a hypothesis that are forced: that of the language
    prefix = [] if placement.begin == "zero" else [model.pieces[language]]
    # CTranslate2 adds </s> itself.
    sources = [[model.pieces[i] for i in ids if i not in (PAD_ID, END_ID)] for ids in source.tolist()]
    suppressed = [[model.pieces[i]] for i in forbidden.nonzero()[:, 0].tolist()]

    def call(sentences: list[int], limit: int) -> list[list[Hypothesis]]:
        results = model.translator.translate_batch(
            [sources[s] for s in sentences],
            target_prefix=[prefix] * len(sentences),
            beam_size=config.beam,
            patience=config.patience,
            num_hypotheses=config.beam,
            length_penalty=config.length_penalty or NO_PENALTY,
            max_decoding_length=limit + begun,
            max_input_length=0,
            no_repeat_ngram_size=config.no_repeat_ngram_size,
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
