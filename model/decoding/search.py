"""Beam search: the models and the largest values on the device, the few candidates left of them on the processor."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from model.config.search import SearchConfig
from model.decoding.steps import Decoding, Hypothesis, best, end_now, longest
from model.network.transformer import Transformer
from model.text.vocabulary import END_ID

SHRINK = 8  # sentences that are done leave the batch when they are one in so many


@torch.inference_mode()
def beam_search(
    models: Sequence[Transformer], source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[Hypothesis]]:
    """The best hypotheses of each source sentence, `nbest` or as many as ended, best first; at least one, maybe empty.

    models: of one vocabulary; the mean of their probabilities counts. source [B, S] padded ids with their controls;
    language: id of the target language's token, which is forced as the first token; forbidden [V]: true for rows that
    no hypothesis may hold. A sentence is done when `beam` hypotheses have ended, each while among the best of its step.
    """
    limits = longest([model.config for model in models], source, config.max_length_factor)
    found: list[list[Hypothesis]] = [[] for _ in source]
    decoding = Decoding(models, source, config.beam)
    banned = forbidden.nonzero()[:, 0].to(source.device)
    log_probs = decoding.start(language)
    sentences = np.arange(len(source))  # which source sentence stands where in the batch
    written = np.zeros((len(source), 1, 0), dtype=np.int64)  # tokens of the open hypotheses [B, n, length]
    scores = torch.zeros(len(source), 1, device=source.device)
    for length in range(1, limits.max() + 1):
        log_probs.index_fill_(1, banned, float("-inf"))
        end_now(log_probs, np.repeat(limits[sentences] == length, scores.size(1)))
        values, parents, tokens = _candidates(log_probs, scores, config.beam)
        _take_ends(values, parents, tokens, written, sentences, found, limits, config)
        parents, tokens, values = _going_on(values, parents, tokens, config.beam)
        written = np.concatenate([np.take_along_axis(written, parents[:, :, None], 1), tokens[:, :, None]], 2)
        goes_on = np.array([len(found[s]) < config.beam and length < limits[s] for s in sentences])
        if not goes_on.any():
            break
        if SHRINK * (~goes_on).sum() >= len(sentences):
            parents, tokens, values, written, sentences = (
                x[goes_on] for x in (parents, tokens, values, written, sentences)
            )
            decoding.keep(torch.from_numpy(goes_on.nonzero()[0]).to(source.device))
        scores = torch.from_numpy(values).to(source.device, torch.float32)
        both = torch.from_numpy(np.stack([parents, tokens])).to(source.device)
        decoding.branch(both[0])
        log_probs = decoding.step(both[1])
    nothing = [Hypothesis([], float("-inf"))]
    return [sorted(f, key=lambda h: h.score, reverse=True)[: config.nbest] or nothing for f in found]


def _candidates(log_probs: Tensor, scores: Tensor, beam: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The 2K best continuations of each sentence, best first: scores, rows they go on from and tokens, [B, 2K] each.

    log_probs [B * n, V], scores of the n hypotheses [B, n]. A row has at most K candidates that count and </s>.
    """
    values, tokens = best(log_probs, beam + 1)
    width = values.size(1)
    total = (scores.reshape(-1, 1) + values).view(len(scores), -1)
    values, chosen = total.topk(min(2 * beam, total.size(1)), 1)
    tokens = tokens.view(len(scores), -1).gather(1, chosen)
    # One transfer of all three: a double holds each of their values exactly.
    host = torch.stack([values.double(), (chosen // width).double(), tokens.double()]).cpu().numpy()
    return host[0], host[1].astype(np.int64), host[2].astype(np.int64)


def _take_ends(
    values: np.ndarray,
    parents: np.ndarray,
    tokens: np.ndarray,
    written: np.ndarray,
    sentences: np.ndarray,
    found: list[list[Hypothesis]],
    limits: np.ndarray,
    config: SearchConfig,
) -> None:
    """Note the hypotheses that end, in any of the K best candidates of a sentence that is not done."""
    length, first = written.shape[2] + 1, slice(None, config.beam)
    done = np.array([len(found[s]) >= config.beam or length > limits[s] for s in sentences])
    ends = (tokens[:, first] == END_ID) & np.isfinite(values[:, first]) & ~done[:, None]
    for i, j in zip(*ends.nonzero(), strict=True):
        score = float(values[i, j]) / length**config.length_penalty
        found[sentences[i]].append(Hypothesis(written[i, parents[i, j]].tolist(), score))


def _going_on(
    values: np.ndarray, parents: np.ndarray, tokens: np.ndarray, beam: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, tokens and scores of the K best candidates that do not end, or of as many as every sentence has."""
    ends = tokens == END_ID
    width = min(beam, int((~ends).sum(1).min()))
    order = np.argsort(ends, axis=1, kind="stable")[:, :width]
    return tuple(np.take_along_axis(x, order, 1) for x in (parents, tokens, values))  # type: ignore[return-value]
