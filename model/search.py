"""Beam search with keys and values kept, so that each step computes one new position a hypothesis."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from model.config import SearchConfig
from model.transformer import Cache, Transformer
from model.vocabulary import END_ID, PAD_ID


@dataclass
class _Sentence:
    """What the search has found for one source sentence."""

    finished: int = 0
    best_score: float = float("-inf")
    best: list[int] = field(default_factory=list)

    def offer(self, tokens: list[int], score: float) -> None:
        """Take note of a hypothesis that ended; the better score stays."""
        self.finished += 1
        if score > self.best_score:
            self.best_score, self.best = score, tokens


class _Beams:
    """The open hypotheses of the sentences still searched: rows [B * K], K of one sentence side by side."""

    def __init__(self, model: Transformer, source: Tensor, beam: int):
        self.model, self.beam = model, beam
        states, mask = model.encode(source)
        self.memories = [
            (k.repeat_interleave(beam, 0), v.repeat_interleave(beam, 0)) for k, v in model.memories(states)
        ]
        self.mask = mask.repeat_interleave(beam, 0)
        self.caches = [Cache() for _ in self.memories]
        self.tokens = torch.empty(len(self.mask), 0, dtype=torch.long, device=source.device)  # [B * K, written]
        self.position = 0

    def step(self, newest: Tensor) -> Tensor:
        """Feed the newest token of each row [B * K]; returns log-probabilities of the next [B * K, V]."""
        states = self.model.decode(newest[:, None], self.memories, self.mask, self.caches, self.position)
        self.position += 1
        return self.model.logits(states[:, 0]).float().log_softmax(-1)

    def select(self, rows: Tensor, sentences_change: bool) -> None:
        """Keep these rows, in this order."""
        self.tokens = self.tokens[rows]
        for cache in self.caches:
            cache.select(rows)
        if sentences_change:
            self.mask = self.mask[rows]
            self.memories = [(k[rows], v[rows]) for k, v in self.memories]


@torch.no_grad()
def beam_search(
    model: Transformer, source: Tensor, language: int, config: SearchConfig, forbidden: Tensor
) -> list[list[int]]:
    """The best hypothesis of each source sentence.

    source [B, S] padded ids with their controls; language: id of the target language's token, which is forced as the
    first token; forbidden [V]: true for rows that no hypothesis may hold. Returns B lists of ids without controls.
    """
    beam, count = config.beam, len(source)
    lengths = config.max_length_factor * (source != PAD_ID).sum(1) + 10
    limits = lengths.long().clamp(max=model.config.max_positions - 2).tolist()
    found = [_Sentence() for _ in range(count)]
    open_sentences = list(range(count))
    beams = _Beams(model, source, beam)
    beams.step(torch.full((count * beam,), END_ID, device=source.device))
    newest = torch.full((count * beam,), language, device=source.device)
    not_end = torch.arange(len(forbidden), device=source.device) != END_ID
    # All hypotheses of a sentence are equal at first: only one of them may branch.
    scores = torch.full((count, beam), float("-inf"), device=source.device)
    scores[:, 0] = 0.0
    for length in range(1, max(limits) + 1):
        log_probs = beams.step(newest).masked_fill(forbidden, float("-inf"))
        last = torch.tensor([limits[s] == length for s in open_sentences], device=source.device)
        log_probs.masked_fill_(last.repeat_interleave(beam)[:, None] & not_end, float("-inf"))
        rows, newest, scores = _branch(log_probs, scores, beams, found, open_sentences, length, config)
        keep = [i for i, s in enumerate(open_sentences) if found[s].finished < beam and length < limits[s]]
        if not keep:
            break
        shrinks = len(keep) < len(open_sentences)
        if shrinks:
            open_sentences = [open_sentences[i] for i in keep]
            kept = torch.tensor(keep, device=source.device)
            rows, newest, scores = (x.view(-1, beam)[kept] for x in (rows, newest, scores))
        rows, newest = rows.flatten(), newest.flatten()
        beams.select(rows, shrinks)
        beams.tokens = torch.cat([beams.tokens, newest[:, None]], 1)
    return [sentence.best for sentence in found]


def _branch(
    log_probs: Tensor,
    scores: Tensor,
    beams: _Beams,
    found: list[_Sentence],
    open_sentences: list[int],
    length: int,
    config: SearchConfig,
) -> tuple[Tensor, Tensor, Tensor]:
    """Choose the K best continuations of each sentence; those that end are offered as results.

    log_probs [B * K, V], scores [B, K] → the row each continuation comes from [B, K], its newest token [B, K] and its
    score [B, K]. Of the 2K best candidates at least K do not end, since each hypothesis ends in one way only.
    """
    beam, vocabulary = config.beam, log_probs.size(1)
    total = (scores.flatten()[:, None] + log_probs).view(len(scores), -1)
    values, flat = total.topk(2 * beam, 1)
    origin = torch.arange(len(scores), device=flat.device)[:, None] * beam + flat // vocabulary
    token = flat % vocabulary
    ends = token == END_ID
    for i, j in (ends[:, :beam] & values[:, :beam].isfinite()).nonzero().tolist():
        written = beams.tokens[origin[i, j]].tolist()
        found[open_sentences[i]].offer(written, values[i, j].item() / length**config.length_penalty)
    # A stable sort brings the candidates that go on to the front, best first.
    first = ends.to(torch.uint8).sort(dim=1, stable=True).indices[:, :beam]
    return origin.gather(1, first), token.gather(1, first), values.gather(1, first)
