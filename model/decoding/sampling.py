"""Ancestral sampling: each token is drawn by its probability, as for back-translation (Edunov et al. 2018)."""

from collections.abc import Sequence

import numpy as np
import torch
import xxhash
from torch import Tensor

from model.config.search import SearchConfig
from model.decoding.search import SHRINK
from model.decoding.steps import Decoding, Hypothesis, best, end_now, longest
from model.network.transformer import Transformer
from model.text.vocabulary import END_ID


@torch.inference_mode()
def sample(
    models: Sequence[Transformer], source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[Hypothesis]]:
    """`nbest` hypotheses of each source sentence drawn independently of each other, the most probable first.

    Arguments and scores are those of `model.search.beam_search`: temperature and top_k change what is drawn, not what
    a hypothesis scores. The draws depend on the seed and the batch alone, not on what was drawn before.
    """
    count, rows = len(source), config.nbest
    limits = longest([model.config for model in models], source, config.max_length_factor)
    decoding, generator = Decoding(models, source, rows), _generator(source, config.seed)
    banned = forbidden.nonzero()[:, 0].to(source.device)
    log_probs = decoding.start(language).repeat_interleave(rows, 0)
    sentences = np.arange(count)  # which source sentence stands where in the batch
    written = np.zeros((count, rows, limits.max()), dtype=np.int64)
    scores, lengths = np.zeros((count, rows)), np.zeros((count, rows), dtype=np.int64)  # 0 for those not ended
    for length in range(1, limits.max() + 1):
        log_probs.index_fill_(1, banned, float("-inf"))
        end_now(log_probs, np.repeat(limits[sentences] == length, rows))
        values, newest = _draw(log_probs, config, generator)
        drawn = torch.stack([values.double(), newest.double()]).view(2, -1, rows).cpu().numpy()
        is_open = lengths[sentences] == 0
        scores[sentences] += np.where(is_open, drawn[0], 0.0)
        written[sentences, :, length - 1] = drawn[1]
        lengths[sentences] = np.where(is_open & (drawn[1] == END_ID), length, lengths[sentences])
        goes_on, newest = (lengths[sentences] == 0).any(1), newest.view(-1, rows)
        if not goes_on.any():
            break
        if SHRINK * (~goes_on).sum() >= len(sentences):
            kept = torch.from_numpy(goes_on.nonzero()[0]).to(source.device)
            sentences, newest = sentences[goes_on], newest[kept]
            decoding.keep(kept)
        if length == 1:  # all have the row of the first tokens as their past
            decoding.branch(torch.zeros_like(newest))
        log_probs = decoding.step(newest)
    scores /= lengths**config.length_penalty
    order = np.argsort(-scores, axis=1, kind="stable")
    return [
        [Hypothesis(written[s, r, : lengths[s, r] - 1].tolist(), float(scores[s, r])) for r in order[s]]
        for s in range(count)
    ]


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
