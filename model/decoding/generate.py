"""The decoding loop over positions, for beam search and sampling."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.decoding.beam_search import BeamSearch
from model.decoding.repeats import forbid_repeats
from model.decoding.sampling import Sampling
from model.decoding.steps import Decoding, Hypothesis, cast_once, precision_of
from model.network.transformer import Transformer
from model.text.vocabulary import END_ID, PAD_ID

SHRINK = 8  # finished sentences are removed from the batch when at least one in so many is finished


@torch.inference_mode()
def generate(
    models: Sequence[Transformer], source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[Hypothesis]]:
    """The `nbest` hypotheses of each source sentence, best first. Beam search may return fewer, but at least one.

    models: with the same vocabulary; their probabilities are averaged. source [B, S]: padded ids with control tokens;
    language: id of the target language's token, which is forced as the first token; forbidden [V]: true for rows that
    no hypothesis may contain. A hypothesis may be empty. Products have the precision of the first model's weights, or
    that of an autocast around this call.
    """
    kind = source.device.type
    around = torch.is_autocast_enabled(kind)
    precision = torch.get_autocast_dtype(kind) if around else precision_of(models[0])
    with torch.autocast(kind, precision, enabled=precision != torch.float32):
        return _generate([cast_once(model, precision) for model in models], source, language, config, forbidden)


def _generate(
    models: Sequence[Transformer], source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[Hypothesis]]:
    limits = longest([model.config for model in models], source, config.max_length_factor)
    decoding, banned = Decoding(models, source, config.rows()), forbidden.nonzero()[:, 0].to(source.device)
    choice = (Sampling if config.sampling else BeamSearch)(source, limits, config)
    log_probs = decoding.start(language)
    sentences = np.arange(len(source))  # numbers of the source sentences in the batch
    for length in range(1, limits.max() + 1):
        log_probs.index_fill_(1, banned, float("-inf"))
        if config.no_repeat_ngram_size:
            forbid_repeats(log_probs, choice.prefixes(sentences), config.no_repeat_ngram_size)
        end_now(log_probs, np.repeat(limits[sentences] == length, len(log_probs) // len(sentences)))
        parents, tokens = choice.choose(log_probs, sentences)
        goes_on = choice.is_open(sentences) & (length < limits[sentences])
        if not goes_on.any():
            break
        if SHRINK * (~goes_on).sum() >= len(sentences):
            parents, tokens, sentences = parents[goes_on], tokens[goes_on], sentences[goes_on]
            choice.keep(goes_on)
            decoding.keep(torch.from_numpy(goes_on.nonzero()[0]).to(source.device))
        both = torch.from_numpy(np.stack([parents, tokens])).to(source.device)
        decoding.branch(both[0])
        log_probs = decoding.step(both[1])
    return choice.hypotheses()


def longest(configs: Iterable[ModelConfig], source: Tensor, factor: float | None) -> np.ndarray:
    """The longest hypothesis of each sentence [B], </s> counted.

    It is what the positions allow, or factor * length + 10 if this is less. Without a factor it does not depend on the
    source, as in mRASP's code: a language written in characters may need many times the subwords of its source.
    """
    most = min(config.max_positions for config in configs) - 2
    if factor is None:
        return np.full(len(source), most)
    return (factor * (source != PAD_ID).sum(1) + 10).long().clamp(max=most).cpu().numpy()


def end_now(log_probs: Tensor, rows: np.ndarray) -> None:
    """Allow only </s> in the rows of log_probs [R, V] that are true in `rows` [R]."""
    if rows.any():
        chosen = torch.from_numpy(rows.nonzero()[0]).to(log_probs.device)
        ends = log_probs[chosen, END_ID]
        log_probs.index_fill_(0, chosen, float("-inf"))
        log_probs[chosen, END_ID] = ends
