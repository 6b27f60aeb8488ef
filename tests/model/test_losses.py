import pytest
import torch

from model.losses import label_smoothed_cross_entropy

# Worked out by hand: logits (2, 1, 0, -1, .5), target 0, V = 5.
LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0, 0.5]])


def test_without_smoothing_it_is_the_negative_log_probability():
    assert label_smoothed_cross_entropy(LOGITS, torch.tensor([0]), 0.0).item() == pytest.approx(0.574438, abs=1e-6)


def test_smoothing_is_spread_over_the_other_rows_only():
    assert label_smoothed_cross_entropy(LOGITS, torch.tensor([0]), 0.1).item() == pytest.approx(0.761938, abs=1e-6)


def test_it_is_a_sum_over_positions():
    loss = label_smoothed_cross_entropy(LOGITS.repeat(3, 1), torch.tensor([0, 0, 0]), 0.1)
    assert loss.item() == pytest.approx(3 * 0.761938, abs=3e-6)


def test_two_positions_of_the_papers_worked_example():
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0], [0.5, 0.5, 0.0, 0.0]])
    loss = label_smoothed_cross_entropy(logits, torch.tensor([2, 3]), 0.1)
    assert loss.item() == pytest.approx(4.007414, abs=1e-6)
