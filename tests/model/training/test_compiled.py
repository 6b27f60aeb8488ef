"""Training under torch.compile, which makes one graph for each form of batches. Here it mostly only traces."""

from contextlib import closing

import pytest
import torch

from model.config.run import IntraDistillation, Task
from model.machine.devices import autocast
from model.machine.processes import join, leave
from model.network.dropout import draws_of
from model.objectives import OBJECTIVES
from model.train import Loop
from model.training import learner as module
from model.training import monitor
from tests.model.forked import started
from tests.model.network.varlen import flash_on_the_processor
from tests.model.toy_batches import batch_of, learner
from tests.model.toy_run import changed, prepare

DISTILLATIONS = {
    "one pass": None,
    "together": IntraDistillation(passes=2),
    "apart": IntraDistillation(passes=2, together=False),
    "one encoding": IntraDistillation(passes=3, encoder_repeated=False),
    "one encoding apart": IntraDistillation(passes=3, encoder_repeated=False, together=False),
}


class Graphs(list):
    """A backend of torch.compile that computes as without it, and keeps how many operations each graph has."""

    def __call__(self, graph, inputs):
        self.append(sum(node.op.startswith("call") for node in graph.graph.nodes))
        return graph.forward


@pytest.fixture
def graphs(monkeypatch):
    torch._dynamo.reset()
    usual, found = torch.compile, Graphs()
    monkeypatch.setattr(torch, "compile", lambda function, **options: usual(function, backend=found, **options))
    monkeypatch.setattr(module, "check_compiler", lambda device: None)
    return found


def compiled_and_not(**settings):
    both = [learner(smoothing=0.1, **settings) for _ in range(2)]
    module.compile_learner(both[0], "yes", torch.device("cpu"), warn=False)
    return both


def batches(objective):
    """24 batches of changing shapes: whole ones, and parts, among them of one row."""
    for number in range(24):
        whole = batch_of(objective, 3 + number * 7 % 20, seed=number)
        rows = len(whole.source)
        first, last = [(rows // 2, rows), (0, rows), (1, 2)][number % 3]
        yield number, whole if last - first == rows else whole.rows(first, last)


def gradients(made, batch, draws, precision):
    made.zero_grad()
    with autocast(torch.device("cpu"), precision):
        loss = made(batch, draws)
    loss.backward()
    return [loss.detach(), *(torch.zeros(()) if p.grad is None else p.grad for p in made.parameters())]


FLOAT, LOW = torch.float32, torch.bfloat16
CASES = [(objective, passes, "pre", FLOAT) for objective in OBJECTIVES for passes in ("one pass", "together", "apart")]
CASES += [("cd", passes, "pre", FLOAT) for passes in ("one encoding", "one encoding apart")]
CASES += [("cd", passes, "post", LOW) for passes in ("one pass", "together", "apart")]


@pytest.mark.slow
@pytest.mark.parametrize(("objective", "passes", "norm", "precision"), CASES)
def test_one_graph_computes_batches_of_all_shapes_as_without_it(graphs, objective, passes, norm, precision):
    compiled, eager = compiled_and_not(dropout=0.2, distillation=DISTILLATIONS[passes], norm=norm)
    close = {"rtol": 1e-4, "atol": 1e-5} if precision is FLOAT else {"rtol": 0.1, "atol": 0.1}
    rows = set()
    for number, batch in batches(objective):
        if not batch.tokens:
            continue
        rows.add(len(batch.source))
        draws = draws_of(number, batch.first, len(batch.source))
        for ours, theirs in zip(*(gradients(made, batch, draws, precision) for made in (compiled, eager)), strict=True):
            torch.testing.assert_close(ours, theirs, **close)
    assert len(rows) > 8 and 1 in rows, "the test wants many shapes, and batches of one row"
    # Where passes share an encoding, the first one alone computes it.
    assert len(graphs) == 1 + (passes == "one encoding apart") and min(graphs) > 30, graphs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("objective", "passes"), [("translation", "one pass"), ("cd", "one encoding"), ("cd", "apart")]
)
def test_batches_without_padding_are_one_graph_too_for_the_kernel_of_a_gpu(graphs, objective, passes):
    compiled, eager = compiled_and_not(distillation=DISTILLATIONS[passes])
    with flash_on_the_processor():
        for _, batch in batches(objective):
            if not batch.tokens:
                continue
            found = [gradients(made, batch.packed(), None, FLOAT) for made in (compiled, eager)]
            for ours, theirs in zip(*found, strict=True):
                torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    assert len(graphs) == 1 and graphs[0] > 30, graphs


def trained(number, count, pipe, config, folder):
    """Train 24 updates as one of several processes; what the compiler makes meanwhile computes as without it."""
    torch._dynamo.reset()
    usual, found, shapes = torch.compile, Graphs(), set()
    torch.compile = lambda function, **options: usual(function, backend=found, **options)
    module.check_compiler = lambda device: None
    loop = Loop(config, folder, join())
    with closing(iter(loop.mixture)) as portions:
        for _ in range(24):
            portion = next(portions)
            shapes |= {(*batch.source.shape, *batch.inputs.shape) for batch in portion.batches}
            loop.update(portion)
    loop.settle()
    pipe.send((list(found), shapes, loop.state.norms))
    leave()


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["translation", "cd"])
def test_one_process_and_two_make_one_graph_in_24_updates(tmp_path, objective):
    run = prepare(tmp_path)
    run = run.model_copy(update={"tasks": [Task(objective=objective, shards=run.tasks[0].shards)]})
    norms = []
    for count, setting in ((1, "no"), (1, "yes"), (2, "yes")):
        config, folder = changed(run, compile=setting, updates=100), tmp_path / f"{count} {setting}"
        pipes = [pipe for _, pipe in started(count, trained, config, folder)]
        for graphs, shapes, norm in (pipe.recv() if pipe.poll(300) else pytest.fail("it hangs") for pipe in pipes):
            assert len(graphs) == (setting == "yes") and len(shapes) > 12
            norms.append(torch.tensor(norm))
    for other in norms[1:]:
        torch.testing.assert_close(other, norms[0], rtol=1e-3, atol=1e-5)


def test_lines_tell_that_it_compiles_and_how_long_it_took(monkeypatch, capsys):
    torch._dynamo.reset()
    clock = [100.0]
    monkeypatch.setattr(monitor.time, "perf_counter", lambda: clock[0])

    def slow(graph, inputs):
        clock[0] += 65
        return graph.forward

    double = torch.compile(lambda x: x + x, backend=slow, dynamic=True)
    with monitor.compiling_shown("mrasp"):
        double(torch.ones(2)), double(torch.ones(3))
    torch._dynamo.reset()
    double(torch.ones(2))
    shown = capsys.readouterr().err.splitlines()
    assert shown == ["mrasp: compiling, which may take minutes", "mrasp: compiled in 65 s"]
