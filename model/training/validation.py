"""Dev loss and dev BLEU."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from model.batches.budget import plan_batches
from model.batches.collate import collate
from model.batches.placement import placement_of
from model.command import UserError
from model.config.model import ModelConfig
from model.config.run import RunConfig
from model.config.search import SearchConfig
from model.config.training import TrainingConfig
from model.decoding.generate import generate
from model.decoding.steps import cast_once, forbidden_rows
from model.machine.devices import autocast
from model.machine.processes import Processes
from model.network.transformer import Transformer
from model.shards.examples import Examples, read_shards
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.learner import Learner

# An early model that never ends would decode up to the last position. Honest translations are shorter than this limit,
# also in a language of characters: a text of 37 English tokens has 139 in Burmese.
GREEDY = SearchConfig(beam=1, max_length_factor=6)


class Pace:
    """When to evaluate: after every so many updates, where the last evaluation took no more than its share of the time.

    A share depends on the clock, and begins anew when a training continues. The first process decides.
    """

    def __init__(self, settings: TrainingConfig, processes: Processes):
        self.settings, self.processes = settings, processes
        self.took, self.ended = 0.0, time.monotonic()

    def is_due(self, update: int) -> bool:
        """Whether to evaluate after an update, as always after the last one. All processes must call it."""
        if update == self.settings.updates or update % self.settings.evaluate_every:
            return update == self.settings.updates
        if self.settings.evaluation_share == 1:
            return True
        return self.processes.of_first(self._allowed)

    def _allowed(self) -> bool:
        return self.took <= self.settings.evaluation_share * (time.monotonic() - self.ended + self.took)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure an evaluation."""
        began = time.monotonic()
        yield
        self.ended = time.monotonic()
        self.took = self.ended - began


class Dev:
    """The dev sets of a run. Each process evaluates its part of their batches."""

    def __init__(self, config: RunConfig, vocabulary: Vocabulary, processes: Processes, precision: torch.dtype):
        self.config, self.vocabulary, self.processes, self.precision = config, vocabulary, processes, precision
        self.examples = read_shards(config.dev, vocabulary)
        self.tokenizer = Tokenizer(config.subwords, config.vocabulary)

    def alone(self) -> "Dev":
        """The same sets for one process, which evaluates all batches."""
        return Dev(self.config, self.vocabulary, Processes(), self.precision)

    def scores(self, model: Transformer) -> dict[str, float]:
        """The dev loss, and the dev BLEU if the run asks for it."""
        row = {"dev_loss": self.loss(model)}
        if self.config.training.bleu_segments:
            row["dev_bleu"] = self.bleu(model)
        return row

    @torch.no_grad()
    def loss(self, model: Transformer) -> float:
        """Cross-entropy of a target token in nats, without dropout and label smoothing.

        Raises UserError if it is not finite, or if no segment fits into the model.
        """
        device, was = next(model.parameters()).device, model.training
        total, tokens = 0.0, 0
        learner, placement = Learner(model, smoothing=0.0).eval(), placement_of(model.config)
        for rows in self._batches(self.examples, model):
            batch = collate(self.examples, rows, placement).to(device)
            with autocast(device, self.precision):
                total += learner(batch).item()
            tokens += batch.tokens
        model.train(was)
        total, count = self.processes.sum(total, tokens)
        if not count:
            positions = model.config.max_positions
            raise UserError(f"no dev segment fits into {positions} positions; raise model.max_positions")
        if not math.isfinite(total):
            raise UserError(f"runs.{self.config.run}: the dev loss is not finite; lower training.learning_rate")
        return total / count

    def loss_of_a_guess(self, sizes: ModelConfig) -> float:
        """The dev loss of a guess that knows only how frequent each subword of the dev targets is.

        A model with no lower loss has learned nothing of translation. sizes: say whether the language's token, which is
        easy to guess, is predicted too.
        """
        targets = self.examples.target.segments
        counts = np.append(np.bincount(targets.values), len(targets))  # each segment ends with </s>
        counts = counts[counts > 0]
        total = float(-(counts * np.log(counts / counts.sum())).sum())
        return total / int(counts.sum() + len(targets) * placement_of(sizes).before_answer)

    def bleu(self, model: Transformer) -> float:
        """BLEU (sacreBLEU, 13a) of greedy translations of all directions together, as plain text.

        The first `bleu_segments` of each direction count. References are decoded from subwords, so they lack what the
        vocabulary lacks. Use the score only to compare updates of a run.
        """
        from sacrebleu.metrics import BLEU

        was, pairs = model.training, []
        model.eval()
        cast, forbidden = cast_once(model, self.precision), forbidden_rows(self.vocabulary)
        chosen = self._first_of_each_direction(self.config.training.bleu_segments, model)
        for token in np.unique(chosen.target.language):
            some = chosen.take(np.flatnonzero(chosen.target.language == token))
            pairs += [
                pair
                for rows in self._batches(some, model)
                for pair in self._translated(some, rows, cast, token, forbidden)
            ]
        model.train(was)
        hypotheses, references = zip(*self.processes.gather(pairs), strict=True)
        return BLEU().corpus_score(hypotheses, [references]).score

    def _first_of_each_direction(self, count: int, model: Transformer) -> Examples:
        """The first `count` segments of each direction that fit into the model."""
        sides = (self.examples.source.segments, self.examples.target.segments)
        lengths = np.maximum(*(side.lengths() for side in sides)) + placement_of(model.config).controls
        fit = lengths <= model.config.max_positions
        examples = self.examples.take(np.flatnonzero(fit))
        languages = np.stack([examples.source.language, examples.target.language], 1)
        of_direction = np.unique(languages, axis=0, return_inverse=True)[1]
        order = np.argsort(of_direction, kind="stable")
        starts = np.searchsorted(of_direction[order], of_direction[order])
        return examples.take(np.sort(order[np.arange(len(order)) - starts < count]))

    def _translated(
        self, examples: Examples, rows: np.ndarray, model: Transformer, token: int, forbidden: torch.Tensor
    ) -> list[tuple[str, str]]:
        """(hypothesis, reference) of the segments `rows`. token: of their target language."""
        language = self.vocabulary.language_of(int(token))
        device = next(model.parameters()).device
        source = collate(examples, rows, placement_of(model.config)).source.to(device)
        found = generate([model], source, int(token), GREEDY, forbidden)
        decode = self.tokenizer.decode
        return [
            (decode(best[0].ids, language), decode(examples.target.segments[row].tolist(), language))
            for best, row in zip(found, rows, strict=True)
        ]

    def _batches(self, examples: Examples, model: Transformer) -> list[np.ndarray]:
        """This process's part of the batches of dev segments."""
        sides = (examples.source.segments, examples.target.segments)
        controls, positions = placement_of(model.config).controls, model.config.max_positions
        longest = controls + int(max(side.lengths().max(initial=0) for side in sides))
        # A dev segment must fit even if it is longer than the budget of training.
        budget = max(self.config.training.batch_tokens, min(longest, positions))
        planned = plan_batches(examples, budget, positions, np.random.default_rng(0), controls)
        return planned[self.processes.number :: self.processes.count]
