"""A kernel of flash attention for the processor, where torch has none: what that of a GPU computes, written out."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F

import model.network.attention as attention


def segments(starts, other):
    """The tokens of each segment among queries, and among keys."""
    bounds = (pairwise(where.tolist()) for where in (starts, other))
    return [[slice(*pair) for pair in pairs] for pairs in zip(*bounds, strict=True)]


def scores_of(queries, keys, causal):
    """Of one segment: [n, H, K], [m, H, K] → [H, n, m]."""
    scores = torch.einsum("nhk,mhk->hnm", queries.float(), keys.float()) / math.sqrt(queries.size(-1))
    return scores.masked_fill(torch.ones(scores.shape[1:], dtype=torch.bool).triu(1), -math.inf) if causal else scores


def forward(queries, keys, values, starts, other, longest, other_longest, rate, causal, debug, **options):
    assert not rate and not debug and not any(v is not None for v in options.values())
    assert starts.dtype == other.dtype == torch.int32
    assert all(x.stride(-1) == 1 for x in (queries, keys, values))
    for where, most, tokens in ((starts, longest, queries), (other, other_longest, keys)):
        assert where[0] == 0 and where[-1] == len(tokens) and where.diff().max() == most
    outputs, sums, values = torch.empty_like(queries), torch.empty(queries.size(1), len(queries)), values.float()
    for own, others in segments(starts, other):
        scores = scores_of(queries[own], keys[others], causal)
        outputs[own] = torch.einsum("hnm,mhk->nhk", scores.softmax(-1), values[others])
        sums[:, own] = scores.logsumexp(-1)
    none = torch.zeros((), dtype=torch.uint64)
    return outputs, sums, none.expand(2).clone(), none, torch.empty(0, dtype=queries.dtype)


def backward(gradient, queries, keys, values, outputs, sums, starts, other, *more, **options):
    causal, found = more[3], [torch.empty_like(x) for x in (queries, keys, values)]
    gradient, queries, keys, values = (x.float() for x in (gradient, queries, keys, values))
    for own, others in segments(starts, other):
        scores = scores_of(queries[own], keys[others], causal)
        weights = (scores - sums[:, own, None]).exp()
        of_weights = torch.einsum("nhk,mhk->hnm", gradient[own], values[others])
        means = (gradient[own] * outputs[own]).sum(-1).T[..., None]
        of_scores = weights * (of_weights - means) / math.sqrt(queries.size(-1))
        found[0][own] = torch.einsum("hnm,mhk->nhk", of_scores, keys[others])
        found[1][others] = torch.einsum("hnm,nhk->mhk", of_scores, queries[own])
        found[2][others] = torch.einsum("hnm,nhk->mhk", weights, gradient[own])
    return found


@contextmanager
def flash_on_the_processor(forward: Callable = forward, backward: Callable = backward) -> Iterator[None]:
    """Attention without padding calls the kernel of a GPU, and this one answers."""
    with torch.library._scoped_library("aten", "IMPL") as library, pytest.MonkeyPatch.context() as patch:
        library.impl("_flash_attention_forward", forward, "CPU")
        library.impl("_flash_attention_backward", backward, "CPU")
        usual = attention.attend

        def attend(queries, keys, values, mask, causal, rate=0.0, drop=F.dropout):
            if isinstance(mask, attention.Between):
                return attention.attend_in_segments(queries, keys, values, mask, causal, rate)
            return usual(queries, keys, values, mask, causal, rate, drop)

        patch.setattr(attention, "attend", attend)
        yield
