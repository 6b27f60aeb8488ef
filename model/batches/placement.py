"""Positions of language tokens (`language_tokens` of a model), for training and decoding."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.config.model import ModelConfig
from model.text.ragged import Ragged
from model.text.vocabulary import END_ID, PAD_ID


class Placement(NamedTuple):
    """The control tokens around a segment.

    `sides`: the source is `<lang:s> x </s>`, the decoder reads `</s> <lang:t> y` and predicts `<lang:t> y </s>`, so the
    language is predicted in training and forced in decoding (mRASP, section 2.3). `target`: the source is
    `x <lang:t>`, the decoder reads `<lang:t> y` and predicts `y </s>` (Xu et al. 2023, section 4.2). In both, if a
    segment is its own target, source and answer have the same token at each position but the last.
    """

    before: int  # control tokens before the segment: 1 or 0

    @property
    def controls(self) -> int:
        """How many control tokens a side gets."""
        return self.before + 1

    def source(self, segments: Ragged, language: np.ndarray, target: np.ndarray) -> np.ndarray:
        """What the encoder reads [B, S]; language, target: the tokens of the source's and the target's language [B]."""
        return self._padded(segments, language, np.full(len(language), END_ID) if self.before else target)

    def answer(self, segments: Ragged, language: np.ndarray) -> np.ndarray:
        """What the decoder is to predict [B, T]; language: the language tokens [B]."""
        return self._padded(segments, language, np.full(len(language), END_ID))

    def inputs(self, answer: np.ndarray, language: np.ndarray) -> np.ndarray:
        """What the decoder reads [B, T] to predict an answer [B, T]."""
        first = np.full(len(language), END_ID) if self.before else language
        return np.concatenate([first[:, None], answer[:, :-1]], 1)

    def start(self, language: int) -> Sequence[int]:
        """What the decoder reads before the first token of a translation."""
        return [END_ID, language] if self.before else [language]

    def is_segment(self, segments: Ragged, length: int) -> np.ndarray:
        """Which of `length` positions have ids of the segment, [B, length] bool."""
        columns = np.arange(length) - self.before
        return (columns >= 0) & (columns < segments.lengths()[:, None])

    def _padded(self, segments: Ragged, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        lengths = segments.lengths()
        ids = np.full((len(segments), int(lengths.max()) + self.controls), PAD_ID, dtype=np.int64)
        ids[:, 0] = first  # overwritten below if nothing is before the segment
        ids[self.is_segment(segments, ids.shape[1])] = segments.values
        ids[np.arange(len(ids)), lengths + self.before] = last
        return ids


SIDES, TARGET = Placement(before=1), Placement(before=0)


def placement_of(config: ModelConfig) -> Placement:
    """The placement of a model."""
    return SIDES if config.language_tokens == "sides" else TARGET
