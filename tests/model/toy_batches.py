"""Batches of each objective, and a model that learns from them."""

import numpy as np
import torch

from model.batches.collate import Collator
from model.batches.placement import SIDES
from model.config.model import ModelConfig
from model.network.transformer import Transformer
from model.objectives import OBJECTIVES
from model.shards.examples import Examples, Side
from model.text.ragged import Ragged
from model.training.learner import Learner

ROWS, FIRST = 60, 12
SIZES = ModelConfig(width=32, feedforward=64, heads=2, encoder_layers=1, decoder_layers=1, max_positions=40)


class AllBegin:
    """Words of one id each."""

    control = np.arange(ROWS) < FIRST

    def begins(self, segments, languages):
        return np.ones(len(segments.values), bool)


def examples(count=200, monolingual=True, seed=0):
    """Segments of 4 to 9 ids; each is its own target, or the target is its ids counted backwards."""
    random = np.random.default_rng(seed)
    lists = [random.integers(FIRST, ROWS, random.integers(4, 10)).tolist() for _ in range(count)]
    source = Side(Ragged.from_lists(lists, np.uint16), np.full(count, 5, np.int32))
    if monolingual:
        return Examples(source)
    other = [[ROWS + FIRST - 1 - i for i in ids] for ids in lists]
    return Examples(source, Side(Ragged.from_lists(other, np.uint16), np.full(count, 6, np.int32)))


def batch_of(name, count=200, placement=SIDES, seed=1, ratio=0.3):
    objective = OBJECTIVES[name]
    collator = Collator(name, objective, placement, AllBegin(), ratio)
    given = examples(count, objective.data == "monolingual")
    return collator.batch(given, np.arange(count), np.random.default_rng(seed))


def transformer(dropout=0.0, **sizes):
    torch.manual_seed(0)
    return Transformer(SIZES.model_copy(update=sizes), ROWS, dropout, dropout)


def learner(dropout=0.0, smoothing=0.0, distillation=None, **sizes):
    return Learner(transformer(dropout, **sizes), smoothing, distillation).train()
