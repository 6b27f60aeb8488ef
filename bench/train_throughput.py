"""Target tokens a second in training, compared with Hugging Face's MBart of the same size:

`python -m bench.train_throughput results/help29/shards/original/en-de --dev results/help29/shards/dev/en-de
--subwords results/help29/subwords --updates 30 --minutes 2`

Ours is the loop of `model/train.py`. MBart is trained by a plain loop (bench/huggingface.py), with eager attention and
with torch's (sdpa). Both read the same batches of the same shards, with the same dropout, schedule and label smoothing.
Variants alternate, each time in a new process with the same number of threads. Updates of the warm-up, in which
compiled variants compile, are not timed. Target tokens are counted without padding, positions of both sides with it.
Memory is that of the whole process. With `--minutes`, each variant is also trained for so long from its first update,
compilation and warm-up included, and the dev losses are compared.

`python -m model.train` makes the allocator keep freed memory, and so does our variant here. The variant `memory kept`
is MBart with the same setting.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.process import measure_call
from bench.trial import SEED, Trial, Trials, add_arguments, fewer_rows, in_turns, markdown_head, sizes_of, speeds, timed
from model.command import UserError, parser, run
from model.config.run import RunConfig, Task
from model.config.training import TrainingConfig

if TYPE_CHECKING:
    from bench.huggingface import Training


@dataclass(frozen=True)
class Variant:
    """A way to train."""

    name: str
    attention: str | None = None  # of MBart; None: ours
    compiled: bool = False
    keeps_memory: bool = False


def variants(compiled: bool) -> list[Variant]:
    """Ours first, then the peers; `compiled`: with those under torch.compile."""
    plain = [
        Variant("ours", keeps_memory=True),
        Variant("MBart, eager", "eager"),
        Variant("MBart, sdpa", "sdpa"),
        Variant("MBart, sdpa, memory kept", "sdpa", keeps_memory=True),
    ]
    more = [
        Variant("ours, compiled", compiled=True, keeps_memory=True),
        Variant("MBart, eager, compiled", "eager", compiled=True),
        Variant("MBart, sdpa, compiled", "sdpa", compiled=True),
    ]
    return plain + more * compiled


def run_config(options: argparse.Namespace, folder: Path) -> RunConfig:
    """The run of all variants."""
    vocabulary, shards = fewer_rows(options, [*options.shards, *options.dev], folder / "rows")
    settings = TrainingConfig(
        updates=10**9,  # no end; the schedule below does not use it
        schedule="inverse_sqrt",
        batch_tokens=options.batch_tokens,
        warmup=options.warmup_rate,
        precision=options.precision,
    )
    return RunConfig(
        run="bench",
        seed=SEED,
        subwords=str(options.subwords),
        vocabulary=str(vocabulary),
        tasks=[Task(objective="translation", shards=[str(path) for path in shards[: len(options.shards)]])],
        dev=[str(path) for path in shards[len(options.shards) :]],
        model=sizes_of(options),
        training=settings,
    )


def ours(config: RunConfig, folder: Path, compiled: bool) -> "Training":
    """The training loop of this project, one update at a time. Only this function uses its internals."""
    from bench.huggingface import Training
    from model.train import Loop

    settings = config.training.model_copy(update={"compile": "yes" if compiled else "no"})
    loop = Loop(config.model_copy(update={"training": settings}), folder)
    portions = iter(loop.mixture)

    def update() -> tuple[int, int]:
        portion = next(portions)
        loop.update(portion)
        positions = sum(batch.source.numel() + batch.inputs.numel() for batch in portion.batches)
        return sum(batch.tokens for batch in portion.batches), positions

    return Training(update, lambda: loop.dev.loss(loop.model))


def begun(variant: Variant, config: RunConfig, folder: Path, threads: int) -> "Training":
    """A training of a variant, before its first update."""
    import torch

    from bench import huggingface
    from model.machine.devices import keep_freed_memory

    torch.set_num_threads(threads)
    if variant.keeps_memory:
        keep_freed_memory()
    if variant.attention is None:
        return ours(config, folder, variant.compiled)
    return huggingface.training(config, variant.attention, variant.compiled)


def speed(variant: Variant, number: int, config: RunConfig, threads: int, warmup: int, updates: int) -> Trial:
    """Time some updates; the number of the round is the seed, so that all variants see the same batches in it."""
    with tempfile.TemporaryDirectory() as folder:
        training = begun(variant, config.model_copy(update={"seed": number}), Path(folder), threads)
        return timed(training.update, warmup, updates)


def learned(variant: Variant, config: RunConfig, threads: int, minutes: float) -> tuple[int, int, float]:
    """Train for some minutes. Returns updates, target tokens and the dev loss at the end."""
    with tempfile.TemporaryDirectory() as folder:
        training = begun(variant, config, Path(folder), threads)
        updates, tokens, until = 0, 0, time.perf_counter() + 60 * minutes
        while time.perf_counter() < until:
            tokens, updates = tokens + training.update()[0], updates + 1
        return updates, tokens, training.dev_loss()


def seen(trials: Trials) -> str:
    """A sentence that says whether all variants had the same number of target tokens in each round."""
    tokens = {name: [trial.tokens for trial, _ in rounds] for name, rounds in trials.items()}
    (own, *others) = tokens.values()
    if all(other == own for other in others):
        return f"all variants saw the same {sum(own):,} target tokens"
    return f"the variants did NOT see the same batches, do not trust this table: {tokens}"


def losses(trained: Sequence[tuple[str, tuple[int, int, float]]]) -> list[str]:
    """A table of the dev losses in Markdown."""
    lines = markdown_head(["variant", "updates", "target tokens", "dev loss"])
    return lines + [f"| {name} | {updates:,} | {tokens:,} | {loss:.3f} |" for name, (updates, tokens, loss) in trained]


def add_training_arguments(arguments: argparse.ArgumentParser) -> None:
    """Add the arguments of benches of training."""
    arguments.add_argument("shards", type=Path, nargs="+", help="folders of training shards")
    arguments.add_argument("--dev", type=Path, nargs="+", required=True, help="folders of dev shards")
    add_arguments(arguments)
    arguments.add_argument("--batch-tokens", type=int, default=2000, help="padded subwords of a batch's longer side")
    arguments.add_argument("--warmup", type=int, default=10, help="updates before those that are timed")
    arguments.add_argument("--updates", type=int, default=30, help="that are timed, a round; 0: no table of speeds")
    arguments.add_argument("--warmup-rate", type=int, default=400, help="updates until the peak of the learning rate")


def main() -> None:
    """Measure and print tables."""
    arguments = parser(__doc__)
    add_training_arguments(arguments)
    arguments.add_argument("--minutes", type=float, default=0.0, help="of training before dev losses are compared")
    arguments.add_argument("--compile", action="store_true", help="with variants under torch.compile")
    options = arguments.parse_args()
    if options.updates < 0 or options.minutes < 0 or options.rounds < 1 or not (options.updates or options.minutes):
        raise UserError("--updates, --minutes, --rounds: nothing to measure; give at least one update or minute")
    with tempfile.TemporaryDirectory() as folder:
        config = run_config(options, Path(folder))
        print(f"{config.model}\n{options.threads} threads, {config.training.precision}", flush=True)
        if options.updates:
            rest = config, options.threads, options.warmup, options.updates
            trials = in_turns(speed, variants(options.compile), options.rounds, *rest)
            print("\n".join(["", *speeds(trials, "positions"), "", seen(trials)]), flush=True)
        if options.minutes:
            given = config, options.threads, options.minutes
            trained = [(v.name, measure_call(learned, v, *given)[0]) for v in variants(options.compile)]
            print("\n".join([f"\nafter {options.minutes:g} minutes each:\n", *losses(trained)]))


if __name__ == "__main__":
    run(main)
