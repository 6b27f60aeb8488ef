from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch

from model.command import UserError
from model.data import CONTROLS, BatchStream, collate, plan_epoch
from model.shards import Examples, Side
from model.vocabulary import END_ID, PAD_ID


def side(segments, language):
    ids = np.array([i for s in segments for i in s], dtype=np.uint16)
    starts = np.concatenate([[0], np.cumsum([len(s) for s in segments])])
    return Side(ids, starts, np.full(len(segments), language, dtype=np.int32))


def examples(count=200, seed=0):
    random = np.random.default_rng(seed)
    make = lambda: [random.integers(6, 20, random.integers(1, 12)).tolist() for _ in range(count)]  # noqa: E731
    return Examples(side(make(), 4), side(make(), 5))


def test_a_batch_holds_language_tokens_ends_and_shifted_inputs():
    two = Examples(side([[6, 7], [8]], 4), side([[9], [10, 11, 12]], 5))
    batch = collate(two, np.array([0, 1]))
    assert batch.source.tolist() == [[4, 6, 7, END_ID], [4, 8, END_ID, PAD_ID]]
    assert batch.targets.tolist() == [[5, 9, END_ID, PAD_ID, PAD_ID], [5, 10, 11, 12, END_ID]]
    assert batch.inputs.tolist() == [[END_ID, 5, 9, END_ID, PAD_ID], [END_ID, 5, 10, 11, 12]]


def test_an_epoch_takes_each_segment_once_within_the_budget():
    data = examples()
    plan = plan_epoch(data, batch_tokens=60, max_positions=128, seed=1, epoch=0)
    assert Counter(i for rows in plan for i in rows.tolist()) == Counter(range(200))
    longest = np.maximum(data.source.lengths(), data.target.lengths()) + CONTROLS
    assert all(len(rows) * longest[rows].max() <= 60 for rows in plan)
    assert np.mean([len(rows) * longest[rows].max() for rows in plan]) > 45  # batches are filled


def test_the_order_depends_on_seed_and_epoch_alone():
    plans = [
        [rows.tolist() for rows in plan_epoch(examples(), 60, 128, seed, epoch)]
        for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0))
    ]
    assert plans[0] == plans[1]
    assert plans[0] != plans[2] and plans[0] != plans[3]


def test_segments_longer_than_the_positions_are_left_out():
    data = examples()
    plan = plan_epoch(data, 60, max_positions=8, seed=1, epoch=0)
    longest = np.maximum(data.source.lengths(), data.target.lengths()) + CONTROLS
    assert sorted(i for rows in plan for i in rows) == np.flatnonzero(longest <= 8).tolist()


def test_a_restored_stream_goes_on_where_the_first_one_stood():
    whole = BatchStream(examples(30), 60, 128, seed=3)
    batches = list(islice(iter(whole), 25))  # several epochs
    cut = BatchStream(examples(30), 60, 128, seed=3)
    list(islice(iter(cut), 11))
    rest = BatchStream(examples(30), 60, 128, seed=3)
    rest.restore(cut.state())
    for expected, found in zip(batches[11:], islice(iter(rest), 14), strict=True):
        assert torch.equal(expected.source, found.source) and torch.equal(expected.targets, found.targets)
    assert whole.epoch > 0


def test_no_segment_at_all_is_refused():
    with pytest.raises(UserError, match="no training segment fits"):
        next(iter(BatchStream(examples(), 60, max_positions=2, seed=1)))
