"""Ancestral sampling: each token is drawn from the models' distribution (as for back-translation, Edunov et al. 2018)."""

from collections.abc import Sequence

import numpy as np
import torch
import xxhash
from torch import Tensor

from model.config import SearchConfig
from model.decoding import Decoding, Hypothesis, best, end_now, longest
from model.search import SHRINK
from model.transformer import Transformer
from model.vocabulary import END_ID


@torch.inference_mode()
def sample(
    models: Sequence[Transformer], source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[Hypothesis]]:
    """`nbest` hypotheses of each source sentence drawn independently of each other, the most probable first.

    Arguments and scores are those of `model.search.beam_search`: temperature and top_k change what is drawn, not what
    a hypothesis scores. The draws depend on the seed and the batch alone, not on what was drawn before.
    """
    limits, found = longest(models, source, config.max_length_factor), [list[Hypothesis]() for _ in source]
    decoding, generator = Decoding(models, source, config.nbest), _generator(source, config.seed)
    banned = forbidden.nonzero()[:, 0].to(source.device)
    log_probs = decoding.start(language).repeat_interleave(config.nbest, 0)
    sentences, written = np.arange(len(source)), np.zeros((len(source), config.nbest, 0), dtype=np.int64)
    scores, ended = np.zeros((len(source), config.nbest)), np.zeros((len(source), config.nbest), dtype=bool)
    for length in range(1, limits.max() + 1):
        log_probs.index_fill_(1, banned, float("-inf"))
        end_now(log_probs, np.repeat(limits[sentences] == length, config.nbest))
        values, newest = _draw(log_probs, config, generator)
        host = torch.stack([values.double(), newest.double()]).view(2, -1, config.nbest).cpu().numpy()
        scores, tokens = scores + host[0], host[1].astype(np.int64)
        for i, j in zip(*((tokens == END_ID) & ~ended).nonzero(), strict=True):
            score = float(scores[i, j]) / length**config.length_penalty
            found[sentences[i]].append(Hypothesis(written[i, j].tolist(), score))
        ended |= tokens == END_ID
        written, newest = np.concatenate([written, tokens[:, :, None]], 2), newest.view(-1, config.nbest)
        goes_on = ~ended.all(1)
        if not goes_on.any():
            break
        if SHRINK * (~goes_on).sum() >= len(sentences):
            kept = torch.from_numpy(goes_on.nonzero()[0]).to(source.device)
            newest, (scores, ended, written, sentences) = newest[kept], (
                x[goes_on] for x in (scores, ended, written, sentences)
            )
            decoding.keep(kept)
        if length == 1 and config.nbest > 1:
            decoding.branch(newest.new_zeros(newest.shape))
        log_probs = decoding.step(newest)
    return [sorted(hypotheses, key=lambda h: h.score, reverse=True) for hypotheses in found]


def _generator(source: Tensor, seed: int) -> torch.Generator:
    key = xxhash.xxh64_intdigest(source.cpu().numpy().tobytes(), seed % 2**64)
    return torch.Generator(source.device).manual_seed(key >> 1)


def _draw(log_probs: Tensor, config: SearchConfig, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A token of each row [R, V] and its log-probability [R] each: where the running sum passes a uniform number."""
    values, columns = best(log_probs, config.top_k) if config.top_k else (log_probs, None)
    sums = (values / config.temperature).softmax(1).double().cumsum(1)
    uniform = torch.rand(len(sums), 1, generator=generator, dtype=torch.double, device=sums.device)
    # `right` never stops at a token of probability zero, which leaves the sum as it was.
    drawn = torch.searchsorted(sums, uniform * sums[:, -1:], right=True).clamp_(max=sums.size(1) - 1)
    values = values.gather(1, drawn)[:, 0]
    return values, (drawn if columns is None else columns.gather(1, drawn))[:, 0]
