"""Target tokens a second in training, compared with Hugging Face's MBart of the same size:

`python -m bench.train_throughput results/help29/shards/original/en-de --dev results/help29/shards/dev/en-de
--subwords results/help29/subwords --updates 30 --minutes 2`

Ours is the loop of `model/train.py`, as users run it: one process of one thread for each core, and for comparison one
process of as many threads, which spin while they wait (those of users sleep). MBart is trained by a plain loop
(bench/huggingface.py) of as many threads, with eager attention and with torch's (sdpa). All read the same batches of
the same shards, with the same dropout, schedule and label smoothing. Variants alternate, each time in new processes.
Updates of the warm-up, in which compiled variants compile, are not timed. Target tokens are counted without padding,
positions of both sides with it. Memory is that of all processes of a variant.

With `--busy 1`, each variant is timed once more beside a process that only counts. With `--profile`, the share of
matrix products in the time of one process of one thread is printed instead of speeds. With `--minutes`, each
variant is also trained for so long from its first update, compilation and warm-up included, and the dev losses are
compared.

`python -m model.train` makes the allocator keep freed memory, and so does our variant here. The variant `memory kept`
is MBart with the same setting.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.operations import operation_seconds, shares
from bench.process import Result, measure_together
from bench.trial import (
    SEED,
    Trial,
    Trials,
    add_arguments,
    chosen,
    fewer_rows,
    in_turns,
    markdown_head,
    report,
    sizes_of,
    timed,
)
from model.command import UserError, parser, run
from model.config.run import IntraDistillation, RunConfig, Task
from model.config.training import TrainingConfig

if TYPE_CHECKING:
    from bench.huggingface import Training


@dataclass(frozen=True)
class Variant:
    """A way to train, with the processes and the threads of each that users of it have."""

    name: str
    attention: str | None = None  # of MBart; None: ours
    compiled: bool = False
    keeps_memory: bool = False
    processes: int = 1
    threads: int = 1
    distillation: IntraDistillation | None = None
    padded: bool = False  # also where ours needs no padding


def variants(cores: int, compiled: bool) -> list[Variant]:
    """Ours first, then the peers, on so many cores; `compiled`: with those under torch.compile."""
    own = Variant("ours", keeps_memory=True, processes=cores)
    one = Variant(f"ours, one process, {cores} threads that spin", keeps_memory=True, threads=cores)
    peers = [
        Variant("MBart, eager", "eager"),
        Variant("MBart, sdpa", "sdpa"),
        Variant("MBart, sdpa, memory kept", "sdpa", keeps_memory=True),
    ]
    more = [
        replace(own, name="ours, compiled", compiled=True),
        Variant("MBart, eager, compiled", "eager", compiled=True),
        Variant("MBart, sdpa, compiled", "sdpa", compiled=True),
    ]
    found = [own, *[one] * (cores > 1), *peers, *more * compiled]
    return [variant if variant.attention is None else replace(variant, threads=cores) for variant in found]


def run_config(options: argparse.Namespace, folder: Path) -> RunConfig:
    """The run of all variants."""
    vocabulary, shards = fewer_rows(options, [*options.shards, *options.dev], folder / "rows")
    settings = TrainingConfig(
        updates=10**9,  # no end; the schedule below does not use it
        schedule="inverse_sqrt",
        batch_tokens=options.batch_tokens,
        warmup=options.warmup_rate,
        precision=options.precision,
        dropout=options.dropout,
        attention_dropout=options.dropout / 2,
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


def ours(variant: Variant, config: RunConfig, folder: Path) -> "Training":
    """The training loop of this project, one update at a time: in this process, or in those that began together.

    Only this function uses its internals.
    """
    from bench.huggingface import Training
    from model.machine.processes import join
    from model.train import Loop

    settings = config.training.model_copy(update={"compile": "yes" if variant.compiled else "no"})
    processes, chosen = join(), {"training": settings, "intra_distillation": variant.distillation}
    loop = Loop(config.model_copy(update=chosen), folder, processes)
    loop.mixture.packed &= not variant.padded
    portions = iter(loop.mixture)

    def update() -> tuple[int, int]:
        portion = next(portions)
        loop.update(portion)
        positions = sum(batch.source.numel() + batch.inputs.numel() for batch in portion.batches)
        return sum(batch.tokens for batch in portion.batches), positions

    return Training(update, lambda: loop.dev.loss(loop.model), lambda number: processes.sum(number)[0])


def begun(variant: Variant, config: RunConfig, folder: Path) -> "Training":
    """A training of a variant, before its first update."""
    import torch

    from bench import huggingface
    from model.machine.devices import keep_freed_memory

    torch.set_num_threads(variant.threads)
    if variant.keeps_memory:
        keep_freed_memory()
    if variant.attention is None:
        return ours(variant, config, folder)
    return huggingface.training(config, variant.attention, variant.compiled)


def speed(variant: Variant, number: int, config: RunConfig, warmup: int, updates: int) -> Trial:
    """Time some updates; the number of the round is the seed, so that all variants see the same batches in it."""
    with tempfile.TemporaryDirectory() as folder:
        training = begun(variant, config.model_copy(update={"seed": number}), Path(folder))
        return timed(training.update, warmup, updates)


def learned(variant: Variant, config: RunConfig, minutes: float) -> tuple[int, int, float]:
    """Train for some minutes. Returns updates, target tokens and the dev loss at the end."""
    with tempfile.TemporaryDirectory() as folder:
        training = begun(variant, config, Path(folder))
        updates, tokens, until = 0, 0, time.perf_counter() + 60 * minutes
        while training.sum(time.perf_counter() > until) == 0:  # all processes end with the same update
            tokens, updates = tokens + training.update()[0], updates + 1
        return updates, int(training.sum(tokens)), training.dev_loss()


def operations(variant: Variant, config: RunConfig, warmup: int, updates: int) -> dict[str, float]:
    """The seconds of each operation in updates."""
    with tempfile.TemporaryDirectory() as folder:
        return operation_seconds(begun(variant, config, Path(folder)).update, warmup, updates)


def each(variant: Variant, function: Callable[..., Result], *arguments: object) -> list[Result]:
    """The results of a function in each process of a variant."""
    return measure_together(variant.processes, function, *arguments)[0]


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
    arguments.add_argument("--dropout", type=float, default=0.2, help="of layers; attention weights have half of it")
    arguments.add_argument("--warmup", type=int, default=10, help="updates before those that are timed")
    arguments.add_argument("--updates", type=int, default=30, help="that are timed, a round; 0: no table of speeds")
    arguments.add_argument("--warmup-rate", type=int, default=400, help="updates until the peak of the learning rate")


def main() -> None:
    """Measure and print tables."""
    arguments = parser(__doc__)
    add_training_arguments(arguments)
    arguments.add_argument("--minutes", type=float, default=0.0, help="of training before dev losses are compared")
    arguments.add_argument("--compile", action="store_true", help="with variants under torch.compile")
    arguments.add_argument("--profile", action="store_true", help="print where the time of an update goes instead")
    options = arguments.parse_args()
    if options.updates < 0 or options.minutes < 0 or options.rounds < 1 or not (options.updates or options.minutes):
        raise UserError("--updates, --minutes, --rounds: nothing to measure; give at least one update or minute")
    found = chosen(variants(options.threads, options.compile), options.only)
    with tempfile.TemporaryDirectory() as folder:
        config = run_config(options, Path(folder))
        print(f"{config.model}\n{options.threads} cores, {config.training.precision}", flush=True)
        rest = config, options.warmup, options.updates
        if options.profile:
            alone = [replace(v, processes=1, threads=1) for v in found if v.attention or v is found[0]]
            print("\n".join(["", *shares({v.name: each(v, operations, v, *rest)[0] for v in alone})]), flush=True)
        elif options.updates:
            quiet, beside = in_turns(speed, found, options.rounds, *rest, busy=options.busy)
            print("\n".join([*report(quiet, beside, "positions", options.busy), "", seen(quiet)]), flush=True)
        if options.minutes:
            trained = [(v.name, each(v, learned, v, config, options.minutes)[0]) for v in found]
            print("\n".join([f"\nafter {options.minutes:g} minutes each:\n", *losses(trained)]))


if __name__ == "__main__":
    run(main)
