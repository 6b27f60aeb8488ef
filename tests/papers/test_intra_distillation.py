"""Intra-distillation (Xu, Maillard and Goswami 2023, section 3.2) in an update of a run that translates and denoises.

Dropout is random: what each dropout of the model multiplied by is looked up, and given to the plain network.
"""

from itertools import combinations

import pytest
import torch

from model.config.run import IntraDistillation
from model.network.dropout import Dropout
from model.train import Loop
from tests.papers.made_up import write_run
from tests.papers.plain import END, Network, objective, segments, shaken, weights_of

RATE, SMOOTHING, ALPHA = 0.25, 0.1, 5.0


class Watched:
    """A run after its first update: its batches, what dropout kept in each, and the weights before the update."""

    def __init__(self, folder, **settings):
        run = write_run(folder, (40, 20), 40, IntraDistillation(**settings), dropout=RATE, attention_dropout=RATE)
        self.loop = Loop(run, folder)
        portion = next(iter(self.loop.mixture))
        self.batches, self.weights = portion.batches, weights_of(shaken(self.loop.model))
        self.kept: list[dict[str, list[torch.Tensor]]] = []  # of each batch, by the name of the dropout
        self.recording = False  # not while states are computed again for gradients
        self.loop.learner.register_forward_pre_hook(lambda *_: self.begin())
        self.loop.learner.register_forward_hook(lambda *_: self.end())
        for name, module in self.loop.model.named_modules():
            if isinstance(module, Dropout):
                module.register_forward_hook(lambda _, given, found, name=name: self.record(name, found))
        self.loop.update(portion)

    def begin(self):
        self.kept.append({})
        self.recording = True

    def end(self):
        self.recording = False

    def record(self, name, found):
        if self.recording:
            self.kept[-1].setdefault(name, []).append((found.detach() != 0).double() / (1 - RATE))

    def network(self, batch, number, row):
        """The plain network with the dropout of a pass of a row of a batch."""
        factors = {name: torch.cat(each) for name, each in self.kept[batch].items()}
        rows = len(self.batches[batch].source)
        kept = {name: each[number * rows + row] for name, each in factors.items()}
        return Network(self.weights, self.loop.sizes.heads, kept)


def expected(watched, number, passes, alpha):
    """The summed loss of a batch: equation 8 for its stacks."""
    total = 0.0
    for row, (source, inputs, answers) in enumerate(segments(watched.batches[number])):
        logits = {stack: [] for stack in answers}
        for net in (watched.network(number, k, row) for k in range(passes)):
            encoded = net.encode(source)
            states = {"encoder": encoded, "decoder": net.decode(inputs, encoded)}
            for stack, told in answers.items():
                logits[stack].append(net.logits(states[stack][list(told)]))
        for stack, told in answers.items():
            total = total + objective(logits[stack], list(told.values()), SMOOTHING, alpha)
    return total


@pytest.mark.parametrize(
    ("passes", "together", "weight"), [(2, True, 1.0), (3, True, 0.5), (2, False, 0.5), (3, False, 1.0)]
)
def test_an_update_has_the_loss_and_the_gradients_of_equation_8(tmp_path, passes, together, weight):
    """Passes in one batch or one by one. weight: of the divergence of denoising, 1 in the paper."""
    settings = {"passes": passes, "together": together} | ({} if weight == 1 else {"weight_on_denoising": weight})
    watched = Watched(tmp_path, **settings)
    assert [batch.objective for batch in watched.batches] == ["translation", "cd"]
    for source, inputs, answers in segments(watched.batches[0]):
        assert source and answers == {"encoder": {}, "decoder": dict(enumerate([*inputs[1:], END]))}
    translation, denoising = (expected(watched, n, passes, ALPHA * (1, weight)[n]) for n in range(2))
    targets, selected = (sum(len(answers["decoder"]) for _, _, answers in segments(batch)) for batch in watched.batches)
    found = watched.loop.gradients.numbers.tolist()[1:5]
    assert found == pytest.approx([translation.item(), denoising.item(), targets, selected], rel=1e-5)
    wanted = torch.autograd.grad((translation + denoising) / (targets + selected), list(watched.weights.values()))
    ours = dict(watched.loop.model.named_parameters())
    for name, gradient in zip(watched.weights, wanted, strict=True):
        largest = gradient.abs().max().item()
        assert torch.allclose(ours[name].grad.double(), gradient, rtol=1e-4, atol=1e-5 * largest), name


@pytest.mark.parametrize("together", [True, False])
def test_each_pass_drops_otherwise_in_both_stacks(tmp_path, together):
    watched = Watched(tmp_path, passes=3, together=together)
    for kept in watched.kept:
        assert len(kept) == 2 + 2 * 2 + 2 * 3 + 2 + 2 * 2  # embeddings, sublayers, attentions
        for name, each in kept.items():
            passes = torch.cat(each).chunk(3)
            for one, other in combinations(passes, 2):
                # A share of 2 * RATE * (1 - RATE) is dropped in one pass only; of attention, less where no key is.
                apart = (one != other).double().mean().item()
                assert apart == pytest.approx(2 * RATE * (1 - RATE), abs=0.05) if one.dim() == 3 else apart > 0.1, name
