"""Train one run: `python -m model.train results/demo/runs/mrasp/run.json`, with `--processes 8` on eight GPUs.

Everything the run needs stands in run.json. Checkpoints go to checkpoints/ beside it; a killed run, started again,
continues from the latest one and ends with the same weights as a run that was never killed. SIGTERM, SIGUSR1 and SIGINT
make it save and leave with exit code 75. When done, the best weights on dev become the folder model/ and the learning
curve is metrics.jsonl.
"""

import math
import sys
from contextlib import closing, nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.batches.mixture import Mixture, Share
from model.command import UserError, parser, run
from model.config.run import RunConfig, read_run
from model.config.turns import check_batch_tokens
from model.machine.devices import add_threads, autocast, choose_device, choose_precision, use_processor
from model.machine.interruption import EXIT_CODE, StopRequest
from model.machine.launch import launch
from model.machine.processes import Processes, join, leave
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.text.words import Words
from model.training.build import build_model
from model.training.checkpoint import Checkpoints, TrainingState, fingerprint
from model.training.learner import Learner, alpha_at
from model.training.monitor import Metrics
from model.training.optimisation import USUAL, adam, is_out_of_order, learning_rate
from model.training.publish import publish, score, updates_to_average, write_metrics
from model.training.validation import Dev


class Loop:
    """The training loop of one run, with what it works on."""

    def __init__(self, config: RunConfig, folder: Path, processes: Processes | None = None):
        self.config, self.folder, self.processes = config, folder, processes or Processes()
        settings = config.training
        if settings.batches_per_update % self.processes.count:
            raise UserError(
                f"runs.{config.run}.training.batches_per_update: {settings.batches_per_update} cannot be shared out"
                f" among {self.processes.count} processes; set a multiple of it"
            )
        torch.manual_seed(config.seed)
        self.device = choose_device()
        self.precision = choose_precision(settings.precision, self.device)
        self.vocabulary = Vocabulary.read(config.vocabulary)
        model, self.sizes = build_model(config, self.vocabulary)
        check_batch_tokens(config.model_copy(update={"model": self.sizes}))
        self.model = model.to(self.device).train()
        self.optimizer = adam(self.model, settings)
        # No objective need reach all parameters, and processes wait for the gradient of each.
        reached = self.sizes.encoder_projection == "shared" and {t.objective for t in config.tasks} == {"translation"}
        whole = self.processes.count > 1 and not reached
        learner = Learner(self.model, settings.label_smoothing, config.intra_distillation, whole)
        if settings.compile == "yes" or (settings.compile == "auto" and self.device.type == "cuda"):
            learner.compile(dynamic=True)
        self.learner = self.processes.together(learner)
        words = Words(Tokenizer(config.subwords, config.vocabulary))
        mixed = config.model_copy(update={"model": self.sizes})
        self.mixture = Mixture(mixed, words, self.processes.number, self.processes.count)
        self.dev = Dev(config, self.vocabulary, self.processes, self.precision)
        self.checkpoints = Checkpoints(folder / "checkpoints")
        # Of all shards, so one process reads them.
        (print_of_all,) = self.processes.gather([fingerprint(config)] if self.processes.first else [])
        self.state = TrainingState(print_of_all)
        self.stop: StopRequest | None = None
        self.stopping = False  # all processes know that one of them was asked to stop

    def update(self, share: Share) -> None:
        """One optimizer step on this process's share of an update."""
        state, settings = self.state, self.config.training
        tokens = sum(batch.tokens for batch in share.batches)
        everywhere, stopping = self.processes.sum(tokens, bool(self.stop and self.stop.came))
        self.optimizer.zero_grad(set_to_none=True)
        losses = self._backward(share, self.processes.count / max(1.0, everywhere))
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        total = torch.nn.utils.get_total_norm(gradients)
        if settings.clip_norm:
            torch.nn.utils.clip_grads_with_norm_(self.model.parameters(), settings.clip_norm, total)
        norm, *summed = torch.stack([total.float(), *losses]).tolist()  # a GPU is waited for here alone
        state.update += 1
        if is_out_of_order(norm, state.norms, settings.spike):
            self._skip(norm, share)
        else:
            self._step(norm)
            for batch, loss in zip(share.batches, summed, strict=True):
                state.losses[batch.objective] = state.losses.get(batch.objective, 0.0) + loss
                state.tokens[batch.objective] = state.tokens.get(batch.objective, 0) + batch.tokens
        self.stopping = bool(stopping)

    def _backward(self, share: Share, factor: float) -> list[Tensor]:
        """Add to the gradients those of each batch's loss times a factor; returns the losses."""
        losses = []
        alpha = self._alpha()
        for index, (number, batch) in enumerate(zip(share.numbers, share.batches, strict=True)):
            # A seed a batch: what is dropped depends neither on the number of processes nor on where a run was resumed.
            view = index - share.numbers.index(number)
            torch.manual_seed(self._seed(number, *([view] if view else [])))
            self.processes.agree(self.learner, last=index == len(share.batches) - 1)
            with autocast(self.device, self.precision):
                loss = self.learner(batch.to(self.device), alpha)
            # Processes average their gradients; the sum is wanted.
            (loss * factor).backward()
            losses.append(loss.detach())
        return losses

    def _alpha(self) -> Tensor | float:
        """The weight of the X-divergence in this update; a tensor, for which compiled code is not compiled anew."""
        settings = self.config.intra_distillation
        if settings is None:
            return 0.0
        alpha = alpha_at(self.state.update + 1, self.config.training.updates, settings)
        return torch.tensor(alpha, device=self.device)

    def _seed(self, *numbers: int) -> int:
        return int(np.random.SeedSequence([self.config.seed, self.state.update, *numbers]).generate_state(1)[0])

    def _step(self, norm: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config.training, self.state.update)
        self.optimizer.step()
        self.state.skipped = 0
        self.state.norms = [*self.state.norms[1 - USUAL :], norm]

    def _skip(self, norm: float, share: Share) -> None:
        state, where = self.state, f"update {self.state.update} ({share})"
        state.skipped += 1
        if self.processes.first:
            print(f"warning: {where}: gradient norm {norm:.3g}; update skipped", file=sys.stderr)
        if state.skipped > self.config.training.max_skipped:
            raise UserError(
                f"runs.{self.config.run}: {where}: gradient norm {norm:.3g}, and {state.skipped} updates in a row were"
                " skipped for such; lower training.learning_rate, or set training.clip_norm"
            )

    def evaluate(self, metrics: Metrics) -> None:
        """Add a row to the metrics, and remember the update if it is the best so far."""
        state, settings = self.state, self.config.training
        rates = metrics.rates()
        row = {**self._train_losses(), **self.dev.scores(self.model)}
        if score(row, settings) < state.best_score:
            state.best_update, state.best_score = state.update, score(row, settings)
        state.losses, state.tokens = {}, {}
        rate = learning_rate(settings, state.update)
        where = {"update": state.update, "epoch": self.mixture.epoch, "learning_rate": rate}
        state.metrics.append({**where, **row, **rates})
        metrics.show(state.metrics[-1])

    def _train_losses(self) -> dict[str, float]:
        """Of all processes since the last evaluation, a predicted token: of all objectives, and of each of several."""
        self._sum_losses()
        own = [(self.state.losses, self.state.tokens)] if self.processes.first else []
        ((losses, tokens),) = self.processes.gather(own)
        row = {"train_loss": sum(losses.values()) / max(1, sum(tokens.values())) if tokens else math.nan}
        each = {f"train_loss_{name}": loss / max(1, tokens[name]) for name, loss in losses.items()}
        return {**row, **(each if len(each) > 1 else {})}

    def _sum_losses(self) -> None:
        """Bring what was counted by all processes to the first one."""
        names = list(dict.fromkeys(task.objective for task in self.config.tasks))
        state, own = self.state, [*map(self.state.losses.get, names), *map(self.state.tokens.get, names)]
        totals = self.processes.sum(*(value or 0 for value in own))
        found = {name: n for n, name in enumerate(names) if self.processes.first and totals[len(names) + n]}
        state.losses = {name: totals[n] for name, n in found.items()}
        state.tokens = {name: int(totals[len(names) + n]) for name, n in found.items()}

    def save(self) -> None:
        """Write a checkpoint, by the first process; the others wait."""
        self.state.data = self.mixture.state()
        self._sum_losses()  # when a run is continued, the first process goes on with the sum
        if self.processes.first:
            self.checkpoints.save(self.state, self.model, self.optimizer, self._kept())
            write_metrics(self.folder, self.state)
        self.processes.wait()

    def _kept(self) -> list[int]:
        """Updates whose checkpoints stay beside the newest: the last, the best, and those to be averaged."""
        settings, state = self.config.training, self.state
        before = [update for update in self.checkpoints.updates() if update < state.update]
        last = before[1 - settings.keep_checkpoints :] if settings.keep_checkpoints > 1 else []
        return [*last, state.best_update, *updates_to_average(state, settings)]

    def finished(self) -> bool:
        """Whether all updates are done, or `patience` evaluations have passed without a better one."""
        settings, state = self.config.training, self.state
        waited = sum(row["update"] > state.best_update for row in state.metrics)
        return state.update >= settings.updates or bool(settings.patience and waited >= settings.patience)

    def resume(self) -> None:
        """Go to the latest checkpoint. Raises UserError where processes do not see the same."""
        if self.processes.first:
            self.checkpoints.set_aside(self.state.fingerprint)
        self.processes.wait()
        self.state = self.checkpoints.restore(self.state, self.model, self.optimizer)
        if len(set(self.processes.gather([self.state.update]))) > 1:
            raise UserError(
                f"{self.checkpoints.folder}: processes see different checkpoints; it must lie on a disk that all"
                " machines share"
            )
        if self.state.best_update not in self.checkpoints.updates():
            self.state.best_update, self.state.best_score = 0, math.inf
        if not self.processes.first:
            self.state.losses, self.state.tokens = {}, {}
        if self.state.update:
            self.mixture.restore(self.state.data)

    def train(self, stop: StopRequest | None = None) -> bool:
        """Go from the latest checkpoint to the end, or until `stop` has come; whether the end was reached."""
        self.resume()
        self.stop, settings, state = stop, self.config.training, self.state
        with (
            Metrics(self.config, self.folder, self.model, self.processes, state.update) as metrics,
            closing(iter(self.mixture)) as shares,
        ):
            while not self.finished():
                share = next(shares)
                self.update(share)
                metrics.count(share, state)
                evaluated = state.update % settings.evaluate_every == 0 or state.update == settings.updates
                if evaluated:
                    self.evaluate(metrics)
                due = settings.checkpoint_every and state.update % settings.checkpoint_every == 0
                if evaluated or due or self.stopping:
                    self.save()
                if self.stopping and not self.finished():
                    return False
        return True


