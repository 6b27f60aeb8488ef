"""Monitor a training: progress line, learning curve, speed, and a file for TensorBoard."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tqdm import tqdm

from model.batches.collate import Batch
from model.batches.mixture import Portion
from model.config.run import IntraDistillation, RunConfig, passes_of
from model.machine.devices import choose_precision, matrix_rate
from model.machine.processes import Processes
from model.network.transformer import Transformer
from model.progress import bar
from model.training.checkpoint import TrainingState
from model.training.optimisation import learning_rate

SCORES = ("train_loss", "dev_loss", "dev_bleu")


def training_flops(model: Transformer, batch: Batch, settings: IntraDistillation | None) -> float:
    """Floating point operations of forward and backward pass: 6 for each weight and each token that it is applied to.

    settings: those of the run, to know the passes of this batch, of which some share one encoding. What is recomputed
    to save memory does not count. The products of queries, keys and values are left out, about 1% for sentences.
    """
    count = lambda *parts: sum(p.numel() for part in parts for p in part.parameters())  # noqa: E731
    passes, width = passes_of(settings, batch.objective), model.config.width
    memories = passes if settings is None or settings.encoder_repeated else 1  # encodings that the decoder reads
    encodings = passes if "encoder" in batch.answers else memories
    # Keys and values of the cross attention are weights of the decoder that read the source.
    of_memory = len(model.decoder) * 2 * width * width if "decoder" in batch.answers else 0
    predicted = sum(len(answers.ids) for answers in batch.answers.values())
    source = batch.source_tokens * (encodings * count(model.encoder) + memories * of_memory)
    target = batch.input_tokens * passes * (count(model.decoder) - of_memory)
    return 6.0 * (source + target + passes * predicted * model.embedding.tokens.weight.numel())


class Monitor:
    """Counts tokens and operations from one evaluation to the next. All processes count, the first one prints."""

    def __init__(self, config: RunConfig, folder: Path, model: Transformer, processes: Processes, update: int):
        self.config, self.model, self.processes = config, model, processes
        device = next(model.parameters()).device
        rate = matrix_rate(device, choose_precision(config.training.precision, device, model.config.width))
        self.peak = rate * processes.count  # operations a second of large matrix products
        self.shown = bar(config.training.updates, config.run, "updates", update, hidden=not processes.first)
        self.board = _board(folder / "tensorboard") if processes.first else None
        self._begin()

    def _begin(self) -> None:
        self.target, self.flops, self.since = 0, 0.0, time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shown.close()
        if self.board:
            self.board.close()

    def count(self, portion: Portion, state: TrainingState) -> None:
        """Count the batches of an update, and update the progress line."""
        for batch in portion.batches:
            self.flops += training_flops(self.model, batch, self.config.intra_distillation)
            self.target += batch.input_tokens
        rate = self.target * self.processes.count / (time.perf_counter() - self.since)
        tokens = sum(state.tokens.values())  # none where the first result since an evaluation has not been read
        loss = f"loss {sum(state.losses.values()) / tokens:.3f}, " if tokens else ""
        step = learning_rate(self.config.training, state.update)
        self.shown.set_postfix_str(f"{loss}{rate:,.0f} tokens/s, rate {step:.2e}", refresh=False)
        self.shown.update()

    def rates(self) -> dict[str, float]:
        """Speed since the last evaluation over all processes, and their number of GPUs. All processes must call it."""
        seconds = time.perf_counter() - self.since
        target, flops = self.processes.sum(self.target, self.flops)
        gpus = self.processes.count if next(self.model.parameters()).device.type == "cuda" else 0
        speed = {"target_tokens_per_second": target / seconds, "flops_utilisation": flops / seconds / self.peak}
        return {**speed, "gpus": gpus}

    def show(self, row: dict[str, float]) -> None:
        """Print a row of the learning curve, and start counting from zero."""
        if self.processes.first:
            scores = ", ".join(f"{name.replace('_', ' ')} {row[name]:.3f}" for name in SCORES if name in row)
            self.shown.write(f"{self.config.run}: update {row['update']}: {scores}", file=sys.stderr)
        if self.board:
            for name, value in row.items():
                self.board.add_scalar(name, value, row["update"])
        self._begin()


@contextmanager
def compiling_shown(run: str) -> Iterator[None]:
    """Print a line whenever torch.compile begins to work, and one when it is done: it may take minutes.

    It works at the first batch of each form, once forward and once backward.
    """
    from torch._dynamo.callback import callback_handler  # loading it takes seconds, without torch.compile for nothing

    began = 0.0

    def begin(_: object) -> None:
        nonlocal began
        began = time.perf_counter()
        tqdm.write(f"{run}: compiling, which may take minutes", file=sys.stderr)

    def end(_: object) -> None:
        tqdm.write(f"{run}: compiled in {time.perf_counter() - began:.0f} s", file=sys.stderr)

    callback_handler.register_start_callback(begin)
    callback_handler.register_end_callback(end)
    try:
        yield
    finally:
        callback_handler.remove_start_callback(begin)
        callback_handler.remove_end_callback(end)


def _board(folder: Path) -> Any:
    """A writer for TensorBoard, or None if it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))
