"""Train one run: `python -m model.train results/demo/runs/mrasp/run.json`, with `--processes 8` on eight GPUs.

run.json has everything the run needs. Checkpoints are written to checkpoints/ beside it. A run that was killed and is
started again continues from the latest checkpoint, and ends with the same weights as a run that was never killed: on a
processor bit for bit with as many processes and threads, on a GPU up to rounding. On SIGTERM, SIGUSR1 or SIGINT it
saves and exits with code 75. At the end, it writes the best weights on dev to model/, and metrics.jsonl.
"""

import math
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.batches.mixture import Mixture, Portion
from model.command import UserError, parser, run
from model.config.run import RunConfig, check_batch_tokens, read_run
from model.machine.devices import (
    add_threads,
    autocast,
    choose_device,
    choose_kernels,
    choose_precision,
    read_later,
    use_processor,
)
from model.machine.interruption import EXIT_CODE, StopRequest
from model.machine.launch import processes_here
from model.machine.processes import Processes, join, leave
from model.network.attention import takes_segments
from model.network.dropout import draws_of
from model.records import write_json
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.text.words import Words
from model.training.build import build_model
from model.training.checkpoint import Checkpoints, TrainingState, fingerprint
from model.training.gradients import Gradients
from model.training.learner import Learner, compile_learner
from model.training.monitor import Monitor, compiling_shown
from model.training.optimisation import USUAL, adam, largest_norm, learning_rate
from model.training.publish import publish, replace_lost_best, score, updates_to_keep, write_metrics
from model.training.validation import Dev, Pace


