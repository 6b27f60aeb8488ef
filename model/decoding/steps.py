"""Run the decoders of one or several models, one position at a time."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.batches.placement import placement_of
from model.decoding.int8 import in_int8
from model.network.cache import Cache
from model.network.transformer import Transformer
from model.text.vocabulary import END_ID, Vocabulary

BLOCK = 64  # columns of a block in `best`


@dataclass(frozen=True)
class Hypothesis:
    """A translation: ids without control tokens, and log-probability / length^penalty. </s> counts in both."""

    ids: list[int]
    score: float


class Decoding:
    """B sentences with up to `rows` hypotheses each; the probabilities of several models are averaged."""

    def __init__(self, models: Sequence[Transformer], source: Tensor, rows: int):
        self.models = models
        self.memories = [model.memory(*model.encode(source)) for model in models]
        self.caches = [Cache(len(model.decoder), rows) for model in models]

    def start(self, language: int) -> Tensor:
        """Feed the control tokens that begin each target; returns log-probabilities of the next token [B, V]."""
        mask = self.memories[0].mask
        for token in placement_of(self.models[0].config).start(language):
            log_probs = self.step(torch.full((len(mask), 1), token, device=mask.device))
        return log_probs

    def step(self, newest: Tensor) -> Tensor:
        """Feed the newest token of each hypothesis [B, n]; returns log-probabilities of the next [B * n, V]."""
        each = []
        for model, memory, cache in zip(self.models, self.memories, self.caches, strict=True):
            scores = model.logits(model.decode(newest, memory, cache).flatten(0, 1)).float()
            each.append(torch.log_softmax(scores, -1, out=scores))  # in its place: it is the largest matrix
        return each[0] if len(each) == 1 else torch.stack(each).logsumexp(0) - float(np.log(len(each)))

    def branch(self, parents: Tensor) -> None:
        """Make hypotheses that continue the rows `parents` [B, n] of the last position."""
        for cache in self.caches:
            cache.branch(parents)

    def keep(self, sentences: Tensor) -> None:
        """Keep only these sentences [B']."""
        self.memories = [memory.keep(sentences) for memory in self.memories]
        for cache in self.caches:
            cache.keep(sentences)


def cast_once(model: Transformer, precision: torch.dtype) -> Transformer:
    """The model with the weights of its matrix products in this precision; without a change, the model itself.

    Under `torch.inference_mode`, autocast casts these weights anew at every position. All other weights are shared with
    the model, the embedding that is looked up among them. So the hypotheses are those of autocast.
    """
    if precision is torch.int8:
        return in_int8(model)
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    weights = [weight for layer in layers for weight in layer.parameters()]
    if all(weight.dtype == precision for weight in weights):
        return model
    kept = {id(weight): weight for weight in model.parameters()}
    cast = {id(weight): nn.Parameter(weight.to(precision), requires_grad=False) for weight in weights}
    made = copy.deepcopy(model, {**kept, **cast})
    weight, bias = model.projection("decoder").to(precision), model.bias("decoder")
    bias = None if bias is None else bias.to(precision)
    made.logits = partial(F.linear, weight=weight, bias=bias)  # type: ignore[method-assign]
    return made


def precision_of(model: Transformer) -> torch.dtype:
    """The precision of all but its matrix products in int8."""
    dtypes = (module.weight.dtype for module in model.modules() if isinstance(module, nn.Linear))
    return next(dtypes, torch.float32)


@lru_cache(maxsize=1)  # 16 ms for 64,807 rows, and lines may come one by one
def forbidden_rows(vocabulary: Vocabulary) -> Tensor:
    """True for rows that no translation may contain [V]: special tokens except </s>, and language tokens."""
    return torch.tensor([vocabulary.is_control(i) and i != END_ID for i in range(len(vocabulary))])


def best(log_probs: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The largest values of each row [R, V] and their columns, [R, min(count, V)] each, largest first.

    They are in the `count` blocks of columns with the largest maxima, or after the last full block. Looking only there
    is about three times as fast as topk of all columns.
    """
    in_blocks = log_probs.size(1) // BLOCK * BLOCK
    blocks = log_probs[:, :in_blocks].unflatten(1, (-1, BLOCK))
    if blocks.size(1) <= count:
        values, columns = log_probs.topk(min(count, log_probs.size(1)), 1)
        return values, columns
    top = blocks.amax(2).topk(count, 1).indices
    inside = torch.arange(BLOCK, device=top.device)
    behind = torch.arange(in_blocks, log_probs.size(1), device=top.device).expand(len(top), -1)
    columns = torch.cat([(top[:, :, None] * BLOCK + inside).flatten(1), behind], 1)
    values, chosen = log_probs.gather(1, columns).topk(count, 1)
    return values, columns.gather(1, chosen)
