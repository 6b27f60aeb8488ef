"""Train one run: `python -m model.train results/demo/runs/mrasp/run.json`, with `--processes 8` on eight GPUs.

run.json has everything the run needs. Checkpoints are written to checkpoints/ beside it. A run that was killed and is
started again continues from the latest checkpoint, and ends with the same weights as a run that was never killed. On
SIGTERM, SIGUSR1 or SIGINT it saves and exits with code 75. At the end, the best weights on dev are written to model/,
and the learning curve to metrics.jsonl.
"""

import math
import sys
from contextlib import closing, nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.batches.mixture import Mixture, Portion
from model.command import UserError, parser, run
from model.config.run import RunConfig, check_batch_tokens, read_run
from model.machine.devices import add_threads, autocast, check_compiler, choose_device, choose_precision, use_processor
from model.machine.interruption import EXIT_CODE, StopRequest
from model.machine.launch import launch
from model.machine.processes import Processes, join, leave
from model.records import write_json
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.text.words import Words
from model.training.build import build_model
from model.training.checkpoint import Checkpoints, TrainingState, fingerprint
from model.training.learner import Learner
from model.training.monitor import Monitor
from model.training.optimisation import USUAL, adam, is_out_of_order, learning_rate
from model.training.publish import publish, replace_lost_best, score, updates_to_keep, write_metrics
from model.training.validation import Dev


