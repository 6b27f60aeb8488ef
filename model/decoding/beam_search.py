"""Beam search: the device finds the best continuations, the processor chooses hypotheses among these few."""

import numpy as np
import torch
from torch import Tensor

from model.config.search import SearchConfig
from model.decoding.steps import Hypothesis, best
from model.text.vocabulary import END_ID


class BeamSearch:
    """The K = `beam` best hypotheses of each of B sentences.

    A hypothesis ends with </s> if it is then among the K best candidates of its step. A sentence is done when
    K * `patience` hypotheses have ended, or when no open one can still become one of its `nbest`. Letters in shapes:
    n <= K open hypotheses.
    """

    def __init__(self, source: Tensor, limits: np.ndarray, config: SearchConfig):
        self.limits, self.config = limits, config
        self.ended: list[list[Hypothesis]] = [[] for _ in source]
        self.decided = np.zeros(len(source), dtype=bool)  # no open hypothesis can become one of the `nbest`
        self.to_beat = np.full(len(source), -np.inf)  # the score of the last of `nbest` ended hypotheses
        self.written = np.zeros((len(source), 1, 0), dtype=np.int64)  # tokens of the open hypotheses [B, n, length]
        self.scores = np.zeros((len(source), 1))  # log-probabilities of the open hypotheses [B, n]

    def choose(self, log_probs: Tensor, sentences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows that hypotheses continue, and their next tokens, [B, n] each.

        log_probs [B * n, V]: of the next token of each open hypothesis; sentences [B]: numbers of those in the batch.
        """
        scores = torch.from_numpy(self.scores).to(log_probs.device, torch.float32)
        values, parents, tokens = _candidates(log_probs, scores, self.config.beam)
        self._take_ends(values, parents, tokens, sentences)
        parents, tokens, self.scores = _going_on(values, parents, tokens, self.config.beam)
        self._decide(sentences)
        past = np.take_along_axis(self.written, parents[:, :, None], 1)
        self.written = np.concatenate([past, tokens[:, :, None]], 2)
        return parents, tokens

    def prefixes(self, sentences: np.ndarray) -> np.ndarray:
        """The tokens of the open hypotheses of these sentences, which are those in the batch [B * n, length]."""
        count, rows, length = self.written.shape
        return self.written.reshape(count * rows, length)

    def is_open(self, sentences: np.ndarray) -> np.ndarray:
        """Which of these sentences are not done."""
        return np.array([len(self.ended[s]) < self.config.enough() for s in sentences]) & ~self.decided[sentences]

    def keep(self, chosen: np.ndarray) -> None:
        """Keep only the open hypotheses of the chosen sentences, a mask [B]."""
        self.written, self.scores = self.written[chosen], self.scores[chosen]

    def hypotheses(self) -> list[list[Hypothesis]]:
        """The `nbest` of each sentence, or as many as ended, best first. If none ended, an empty one."""
        nothing = [Hypothesis([], float("-inf"))]
        ranked = (sorted(ended, key=lambda h: h.score, reverse=True) for ended in self.ended)
        return [hypotheses[: self.config.nbest] or nothing for hypotheses in ranked]

    def _take_ends(self, values: np.ndarray, parents: np.ndarray, tokens: np.ndarray, sentences: np.ndarray) -> None:
        """Store the hypotheses that end: </s> among the K best candidates of a sentence that is not done."""
        length, first = self.written.shape[2] + 1, slice(None, self.config.beam)
        takes = self.is_open(sentences) & (length <= self.limits[sentences])
        ends = (tokens[:, first] == END_ID) & np.isfinite(values[:, first]) & takes[:, None]
        for i, j in zip(*ends.nonzero(), strict=True):
            score = float(values[i, j]) / length**self.config.length_penalty
            ended = self.ended[sentences[i]]
            ended.append(Hypothesis(self.written[i, parents[i, j]].tolist(), score))
            if len(ended) >= self.config.nbest:
                self.to_beat[sentences[i]] = sorted(h.score for h in ended)[-self.config.nbest]

    def _decide(self, sentences: np.ndarray) -> None:
        """Mark the sentences whose `nbest` are decided.

        A log-probability only falls. So the best score that an open hypothesis can reach is its log-probability now,
        divided by length^penalty of the shortest or the longest hypothesis that it can become.
        """
        soonest = np.full(len(sentences), self.written.shape[2] + 2)
        lengths = np.stack([soonest, np.maximum(self.limits[sentences], soonest)])
        within_reach = (self.scores.max(1) / lengths**self.config.length_penalty).max(0)
        self.decided[sentences] |= within_reach <= self.to_beat[sentences]


def _candidates(log_probs: Tensor, scores: Tensor, beam: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The 2K best continuations of each sentence, best first: scores, rows that they continue and tokens, [B, 2K] each.

    log_probs [B * n, V], scores of the n hypotheses [B, n]. Of each row, K tokens and </s> are enough.
    """
    values, tokens = best(log_probs, beam + 1)
    width = values.size(1)
    total = (scores.reshape(-1, 1) + values).view(len(scores), -1)
    values, chosen = total.topk(min(2 * beam, total.size(1)), 1)
    tokens = tokens.view(len(scores), -1).gather(1, chosen)
    # One transfer of all three: a double holds each of their values exactly.
    host = torch.stack([values.double(), (chosen // width).double(), tokens.double()]).cpu().numpy()
    return host[0], host[1].astype(np.int64), host[2].astype(np.int64)


def _going_on(
    values: np.ndarray, parents: np.ndarray, tokens: np.ndarray, beam: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, tokens and scores of the K best candidates that do not end, or of fewer if a sentence has fewer."""
    ends = tokens == END_ID
    width = min(beam, int((~ends).sum(1).min()))
    order = np.argsort(ends, axis=1, kind="stable")[:, :width]
    return tuple(np.take_along_axis(x, order, 1) for x in (parents, tokens, values))  # type: ignore[return-value]
