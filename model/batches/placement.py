"""Where language tokens stand: the choice `language_tokens` of a model, for training and decoding alike."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from model.config.model import ModelConfig
from model.text.ragged import Ragged
from model.text.vocabulary import END_ID, PAD_ID


class Placement(NamedTuple):
    """What stands around the ids of a segment, its own language's token among it.

    `sides`: the source is `<lang:s> x </s>`, the decoder reads `</s> <lang:t> y` and answers `<lang:t> y </s>`, so that
    the language is predicted in training and forced in decoding (mRASP, section 2.3). `target`: the source is
    `x <lang:t>`, the decoder reads `<lang:t> y` and answers `y </s>` (Xu et al. 2023, section 4.2). Either way position
    i of the source of a segment that is its own target is answered by token i of the answer, but for the last.
    """

    before: int  # tokens before the segment: 1 or 0

    @property
    def controls(self) -> int:
        """By how many tokens a side grows."""
        return self.before + 1

    def source(self, segments: Ragged, language: np.ndarray, target: np.ndarray) -> np.ndarray:
        """What the encoder reads [B, S]; language, target: the tokens of the source's and the target's language [B]."""
        return self._padded(segments, language, np.full(len(language), END_ID) if self.before else target)

    def answer(self, segments: Ragged, language: np.ndarray) -> np.ndarray:
        """What the decoder is to answer [B, T]; language: the tokens [B]."""
        return self._padded(segments, language, np.full(len(language), END_ID))

    def inputs(self, answer: np.ndarray, language: np.ndarray) -> np.ndarray:
        """What the decoder reads [B, T] to give an answer [B, T]."""
        first = np.full(len(language), END_ID) if self.before else language
        return np.concatenate([first[:, None], answer[:, :-1]], 1)

    def start(self, language: int) -> Sequence[int]:
        """What the decoder has read before the first token of a translation."""
        return [END_ID, language] if self.before else [language]

    def is_segment(self, segments: Ragged, length: int) -> np.ndarray:
        """Where the ids of segments stand among `length` positions, [B, length] bool."""
        columns = np.arange(length) - self.before
        return (columns >= 0) & (columns < segments.lengths()[:, None])

    def _padded(self, segments: Ragged, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        lengths = segments.lengths()
        ids = np.full((len(segments), int(lengths.max()) + self.controls), PAD_ID, dtype=np.int64)
        ids[:, 0] = first  # where nothing stands before, the segment does
        ids[self.is_segment(segments, ids.shape[1])] = segments.values
        ids[np.arange(len(ids)), lengths + self.before] = last
        return ids


SIDES, TARGET = Placement(before=1), Placement(before=0)


def placement_of(config: ModelConfig) -> Placement:
    """That of a model."""
    return SIDES if config.language_tokens == "sides" else TARGET
