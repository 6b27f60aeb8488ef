"""Batches without padding on the device, where a GPU in bf16 has a kernel of attention for them."""

import pytest
import torch

from model.config.run import IntraDistillation
from model.machine.devices import autocast, check_compiler
from model.network.attention import Between, Segments, attend, takes_segments
from model.objectives import OBJECTIVES
from model.train import Loop
from tests.gpu.test_learner import learned
from tests.model.toy_batches import SIZES, batch_of, learner
from tests.model.toy_run import changed

PASSES = {
    "one pass": None,
    "two together": IntraDistillation(passes=2),
    "two of the decoder": IntraDistillation(passes=2, encoder_repeated=False),
    "two apart": IntraDistillation(passes=2, together=False),
}


def test_a_gpu_trains_without_padding_in_bf16(device):
    assert takes_segments(device, torch.bfloat16, SIZES) == (device.type == "cuda")
    assert not takes_segments(device, torch.float32, SIZES)


@pytest.mark.parametrize("passes", PASSES)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_losses_and_gradients_are_those_of_padded_batches(device, objective, passes):
    batch, found = batch_of(objective, 60), []
    for each in (batch, batch.packed()):
        with autocast(device, torch.bfloat16):
            found.append(learned(learner(smoothing=0.1, distillation=PASSES[passes]), each, device))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=0.01, atol=0.0)
    flat = [torch.cat([gradient.flatten() for gradient in gradients]) for _, gradients in found]
    assert torch.cosine_similarity(*flat, dim=0) > 0.999
    assert flat[1].norm().item() == pytest.approx(flat[0].norm().item(), rel=0.02)


@pytest.mark.parametrize("causal", [True, False])
def test_gradients_drop_the_attention_weights_that_the_loss_drops(device, causal):
    """Outputs are linear in the values: the sum of outputs times gradients is that of values times their gradients."""
    lengths = torch.tensor([5, 17, 1, 30])
    starts = torch.cat([torch.zeros(1), lengths.cumsum(0)]).to(device, torch.int32)
    side = Segments(starts, torch.cat([torch.arange(n) for n in lengths.tolist()]).to(device), 30)
    draw = torch.Generator().manual_seed(1)
    given = (torch.randn(3, 2, 53, 16, generator=draw).to(device, torch.bfloat16) for _ in range(4))
    queries, keys, values, outer = (x.requires_grad_() for x in given)
    torch.manual_seed(2)
    dropped = attend(queries, keys, values, Between(side, side), causal, 0.3)
    dropped.backward(outer)
    whole = attend(queries, keys, values, Between(side, side), causal)
    assert not torch.allclose(dropped, whole, rtol=0.1, atol=0.1)
    sums = [(one.float() * other.float()).sum().item() for one, other in ((dropped, outer), (values, values.grad))]
    scale = (dropped.float().norm() * outer.float().norm()).item()
    assert sums[0] == pytest.approx(sums[1], abs=0.005 * scale)
    ones = attend(queries, keys, torch.ones_like(values), Between(side, side), causal, 0.3)
    assert ones.float().mean().item() == pytest.approx(1, abs=0.1)  # what is kept is divided by the share that is kept


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_compiled_training_pads(run, device, tmp_path, compiled):
    """Inductor of torch 2.13 fails without padding where the second batch has another length."""
    if lacking := check_compiler(device):
        pytest.skip(lacking)
    loop = Loop(changed(run, precision="bfloat16", compile="yes" if compiled else "no"), tmp_path)
    assert loop.mixture.packed == (device.type == "cuda" and not compiled)
