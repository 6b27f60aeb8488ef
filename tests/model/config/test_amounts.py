import pytest

from model.config.amounts import AMOUNTS, fitting, schedule
from model.config.model import ModelConfig, is_open, sizes
from model.config.training import TrainingConfig


@pytest.mark.parametrize(
    ("segments", "preset"),
    [(0, "tiny"), (2_800, "tiny"), (30_000, "tiny"), (30_001, "small"), (10**6, "base"), (5_000_001, "mrasp")],
)
def test_more_text_gets_a_larger_model(segments, preset):
    assert fitting(segments).preset == preset


def test_every_row_is_a_model_and_a_schedule_and_each_model_is_larger_than_the_one_before():
    widths = [ModelConfig.model_validate({"preset": row.preset}).width for row in AMOUNTS]
    assert widths == sorted(set(widths))
    for row in AMOUNTS:
        chosen = TrainingConfig.model_validate(schedule(int(min(row.segments, 10**9)), 10**9, {}, fine_tuning=False))
        assert chosen.batch_tokens >= ModelConfig().max_positions  # else its longest segments fit into no batch
        assert chosen.patience and chosen.warmup < chosen.updates


def test_the_updates_read_the_text_so_many_times():
    found = schedule(2_800, 28_000, {}, fine_tuning=False)
    # 25 times 28,000 tokens in batches of 1,000 are 700 updates: 40 evaluations, one after each 18 updates.
    assert (found["evaluate_every"], found["updates"], found["warmup"]) == (18, 720, 72)
    assert (found["batch_tokens"], found["patience"], found["dropout"]) == (1000, 10, 0.3)
    twice = schedule(2_800, 28_000, {"batches_per_update": 2}, fine_tuning=False)
    assert twice["updates"] == 400  # never less than 10 updates between evaluations


def test_what_the_study_says_counts():
    given = {
        "batch_tokens": 500,
        "warmup": 7,
        "patience": 0,
        "evaluate_every": 100,
        "learning_rate": 1e-2,
        "dropout": 0,
    }
    found = schedule(2_800, 28_000, given, fine_tuning=True)
    assert {key: found[key] for key in given} == given and found["updates"] == 1400


def test_a_model_that_starts_from_another_learns_more_slowly():
    assert schedule(2_800, 28_000, {}, fine_tuning=True)["learning_rate"] == 5e-4
    assert schedule(10**8, 10**9, {}, fine_tuning=False).get("learning_rate") is None  # the paper's


@pytest.mark.parametrize(
    ("shared", "own", "expected"),
    [
        ({}, {}, True),
        ({"max_positions": 64, "norm": "pre"}, {"language_tokens": "target"}, True),
        ({"width": 128}, {}, False),
        ({}, {"heads": 8}, False),
        ({"preset": "mrasp"}, {}, False),
        ({}, {"preset": "m8"}, False),
    ],
)
def test_a_size_is_open_until_somebody_names_it(shared, own, expected):
    assert is_open(sizes(ModelConfig.model_validate(shared), own)) is expected
