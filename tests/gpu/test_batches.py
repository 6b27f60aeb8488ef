"""Batches on the device are those that were made."""

import pytest
import torch

from model.objectives import OBJECTIVES
from tests.model.toy_batches import batch_of


def tensors(batch):
    found = {"source": batch.source, "inputs": batch.inputs}
    for stack, answers in batch.answers.items():
        found |= {f"{stack} positions": answers.positions, f"{stack} ids": answers.ids}
    return found


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_batch_is_the_same_on_the_device_and_back(device, objective):
    made = batch_of(objective, 40)
    moved = made.to(device)
    for name, tensor in tensors(moved).items():
        assert tensor.device.type == device.type, name
        assert torch.equal(tensor.cpu(), tensors(made)[name]), name
    counts = [(each.tokens, each.source_tokens, each.input_tokens) for each in (made, moved)]
    assert counts[0] == counts[1]


def test_many_batches_in_flight_do_not_overwrite_each_other(device):
    """Copies do not wait for each other, so memory that is used again too early would show here."""
    made = [batch_of("translation", 30, seed=seed) for seed in range(50)]
    moved = [batch.to(device) for batch in made]
    for one, other in zip(made, moved, strict=True):
        assert torch.equal(one.source, other.source.cpu()) and torch.equal(one.inputs, other.inputs.cpu())