class Loop:
    """The training loop of one run, with its model, data and state."""

    def __init__(self, config: RunConfig, folder: Path, processes: Processes | None = None, code: str | None = None):
        self.config, self.folder, self.processes = config, folder, processes or Processes()
        torch.manual_seed(config.seed)
        choose_kernels(config.training.deterministic)
        self.device = choose_device()
        self.vocabulary = Vocabulary.read(config.vocabulary)
        model, self.sizes = build_model(config, self.vocabulary)
        self.precision = choose_precision(config.training.precision, self.device, self.sizes.width)
        sized = config.model_copy(update={"model": self.sizes})  # with `init`, the sizes of that model
        check_batch_tokens(sized)
        self.model = model.to(self.device).train()
        self.optimizer = adam(self.model, config.training)
        self.learner = Learner(self.model, config.training.label_smoothing, config.intra_distillation)
        compile_learner(self.learner, config.training.compile, self.device, warn=self.processes.first)
        self.objectives = list(dict.fromkeys(task.objective for task in config.tasks))
        # Added up with the gradients: whether to stop, and of each objective the loss and the predicted tokens.
        self.gradients = Gradients(self.model, self.processes, 1 + 2 * len(self.objectives))
        words, on_gpu = Words(Tokenizer(config.subwords, config.vocabulary)), self.device.type == "cuda"
        # With `backed_size_oblivious` (`compile_learner`), Inductor fails at the second batch without padding
        packed = not self.learner.compiled and takes_segments(self.device, self.precision, self.sizes)
        process = self.processes.number, self.processes.count
        self.mixture = Mixture(sized, words, *process, packed=packed, pinned=on_gpu)
        self.dev = Dev(config, self.vocabulary, self.processes, self.precision)
        self.pace = Pace(config.training, self.processes)
        self.checkpoints = Checkpoints(folder / "checkpoints", background=self.device.type == "cuda")
        # The first process computes it, because that reads all shards.
        self.state = TrainingState(self.processes.of_first(lambda: fingerprint(config)), code=code or "")
        self.stop: StopRequest | None = None
        self.stopping = False  # whether any process was asked to stop, as all of them know
        # The last update, and what waits for its results and gives them, if they are not read yet.
        self.pending: tuple[str, Callable[[], list[float]]] | None = None

    def train(self, stop: StopRequest | None = None) -> bool:
        """Train from the latest checkpoint to the end, or until `stop` has come. Returns whether it is the end."""
        self.resume()
        self.stop, settings, state = stop, self.config.training, self.state
        with (
            Monitor(self.config, self.folder, self.model, self.processes, state.update) as monitor,
            closing(iter(self.mixture)) as portions,
            self.checkpoints,
            compiling_shown(self.config.run) if self.learner.compiled and self.processes.first else nullcontext(),
        ):
            while not self.finished():
                portion = next(portions)
                self.update(portion)
                monitor.count(portion, state)
                if evaluated := self.pace.is_due(state.update):
                    with self.pace.measured():
                        self.evaluate(monitor)
                due = state.update % (settings.checkpoint_every or settings.evaluate_every) == 0
                if evaluated or due or self.stopping:
                    self.save()
                if self.stopping and not self.finished():
                    return False
        return True

    def update(self, portion: Portion) -> None:
        """One optimizer step on this process's portion of an update.

        Nothing here waits for a GPU but `settle`, and that for the update before.
        """
        state, settings = self.state, self.config.training
        state.update += 1
        self.gradients.own.zero_()
        self._backward(portion)
        self.gradients.exchange()
        numbers = self.gradients.numbers
        tokens = numbers[1 + len(self.objectives) :].sum().clamp(min=1)
        norm = self.gradients.weights.norm() / tokens
        clipped = (settings.clip_norm / norm).clamp(max=1) if settings.clip_norm else 1.0
        self.gradients.use(clipped / tokens)
        limit = state.limits[1 if self.pending else 0]
        skipped = (~(norm <= limit)).float()
        self._step(skipped)
        results = read_later(torch.cat([torch.stack([norm, skipped]), numbers]))
        self.settle()
        self.pending = f"update {state.update} ({portion})", results

    def _backward(self, portion: Portion) -> None:
        """Add the gradients of the summed losses of all batches, and their numbers."""
        numbers, count = self.gradients.own_numbers, len(self.objectives)
        numbers[0] = float(bool(self.stop and self.stop.came))
        self.learner.set_alpha(self.state.update, self.config.training.updates)
        for number, batch in zip(portion.numbers, portion.batches, strict=True):
            if not batch.tokens:
                continue
            # Each batch has a seed: dropout depends neither on the number of processes nor on where a run was resumed.
            entropy = [self.config.seed, self.state.update - 1, number]
            seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
            torch.manual_seed(seed + batch.first)  # for a GPU
            draws = draws_of(seed, batch.first, len(batch.source)) if self.device.type == "cpu" else None
            with autocast(self.device, self.precision):
                loss = self.learner(batch.to(self.device), draws)
            loss.backward()
            objective = self.objectives.index(batch.objective)
            numbers[1 + objective] += loss.detach()
            numbers[1 + count + objective] += batch.tokens

    def _step(self, skipped: Tensor) -> None:
        """Change the weights, unless `skipped` is 1. The device decides, so that nobody waits for it."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config.training, self.state.update)
        self.optimizer.found_inf = skipped  # type: ignore[attr-defined]  # as torch's GradScaler sets it
        self.optimizer.step()

    def settle(self) -> None:
        """Read the results of the last update, if they are not read yet. Raises UserError if too many were skipped."""
        if self.pending is None:
            return
        (where, results), self.pending = self.pending, None
        norm, skipped, stopping, *rest = results()
        state, count = self.state, len(self.objectives)
        self.stopping = bool(stopping)
        if skipped:
            self._skip(norm, where)
        else:
            state.skipped = 0
            state.norms = [*state.norms[1 - USUAL :], norm]
            for name, loss, tokens in zip(self.objectives, rest[:count], rest[count:], strict=True):
                if tokens:
                    state.losses[name] = state.losses.get(name, 0.0) + loss
                    state.tokens[name] = state.tokens.get(name, 0) + int(tokens)
        state.limits = [state.limits[1], largest_norm(state.norms, self.config.training.spike)]

    def _skip(self, norm: float, where: str) -> None:
        state = self.state
        state.skipped += 1
        if self.processes.first:
            print(f"warning: {where}: gradient norm {norm:.3g}; update skipped", file=sys.stderr)
        if state.skipped > self.config.training.max_skipped:
            raise UserError(
                f"runs.{self.config.run}: {where}: gradient norm {norm:.3g}, and {state.skipped} updates in a row were"
                " skipped for such; lower training.learning_rate, or set training.clip_norm"
            )

    def evaluate(self, monitor: Monitor) -> None:
        """Add a row to the metrics, and remember the update if it is the best so far."""
        self.settle()
        state, settings = self.state, self.config.training
        rates = monitor.rates()
        row = {**self._train_losses(), **self.dev.scores(self.model)}
        if score(row, settings) < state.best_score:
            state.best_update, state.best_score = state.update, score(row, settings)
        state.losses, state.tokens = {}, {}
        rate = learning_rate(settings, state.update)
        where = {"update": state.update, "epoch": self.mixture.epoch, "learning_rate": rate}
        state.metrics.append({**where, **row, **rates})
        monitor.show(state.metrics[-1])

    def _train_losses(self) -> dict[str, float]:
        """Mean loss of a predicted token since the last evaluation; with several objectives also of each of them."""
        losses, tokens = self.state.losses, self.state.tokens
        row = {"train_loss": sum(losses.values()) / sum(tokens.values()) if tokens else math.nan}
        each = {f"train_loss_{name}": loss / tokens[name] for name, loss in losses.items()}
        return {**row, **(each if len(each) > 1 else {})}

    def finished(self) -> bool:
        """Whether all updates are done, or `patience` evaluations have passed without a better one."""
        settings, state = self.config.training, self.state
        waited = sum(row["update"] > state.best_update for row in state.metrics) if state.best_update else 0
        return state.update >= settings.updates or bool(settings.patience and waited >= settings.patience)

    def save(self) -> None:
        """Write a checkpoint. The first process writes, the others wait."""
        self.settle()
        self.state.data = self.mixture.state()
        if self.processes.first:
            self.checkpoints.finish()
            keep = updates_to_keep(self.state, self.config.training, self.checkpoints.updates())
            self.checkpoints.save(self.state, self.model, self.optimizer, keep)
            write_metrics(self.folder, self.state)
        self.processes.wait()

    def resume(self) -> None:
        """Restore the latest checkpoint. Raises UserError if not all processes see it."""
        self.state = self.processes.of_first(self._latest)
        if update := self.state.update:
            if not all(self.processes.gather([update in self.checkpoints.updates()])):
                raise UserError(
                    f"{self.checkpoints.folder}: processes see different checkpoints; it must lie on a disk that all"
                    " machines share"
                )
            self.checkpoints.restore(update, self.model, self.optimizer)
            self.mixture.restore(self.state.data)
        self.processes.spread(self.model.parameters())  # processors of different kinds do not begin with the same bits
        if self.processes.first and self.state.code:
            write_json(self.folder / "code.json", {"code": self.state.code})

    def _latest(self) -> TrainingState:
        """The state of the latest checkpoint, or that of a run that begins. The first process alone judges them."""
        state = self.checkpoints.latest_of(self.state, self.config)
        replace_lost_best(state, self.checkpoints, self.config.training)
        return state


def main() -> None:
    """Read run.json, train, publish."""
    arguments = parser(__doc__)
    arguments.add_argument("run", type=Path, help="run.json; its folder takes the results")
    add_threads(arguments)
    arguments.add_argument(
        "--processes",
        type=int,
        default=0,
        metavar="N",
        help="on this machine, each with its own GPU if it has GPUs (default: leased GPUs; else by cores, at most 8)",
    )
    arguments.add_argument(
        "--code", help="a name of this code; code.json beside run.json has the one with which the training began"
    )
    options = arguments.parse_args()
    config, folder = read_run(options.run), options.run.parent
    tokens = config.training.batch_tokens * config.training.batches_per_update
    others, threads = processes_here(options.processes, options.threads, tokens, "model.train", [str(options.run)])
    use_processor(threads)
    stop = StopRequest()
    try:
        with others:
            ended = train(config, folder, stop, options.code)
    except torch.OutOfMemoryError:
        raise UserError(
            f"runs.{config.run}: the GPU's memory is full; lower training.batch_tokens, and raise"
            " training.batches_per_update as much to learn the same"
        ) from None
    except BrokenPipeError:
        raise UserError("the reader of this output is gone; write the output to a file") from None
    if not ended:
        sys.exit(EXIT_CODE)


def train(config: RunConfig, folder: Path, stop: StopRequest, code: str | None = None) -> bool:
    """Train and publish, alone or with other processes of torchrun or srun. Returns whether the end was reached."""
    processes = join()
    with Checkpoints(folder / "checkpoints").lock() if processes.first else nullcontext():
        loop = Loop(config, folder, processes, code)
        ended = loop.train(stop)
        if ended and processes.first:
            publish(config, folder, loop.model, loop.dev.alone(), loop.state)
        elif processes.first:
            print(f"{config.run}: saved at update {loop.state.update}; the same command goes on from there", flush=True)
        processes.wait()
    leave()
    return ended


if __name__ == "__main__":
    run(main)
