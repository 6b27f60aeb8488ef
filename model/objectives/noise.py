"""Noise of denoising objectives, for all segments of a batch at once.

A row of OBJECTIVES names one of these functions. Its arguments are a text, a ratio, the ids that random replacements
are drawn from, and a random generator. Control rows are never selected, since texts have none, and never drawn. The
type of a text's ids may be too small for drawn ids, so results have a type for both.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model.text.ragged import Ragged, starts_of
from model.text.vocabulary import MASK_ID

UNCHANGED, RANDOM = 0.1, 0.1  # fractions of the selected words (Devlin et al. 2019, section 3.1)


@dataclass(frozen=True)
class Text:
    """Segments, and which of their ids begin a word."""

    segments: Ragged
    begins: np.ndarray  # [ids] bool, true for the first id of each segment

    def word_of_ids(self) -> np.ndarray:
        """The word of each id, numbered over all segments [ids]."""
        return np.cumsum(self.begins) - 1

    def segment_of_words(self) -> np.ndarray:
        """The segment of each word [words]."""
        return self.segments.row_of_items()[self.begins]


@dataclass(frozen=True)
class Noised:
    """Segments as the encoder reads them, and which ids of the text are to be predicted."""

    segments: Ragged
    selected: np.ndarray  # [ids of the text] bool


Noise = Callable[[Text, float, np.ndarray, np.random.Generator], Noised]


def mask_words(text: Text, ratio: float, drawn: np.ndarray, random: np.random.Generator) -> Noised:
    """Select some words of each segment; of these 80% become `<mask>`, 10% random ids, and 10% stay as they are.

    Of n words, ratio * n are selected on average: this number is rounded up or down at random. Each id of a selected
    word is replaced by one id, so the length stays (Xu et al. 2023, section 3.1).
    """
    segment_of_words = text.segment_of_words()
    words = np.bincount(segment_of_words, minlength=len(text.segments))
    counts = np.floor(ratio * words + random.random(len(words))).astype(np.int64)
    chosen, fate = _chosen(segment_of_words, counts, random), random.random(len(segment_of_words))
    word, ids = text.word_of_ids(), text.segments.values
    selected, fate = chosen[word], fate[word]
    strangers = random.choice(drawn, len(ids))
    changed = np.where(fate < UNCHANGED, ids, np.where(fate < UNCHANGED + RANDOM, strangers, MASK_ID))
    return Noised(Ragged(np.where(selected, changed, ids), text.segments.starts), selected)


def replace_words(text: Text, ratio: float, drawn: np.ndarray, random: np.random.Generator) -> Noised:
    """Replace some words of each segment, each by one `<mask>` or, in 10% of cases, by one random id.

    Of n words, ceil(ratio * n) are replaced. All ids are to be predicted. This is the denoising autoencoder of Xu et
    al. 2023, section 4.3, as in their code: without spans of several words and without changes of order.
    """
    segment_of_words = text.segment_of_words()
    words = np.bincount(segment_of_words, minlength=len(text.segments))
    counts = np.ceil(ratio * words - 1e-9).astype(np.int64)  # .07 * 100 is a little more than 7
    chosen, ids = _chosen(segment_of_words, counts, random), text.segments.values
    instead = np.where(random.random(len(chosen)) < RANDOM, random.choice(drawn, len(chosen)), MASK_ID)
    word = text.word_of_ids()
    kept = ~chosen[word] | text.begins
    values = np.where(chosen[word], instead[word], ids)[kept]
    lengths = np.bincount(text.segments.row_of_items()[kept], minlength=len(text.segments))
    return Noised(Ragged(values, starts_of(lengths)), np.ones(len(ids), bool))


def mask_span(text: Text, ratio: float, drawn: np.ndarray, random: np.random.Generator) -> Noised:
    """Replace each id of one span of each segment by `<mask>`; the span is to be predicted (MASS, Song et al. 2019).

    The span has max(1, round(ratio * l)) tokens, where l is the length of the segment with `</s>`. The span never
    contains `</s>`.
    """
    ids, lengths = text.segments.values, text.segments.lengths()
    span = np.minimum(np.maximum(1, np.rint(ratio * (lengths + 1))), lengths).astype(np.int64)
    first = np.floor(random.random(len(lengths)) * (lengths - span + 1)).astype(np.int64)
    row = text.segments.row_of_items()
    at = np.arange(len(ids)) - text.segments.starts[row]
    selected = (at >= first[row]) & (at < (first + span)[row])
    return Noised(Ragged(np.where(selected, MASK_ID, ids), text.segments.starts), selected)


def _chosen(segment_of_words: np.ndarray, counts: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw counts[i] words of segment i without replacement [words] bool."""
    order = np.lexsort((random.random(len(segment_of_words)), segment_of_words))
    first = starts_of(np.bincount(segment_of_words, minlength=len(counts)))
    chosen = np.zeros(len(order), bool)
    # `order` has the words of each segment together, as `segment_of_words` has.
    chosen[order] = np.arange(len(order)) - first[segment_of_words] < counts[segment_of_words]
    return chosen
