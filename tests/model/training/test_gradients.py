"""Gradients of several processes, added up through shared memory or by all_reduce; and processes that die meanwhile."""

import os
import random
import signal

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch import nn

from model import train
from model.command import UserError
from model.machine.barrier import Barrier
from model.machine.interruption import StopRequest
from model.machine.processes import Processes
from model.training import gradients
from model.training.gradients import Gradients
from tests.model.forked import started
from tests.model.test_train import equal
from tests.model.toy_run import changed, prepare


def gradient(number, shape):
    return torch.arange(1, 1 + torch.Size(shape).numel(), dtype=torch.float32).view(shape) * (number + 1)


def exchanged(number, count, pipe, shared):
    """One process: it gives the first parameter a gradient, and the second if its number is even."""
    dist.init_process_group("gloo")
    if not shared:
        gradients._shared = lambda processes, count: (None, None)
    model = nn.ParameterList([torch.zeros(3, 5), torch.zeros(7)])
    made, found = Gradients(model, Processes(number, count), 2), []
    assert (made.shared is not None) == (shared and count > 1)
    for update in range(3):
        made.own.zero_()
        model[0].grad += gradient(number, (3, 5)) + update
        if number % 2 == 0:
            model[1].grad += gradient(number, (7,))
        made.own_numbers += torch.tensor([number + 1.0, update])
        made.exchange()
        numbers = made.numbers.tolist()
        made.use(torch.tensor(0.5))
        found.append((model[0].grad.tolist(), model[1].grad.tolist(), numbers))
    pipe.send(found)
    dist.destroy_process_group()


@pytest.mark.parametrize(("count", "shared"), [(1, True), (3, True), (2, False)])
def test_all_processes_get_the_same_sums(count, shared):
    found = [pipe.recv() if pipe.poll(120) else None for _, pipe in started(count, exchanged, shared)]
    factor, even = (sum(n + 1 for n in range(0, count, step)) for step in (1, 2))
    expected = [
        (
            (0.5 * (gradient(0, (3, 5)) * factor + update * count)).tolist(),
            (0.5 * gradient(0, (7,)) * even).tolist(),
            [factor, update * count],
        )
        for update in range(3)
    ]
    assert found == [expected] * count


def trained(number, count, pipe, config, folder, death):
    """Train; death: the process, its update and its call of `wait` in the exchange at which it dies."""
    waits, usual = [], Barrier.wait

    def wait(barrier):
        waits.append(barrier)
        if death == (number, *divmod(len(waits) - 1, 2)):
            os.kill(os.getpid(), signal.SIGKILL)
        usual(barrier)

    Barrier.wait = wait
    try:
        assert train.train(config, folder, StopRequest())
    except UserError as error:
        assert "another process of this training has ended" in str(error)
        os._exit(1)


@pytest.mark.slow
def test_killed_twenty_times_in_an_exchange_it_ends_with_the_same_weights(tmp_path):
    """One process is killed, the other must not wait for it for ever."""
    config = changed(prepare(tmp_path), updates=100, evaluate_every=50, checkpoint_every=2)
    draw, model = random.Random(3), "model/model.safetensors"
    (tmp_path / "unbroken").mkdir()
    for process, _ in started(2, trained, config, tmp_path / "unbroken", None):
        process.join(120)
    (tmp_path / "killed").mkdir()
    for _ in range(20):
        death = (draw.randrange(2), draw.randint(1, 4), draw.randrange(2))
        codes = []
        for process, _ in started(2, trained, config, tmp_path / "killed", death):
            process.join(60)
            codes.append(process.exitcode)
        assert codes[death[0]] == -signal.SIGKILL and codes[1 - death[0]] == 1, codes
    for process, _ in started(2, trained, config, tmp_path / "killed", None):
        process.join(120)
    assert equal(load_file(tmp_path / "killed" / model), load_file(tmp_path / "unbroken" / model))
