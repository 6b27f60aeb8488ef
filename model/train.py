"""Train one run: `python -m model.train results/demo/runs/mrasp/run.json`.

Everything the run needs stands in run.json. Checkpoints go to checkpoints/ beside it; a killed run, started again,
continues from the latest one and ends with the same weights as a run that was never killed. When done, the weights
with the lowest dev loss become the folder model/ and the learning curve becomes metrics.jsonl.
"""

import json
import math
import time
from pathlib import Path

import torch
from torch import Tensor

from model.checkpoint import Checkpoints, TrainingState, fingerprint
from model.command import UserError, parser, run
from model.config import ModelConfig, RunConfig, read_run
from model.data import Batch, BatchStream, collate, plan_epoch
from model.extend import check_extension, extended_embedding
from model.folder import read_config, read_weights, save_model
from model.machine import choose_device, choose_precision, keep_freed_memory
from model.objectives import translation
from model.optimisation import adam, learning_rate
from model.progress import bar
from model.shards import Examples, read_shards
from model.tokenizer import VOCABULARY
from model.transformer import Transformer
from model.vocabulary import Vocabulary


def build(config: RunConfig, vocabulary: Vocabulary) -> tuple[Transformer, ModelConfig]:
    """The model a run starts with: fresh, or the one named by `init` with rows added for new pieces."""
    sizes = read_config(config.init) if config.init else config.model
    rates = (config.training.dropout, config.training.attention_dropout)
    model = Transformer(sizes, len(vocabulary), *rates)
    if config.init:
        old = Vocabulary.read(Path(config.init) / VOCABULARY)
        check_extension(old, vocabulary, config.init)
        weights = read_weights(config.init)
        generator = torch.Generator().manual_seed(config.seed)
        name = "embedding.tokens.weight"
        weights[name] = extended_embedding(weights[name], old, vocabulary, generator, config.training.new_rows)
        model.load_state_dict(weights)
    return model, sizes


@torch.no_grad()
def dev_loss(model: Transformer, dev: Examples, batch_tokens: int, precision: torch.dtype) -> float:
    """Cross-entropy of the dev set in nats a target token, without dropout and without smoothing."""
    device = next(model.parameters()).device
    model.eval()
    total, tokens = 0.0, 0
    for rows in plan_epoch(dev, batch_tokens, model.config.max_positions, seed=0, epoch=0):
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            loss, count = translation(model, collate(dev, rows).to(device), smoothing=0.0)
        total, tokens = total + loss.item(), tokens + count
    model.train()
    if not tokens:
        raise UserError(f"no dev segment fits into {model.config.max_positions} positions; raise model.max_positions")
    return total / tokens


class Loop:
    """The training loop of one run, with what it works on."""

    def __init__(self, config: RunConfig, folder: Path):
        self.config, self.folder = config, folder
        torch.manual_seed(config.seed)
        self.device = choose_device()
        self.precision = choose_precision(config.training.precision, self.device)
        self.vocabulary = Vocabulary.read(config.vocabulary)
        self.dev = read_shards(config.dev, self.vocabulary)
        model, self.sizes = build(config, self.vocabulary)
        self.model = model.to(self.device).train()
        self.optimizer = adam(self.model, config.training)
        train = read_shards(config.shards, self.vocabulary)
        self.stream = BatchStream(train, config.training.batch_tokens, self.sizes.max_positions, config.seed)
        self.checkpoints = Checkpoints(folder / "checkpoints")
        self.state = TrainingState(fingerprint(config))

    def update(self, batch: Batch) -> tuple[Tensor, int]:
        """One optimizer step on a batch: its summed loss and its target tokens."""
        settings = self.config.training
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            loss, tokens = translation(self.model, batch, settings.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        (loss / tokens).backward()
        if settings.clip_norm:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip_norm)
        self.state.update += 1
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(settings, self.state.update)
        self.optimizer.step()
        return loss.detach(), tokens

    def evaluate(self, train_loss: float, tokens: int, seconds: float) -> str:
        """Dev loss, a row of metrics and a checkpoint; returns the row in words."""
        state, settings = self.state, self.config.training
        loss = dev_loss(self.model, self.dev, settings.batch_tokens, self.precision)
        if not math.isfinite(train_loss + loss):
            raise UserError(f"runs.{self.config.run}: the loss is not finite any more; lower training.learning_rate")
        if loss < state.best_dev_loss:
            state.best_update, state.best_dev_loss = state.update, loss
        state.data = self.stream.state()
        state.metrics.append(
            {
                "update": state.update,
                "epoch": state.data["epoch"],
                "learning_rate": learning_rate(settings, state.update),
                "train_loss": train_loss,
                "dev_loss": loss,
                "target_tokens_per_second": tokens / seconds,
            }
        )
        self.checkpoints.save(state, self.model, self.optimizer)
        return f"train {train_loss:.3f} dev {loss:.3f}"

    def finished(self) -> bool:
        """Whether all updates are done, or `patience` evaluations have passed without a better one."""
        settings, state = self.config.training, self.state
        waited = sum(row["update"] > state.best_update for row in state.metrics)
        return state.update >= settings.updates or bool(settings.patience and waited >= settings.patience)

    def train(self) -> None:
        """Go from the latest checkpoint to the end."""
        self.state = self.checkpoints.restore(self.state, self.model, self.optimizer)
        self.stream.restore(self.state.data)
        settings, batches = self.config.training, iter(self.stream)
        with bar(settings.updates, self.config.run, "updates", initial=self.state.update) as shown:
            while not self.finished():
                start, total, tokens = time.perf_counter(), torch.zeros((), device=self.device), 0
                until = min(settings.updates, self.state.update + settings.evaluate_every)
                while self.state.update < until:
                    loss, count = self.update(next(batches).to(self.device))
                    total, tokens = total + loss, tokens + count
                    shown.update()
                row = self.evaluate(total.item() / tokens, tokens, time.perf_counter() - start)
                shown.set_postfix_str(row, refresh=False)

    def publish(self) -> None:
        """Write the best weights as model/ and the learning curve as metrics.jsonl."""
        best = read_weights(self.checkpoints.path(self.state.best_update))
        about = {"run": self.config.run, "best_update": self.state.best_update, "dev_loss": self.state.best_dev_loss}
        lines = "".join(json.dumps(row) + "\n" for row in self.state.metrics)
        part = self.folder / "metrics.jsonl.part"
        part.write_text(lines)
        part.replace(self.folder / "metrics.jsonl")
        subwords = Path(self.config.subwords)
        save_model(self.folder / "model", best, self.sizes, subwords, self.vocabulary, about)


def main() -> None:
    """Read run.json, train, publish."""
    arguments = parser(__doc__)
    arguments.add_argument("run", type=Path, help="run.json; its folder takes the results")
    arguments.add_argument("--threads", type=int, help="processor threads (default: all)")
    options = arguments.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    keep_freed_memory()
    config, folder = read_run(options.run), options.run.parent
    with Checkpoints(folder / "checkpoints").lock():
        loop = Loop(config, folder)
        loop.train()
        loop.publish()


if __name__ == "__main__":
    run(main)