class Loop:
    """The training loop of one run, with its model, data and state."""

    def __init__(self, config: RunConfig, folder: Path, processes: Processes | None = None, code: str | None = None):
        self.config, self.folder, self.processes = config, folder, processes or Processes()
        _check_processes(config, self.processes)
        torch.manual_seed(config.seed)
        self.device = choose_device()
        self.vocabulary = Vocabulary.read(config.vocabulary)
        model, self.sizes = build_model(config, self.vocabulary)
        self.precision = choose_precision(config.training.precision, self.device, self.sizes.width)
        sized = config.model_copy(update={"model": self.sizes})  # with `init`, the sizes of that model
        check_batch_tokens(sized)
        self.model = model.to(self.device).train()
        self.optimizer = adam(self.model, config.training)
        self.learner = self._learner()
        self.data_parallel = self.processes.data_parallel(self.learner)
        words = Words(Tokenizer(config.subwords, config.vocabulary))
        self.mixture = Mixture(sized, words, self.processes.number, self.processes.count)
        self.dev = Dev(config, self.vocabulary, self.processes, self.precision)
        self.checkpoints = Checkpoints(folder / "checkpoints", background=self.device.type == "cuda")
        self.state = TrainingState(self._fingerprint(), code=code or "")
        self.stop: StopRequest | None = None
        self.stopping = False  # whether any process was asked to stop, as all of them know

    def _learner(self) -> Learner:
        """The model with its loss, compiled if the run asks for it."""
        settings, distillation = self.config.training, self.config.intra_distillation
        # DistributedDataParallel waits for a gradient of each parameter, and not every objective gives all one.
        all_reached = self.sizes.encoder_projection == "shared" and set(self._objectives()) == {"translation"}
        gradients_for_all = self.processes.count > 1 and not all_reached
        learner = Learner(self.model, settings.label_smoothing, distillation, gradients_for_all)
        if settings.compile == "yes" or (settings.compile == "auto" and self.device.type == "cuda"):
            lacking = check_compiler(self.device)
            if lacking and settings.compile == "yes":
                raise UserError(f"compile: {lacking}; install it, or set training.compile: auto")
            if lacking and self.processes.first:
                print(f"warning: {lacking}, so this training is not compiled, and slower", file=sys.stderr, flush=True)
            if not lacking:
                learner.compile(dynamic=True)
        return learner

    def _fingerprint(self) -> str:
        """The fingerprint of run and data. One process computes it, because that reads all shards."""
        (found,) = self.processes.gather([fingerprint(self.config)] if self.processes.first else [])
        return str(found)

    def _objectives(self) -> list[str]:
        return list(dict.fromkeys(task.objective for task in self.config.tasks))

    def train(self, stop: StopRequest | None = None) -> bool:
        """Train from the latest checkpoint to the end, or until `stop` has come. Returns whether it is the end."""
        self.resume()
        self.stop, settings, state = stop, self.config.training, self.state
        with (
            Monitor(self.config, self.folder, self.model, self.processes, state.update) as monitor,
            closing(iter(self.mixture)) as portions,
            self.checkpoints,
        ):
            while not self.finished():
                portion = next(portions)
                self.update(portion)
                monitor.count(portion, state)
                evaluated = state.update % settings.evaluate_every == 0 or state.update == settings.updates
                if evaluated:
                    self.evaluate(monitor)
                due = settings.checkpoint_every and state.update % settings.checkpoint_every == 0
                if evaluated or due or self.stopping:
                    self.save()
                if self.stopping and not self.finished():
                    return False
        return True

    def update(self, portion: Portion) -> None:
        """One optimizer step on this process's portion of an update."""
        state, settings = self.state, self.config.training
        tokens = sum(batch.tokens for batch in portion.batches)
        tokens_of_all, stopping = self.processes.sum(tokens, bool(self.stop and self.stop.came))
        self.optimizer.zero_grad(set_to_none=True)
        losses = self._backward(portion, self.processes.count / max(1.0, tokens_of_all))
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        total = torch.nn.utils.get_total_norm(gradients)
        if settings.clip_norm:
            torch.nn.utils.clip_grads_with_norm_(self.model.parameters(), settings.clip_norm, total)
        norm, *summed = torch.stack([total.float(), *losses]).tolist()  # the only place that waits for a GPU
        state.update += 1
        if is_out_of_order(norm, state.norms, settings.spike):
            self._skip(norm, portion)
        else:
            self._step(norm)
            for batch, loss in zip(portion.batches, summed, strict=True):
                state.losses[batch.objective] = state.losses.get(batch.objective, 0.0) + loss
                state.tokens[batch.objective] = state.tokens.get(batch.objective, 0) + batch.tokens
        self.stopping = bool(stopping)

    def _backward(self, portion: Portion, factor: float) -> list[Tensor]:
        """Backpropagate the loss of each batch times `factor`. Returns the losses without the factor."""
        losses: list[Tensor] = []
        self.learner.set_alpha(self.state.update + 1, self.config.training.updates)
        for number, batch in enumerate(portion.batches, portion.first):
            # Each batch has a seed: dropout depends neither on the number of processes nor on where a run was resumed.
            seed = np.random.SeedSequence([self.config.seed, self.state.update, number])
            torch.manual_seed(int(seed.generate_state(1)[0]))
            self.processes.exchange_gradients(self.data_parallel, after_next=len(losses) == len(portion.batches) - 1)
            with autocast(self.device, self.precision):
                loss = self.data_parallel(batch.to(self.device))
            # Processes average their gradients. The factor has their number in it, because the sum is wanted.
            (loss * factor).backward()
            losses.append(loss.detach())
        return losses

    def _step(self, norm: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config.training, self.state.update)
        self.optimizer.step()
        self.state.skipped = 0
        self.state.norms = [*self.state.norms[1 - USUAL :], norm]

    def _skip(self, norm: float, portion: Portion) -> None:
        state, where = self.state, f"update {self.state.update} ({portion})"
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
        self._sum_losses()
        own = [(self.state.losses, self.state.tokens)] if self.processes.first else []
        ((losses, tokens),) = self.processes.gather(own)
        row = {"train_loss": sum(losses.values()) / max(1, sum(tokens.values())) if tokens else math.nan}
        each = {f"train_loss_{name}": loss / max(1, tokens[name]) for name, loss in losses.items()}
        return {**row, **(each if len(each) > 1 else {})}

    def _sum_losses(self) -> None:
        """Add up the losses and tokens of all processes in the first one."""
        names, state = self._objectives(), self.state
        losses = self.processes.sum(*(state.losses.get(name, 0) for name in names))
        tokens = self.processes.sum(*(state.tokens.get(name, 0) for name in names))
        met = [n for n in range(len(names)) if self.processes.first and tokens[n]]
        state.losses = {names[n]: losses[n] for n in met}
        state.tokens = {names[n]: int(tokens[n]) for n in met}

    def finished(self) -> bool:
        """Whether all updates are done, or `patience` evaluations have passed without a better one."""
        settings, state = self.config.training, self.state
        waited = sum(row["update"] > state.best_update for row in state.metrics) if state.best_update else 0
        return state.update >= settings.updates or bool(settings.patience and waited >= settings.patience)

    def save(self) -> None:
        """Write a checkpoint. The first process writes, the others wait."""
        self.state.data = self.mixture.state()
        self._sum_losses()  # a resumed run continues with the sum in its first process
        if self.processes.first:
            self.checkpoints.finish()
            keep = updates_to_keep(self.state, self.config.training, self.checkpoints.updates())
            self.checkpoints.save(self.state, self.model, self.optimizer, keep)
            write_metrics(self.folder, self.state)
        self.processes.wait()

    def resume(self) -> None:
        """Restore the latest checkpoint. Raises UserError if processes do not see the same one."""
        if self.processes.first:
            self.checkpoints.set_aside(self.state.fingerprint)
        self.processes.wait()
        self.state = self.checkpoints.restore(self.state, self.model, self.optimizer)
        if len(set(self.processes.gather([self.state.update]))) > 1:
            raise UserError(
                f"{self.checkpoints.folder}: processes see different checkpoints; it must lie on a disk that all"
                " machines share"
            )
        if self.processes.first:
            replace_lost_best(self.state, self.checkpoints, self.config.training)
        best = (self.state.best_update, self.state.best_score)
        ((self.state.best_update, self.state.best_score),) = self.processes.gather(
            [best] if self.processes.first else []
        )
        if not self.processes.first:
            self.state.losses, self.state.tokens = {}, {}
        if self.state.update:
            self.mixture.restore(self.state.data)
        if self.processes.first and self.state.code:
            write_json(self.folder / "code.json", {"code": self.state.code})


def _check_processes(config: RunConfig, processes: Processes) -> None:
    """Raise UserError if the batches of an update cannot be divided equally among the processes."""
    if config.training.batches_per_update % processes.count:
        raise UserError(
            f"runs.{config.run}.training.batches_per_update: {config.training.batches_per_update} cannot be shared out"
            f" among {processes.count} processes; set a multiple of it"
        )


def main() -> None:
    """Read run.json, train, publish."""
    arguments = parser(__doc__)
    arguments.add_argument("run", type=Path, help="run.json; its folder takes the results")
    add_threads(arguments)
    arguments.add_argument(
        "--processes", type=int, default=1, help="on this machine, each with its own GPU if it has GPUs"
    )
    arguments.add_argument(
        "--code", help="a name of this code; code.json beside run.json has the one with which the training began"
    )
    options = arguments.parse_args()
    if options.processes > 1:
        threads = ["--threads", str(max(1, options.threads // options.processes))] if options.threads else []
        code = ["--code", options.code] if options.code else []
        sys.exit(launch("model.train", options.processes, [str(options.run), *threads, *code]))
    use_processor(options.threads)
    stop, config, folder = StopRequest(), read_run(options.run), options.run.parent
    try:
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
