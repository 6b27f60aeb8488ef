"""What torch.compile makes computes what the code says."""

import pytest
import torch

from model.config.run import IntraDistillation, Task
from model.machine.devices import check_compiler
from model.train import Loop
from tests.model.toy_run import changed


@pytest.mark.parametrize("objective", ["translation", "cd"])
def test_a_compiled_training_has_the_losses_and_gradients_of_one_that_is_not(run, device, tmp_path, objective):
    """Two passes, batches of several shapes, without dropout, whose draws need not be the same."""
    if lacking := check_compiler(device):
        pytest.skip(lacking)
    tasks = [Task(objective=objective, shards=run.tasks[0].shards)]
    distillation = IntraDistillation(passes=2)
    config = changed(run, dropout=0.0, attention_dropout=0.0)
    config = config.model_copy(update={"tasks": tasks, "intra_distillation": distillation})
    found = {}
    for compiled in ("no", "yes"):
        loop = Loop(changed(config, compile=compiled), tmp_path / compiled)
        portions = iter(loop.mixture)
        for _ in range(6):
            loop.update(next(portions))
        loop.settle()
        norms = torch.tensor(loop.state.norms)
        found[compiled] = (norms, torch.tensor(loop.state.losses[objective]), loop.model.state_dict())
        portions.close()
    torch.testing.assert_close(found["yes"][0], found["no"][0], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(found["yes"][1], found["no"][1], rtol=1e-3, atol=1e-5)
    assert loop.state.skipped == 0