def main() -> None:
    """Read run.json, train, publish."""
    arguments = parser(__doc__)
    arguments.add_argument("run", type=Path, help="run.json; its folder takes the results")
    add_threads(arguments)
    arguments.add_argument("--processes", type=int, default=1, help="on this machine, each with a GPU where there are")
    options = arguments.parse_args()
    if options.processes > 1:
        threads = ["--threads", str(max(1, options.threads // options.processes))] if options.threads else []
        sys.exit(launch("model.train", options.processes, [str(options.run), *threads]))
    use_processor(options.threads)
    stop, config, folder = StopRequest(), read_run(options.run), options.run.parent
    try:
        ended = train(config, folder, stop)
    except torch.OutOfMemoryError:
        raise UserError(
            f"runs.{config.run}: the GPU's memory is full; lower training.batch_tokens, and raise"
            " training.batches_per_update as much to learn the same"
        ) from None
    except BrokenPipeError:
        raise UserError("whoever read this output has gone; write it to a file") from None
    if not ended:
        sys.exit(EXIT_CODE)


def train(config: RunConfig, folder: Path, stop: StopRequest) -> bool:
    """Train in the processes that torchrun or srun started, or alone, and publish; whether the end was reached."""
    processes = join()
    with Checkpoints(folder / "checkpoints").lock() if processes.first else nullcontext():
        loop = Loop(config, folder, processes)
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
