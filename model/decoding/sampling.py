"""Ancestral sampling: each token is drawn by its probability, as for back-translation (Edunov et al. 2018)."""

import numpy as np
import torch
import xxhash
from torch import Tensor

from model.config.search import SearchConfig
from model.decoding.steps import Hypothesis, best
from model.text.vocabulary import END_ID


class Sampling:
    """n = `nbest` hypotheses of each of B sentences, drawn independently of each other.

    Temperature and top_k change the draws, but not the score of a hypothesis. The draws depend only on the seed and the
    batch, not on earlier batches.
    """

    def __init__(self, source: Tensor, limits: np.ndarray, config: SearchConfig):
        self.config, self.length, self.generator = config, 0, _generator(source, config.seed)
        count, rows = len(source), config.nbest
        self.written = np.zeros((count, rows, limits.max()), dtype=np.int64)
        self.scores, self.lengths = np.zeros((count, rows)), np.zeros((count, rows), dtype=np.int64)  # 0: not ended

    def choose(self, log_probs: Tensor, sentences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows that hypotheses continue, and their next tokens, [B, n] each.

        log_probs [B * n, V]: of the next token of each hypothesis, at first [B, V]; sentences [B]: numbers of those in
        the batch.
        """
        rows = self.config.nbest
        parents = np.broadcast_to(np.arange(rows) if self.length else np.zeros(rows, np.int64), (len(sentences), rows))
        if not self.length:
            log_probs = log_probs.repeat_interleave(rows, 0)
        self.length += 1
        values, tokens = _draw(log_probs, self.config, self.generator)
        drawn = torch.stack([values.double(), tokens.double()]).view(2, -1, rows).cpu().numpy()
        is_open = self.lengths[sentences] == 0
        self.scores[sentences] += np.where(is_open, drawn[0], 0.0)
        self.written[sentences, :, self.length - 1] = drawn[1]
        ends = is_open & (drawn[1] == END_ID)
        self.lengths[sentences] = np.where(ends, self.length, self.lengths[sentences])
        return parents, drawn[1].astype(np.int64)

    def prefixes(self, sentences: np.ndarray) -> np.ndarray:
        """The tokens of the hypotheses of these sentences [B * n, length], at first [B, 0]."""
        if not self.length:
            return np.zeros((len(sentences), 0), np.int64)
        return self.written[sentences, :, : self.length].reshape(-1, self.length)

    def is_open(self, sentences: np.ndarray) -> np.ndarray:
        """Which of these sentences have a hypothesis that has not ended."""
        return (self.lengths[sentences] == 0).any(1)

    def keep(self, chosen: np.ndarray) -> None:
        """Nothing to do: all that is stored is stored by the number of the sentence."""

    def hypotheses(self) -> list[list[Hypothesis]]:
        """All hypotheses of each sentence, best first."""
        scores = self.scores / self.lengths**self.config.length_penalty
        order = np.argsort(-scores, axis=1, kind="stable")
        return [
            [Hypothesis(self.written[s, r, : self.lengths[s, r] - 1].tolist(), float(scores[s, r])) for r in order[s]]
            for s in range(len(scores))
        ]


def _generator(source: Tensor, seed: int) -> torch.Generator:
    key = xxhash.xxh64_intdigest(source.cpu().numpy().tobytes(), seed % 2**64)
    return torch.Generator(source.device).manual_seed(key >> 1)


def _draw(log_probs: Tensor, config: SearchConfig, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw a token of each row [R, V] by the cumulative distribution; returns log-probabilities and tokens [R]."""
    values, columns = best(log_probs, config.top_k) if config.top_k else (log_probs, None)
    sums = (values / config.temperature).softmax(1).double().cumsum(1)
    uniform = torch.rand(len(sums), 1, generator=generator, dtype=torch.double, device=sums.device)
    # `right` never stops at a token of probability zero, which leaves the sum as it was.
    drawn = torch.searchsorted(sums, uniform * sums[:, -1:], right=True).clamp_(max=sums.size(1) - 1)
    values = values.gather(1, drawn)[:, 0]
    return values, (drawn if columns is None else columns.gather(1, drawn))[:, 0]
