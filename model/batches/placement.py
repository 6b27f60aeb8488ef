"""Positions of control tokens (`language_tokens` of a model), for training and decoding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from model.config.model import ModelConfig
from model.text.ragged import Ragged
from model.text.vocabulary import END_ID, PAD_ID

Token = Literal["source", "target", "end", "zero"]  # the token of a language, `</s>`, or a zero vector: padding


@dataclass(frozen=True)
class Placement:
    """The control tokens around a segment, and what the decoder reads first. An answer ends with `</s>`.

    If a segment is its own target and `before_source` and `before_answer` agree, source and answer have the same token
    at each position but the last.
    """

    first: Token | None  # of the source
    last: Token  # of the source
    names_target: bool  # the answer begins with the target's token, so the model predicts it, or the search forces it
    begin: Token  # what the decoder reads before all else

    @property
    def before_source(self) -> int:
        """Control tokens before the segment of a source: 1 or 0."""
        return int(self.first is not None)

    @property
    def before_answer(self) -> int:
        """Control tokens before the segment of an answer: 1 or 0."""
        return int(self.names_target)

    @property
    def controls(self) -> int:
        """How many control tokens a side gets at most."""
        return max(self.before_source, self.before_answer) + 1

    def source(self, segments: Ragged, language: np.ndarray, target: np.ndarray) -> np.ndarray:
        """What the encoder reads [B, S]; language, target: the tokens of the source's and the target's language [B]."""
        tokens = {"source": language, "target": target, "end": np.full(len(language), END_ID)}
        return _padded(segments, tokens[self.first] if self.first else None, tokens[self.last])

    def answer(self, segments: Ragged, language: np.ndarray) -> np.ndarray:
        """What the decoder is to predict [B, T]; language: the language tokens [B]."""
        return _padded(segments, language if self.names_target else None, np.full(len(language), END_ID))

    def inputs(self, answer: np.ndarray, language: np.ndarray) -> np.ndarray:
        """What the decoder reads [B, T] to predict an answer [B, T]."""
        tokens = {"target": language, "end": np.full(len(language), END_ID), "zero": np.full(len(language), PAD_ID)}
        return np.concatenate([tokens[self.begin][:, None], answer[:, :-1]], 1)

    def start(self, language: int) -> Sequence[int]:
        """What the decoder reads before the first token of a translation."""
        first = {"target": language, "end": END_ID, "zero": PAD_ID}[self.begin]
        return [first, language] if self.names_target else [first]

    def is_answered(self, segments: Ragged, length: int) -> np.ndarray:
        """Which of `length` positions of answers have ids of the segment, [B, length] bool."""
        return _is_segment(segments, length, self.before_answer)


def _is_segment(segments: Ragged, length: int, before: int) -> np.ndarray:
    columns = np.arange(length) - before
    return (columns >= 0) & (columns < segments.lengths()[:, None])


def _padded(segments: Ragged, first: np.ndarray | None, last: np.ndarray) -> np.ndarray:
    """Segments [B, longest] with a token before each, if any, and one behind."""
    lengths, before = segments.lengths(), int(first is not None)
    ids = np.full((len(segments), int(lengths.max()) + before + 1), PAD_ID, dtype=np.int64)
    if first is not None:
        ids[:, 0] = first
    ids[_is_segment(segments, ids.shape[1], before)] = segments.values
    ids[np.arange(len(ids)), lengths + before] = last
    return ids


PLACEMENTS = {
    # `<lang:s> x </s>` → `<lang:t> y </s>` (mRASP, section 2.3)
    "sides": Placement("source", "end", names_target=True, begin="end"),
    # `x <lang:t>` → `y </s>`, and the decoder reads `<lang:t>` first (Xu et al. 2023, section 4.2)
    "target": Placement(None, "target", names_target=False, begin="target"),
    # `<lang:t> x </s>` → `y </s>`, and `x </s>` → `y </s>`: models of OPUS-MT for several targets, and for one
    "front": Placement("target", "end", names_target=False, begin="zero"),
    "none": Placement(None, "end", names_target=False, begin="zero"),
}


SIDES, TARGET = PLACEMENTS["sides"], PLACEMENTS["target"]


def placement_of(config: ModelConfig) -> Placement:
    """The placement of a model."""
    return PLACEMENTS[config.language_tokens]
